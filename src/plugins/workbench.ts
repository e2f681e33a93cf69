/** What JupyterLab does for a fix: a cell, a typed line, a restart, a shutdown. Nothing is run. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import {
  Dialog,
  InputDialog,
  type ISessionContext,
  type ISessionContextDialogs,
  SessionContextDialogs,
  showDialog
} from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Widget } from '@lumino/widgets';

import type { components } from '../api/types';
import { bytes } from '../format';
import { sessionContextOf } from '../model/focus';
import type { Cell, IWorkbench } from '../model/workbench';
import { plan } from '../widgets/plan';

type Row = components['schemas']['KernelRow'];
type FileChange = components['schemas']['FileChange'];

/** A shell that has printed nothing is not ready for what is typed; some never print. */
const PROMPT_MS = 3000;
const SETTLE_MS = 150;

/** A notebook as far as a cell is put into it: no package of notebooks is needed. */
interface INotebook {
  activeCellIndex: number;
  deselectAll?(): void;
  model: { sharedModel: { insertCells(index: number, cells: object[]): unknown } } | null;
}

/** A console, likewise. */
interface IConsole {
  promptCell: { model: { sharedModel: { getSource(): string; setSource(code: string): void } } } | null;
}

/** A terminal, likewise. */
interface ITerminal {
  ready?: Promise<unknown>;
  session: { messageReceived: { connect(slot: () => void): void; disconnect(slot: () => void): void } };
  paste(text: string): void;
}

export class Workbench implements IWorkbench {
  constructor(
    private readonly app: JupyterFrontEnd,
    dialogs: ISessionContextDialogs | null,
    private readonly end: (kernelId: string) => Promise<void>,
    private readonly trans: TranslationBundle
  ) {
    this.dialogs = dialogs ?? new SessionContextDialogs();
  }

  get hasTerminals(): boolean {
    return this.app.serviceManager.terminals.isAvailable() && this.app.commands.hasCommand('terminal:create-new');
  }

  isOpen(kernelId: string): boolean {
    return this.documentOf(kernelId) !== null;
  }

  insert(kernelId: string, cells: readonly Cell[]): Promise<boolean> {
    const document = this.documentOf(kernelId);
    const { content: notebook, console } = (document ?? {}) as { content?: INotebook; console?: IConsole };
    const prompt = console?.promptCell?.model.sharedModel;
    if (document && notebook?.model) {
      this.app.shell.activateById(document.id);
      const index = cells[0]?.place === 'first' ? 0 : notebook.activeCellIndex + 1;
      // One step of the notebook's own history: its undo takes them away again.
      notebook.model.sharedModel.insertCells(
        index,
        cells.map(cell => ({ cell_type: 'code', source: cell.code.trimEnd(), metadata: { trusted: true } }))
      );
      notebook.activeCellIndex = index;
      notebook.deselectAll?.();
    } else if (document && prompt) {
      this.app.shell.activateById(document.id);
      const typed = prompt.getSource().trimEnd();
      prompt.setSource([typed, ...cells.map(cell => cell.code.trimEnd())].filter(Boolean).join('\n\n'));
    } else {
      return Promise.reject(this.closed());
    }
    return Promise.resolve(true);
  }

  async type(line: string): Promise<boolean> {
    const widget = (await this.app.commands.execute('terminal:create-new')) as { content?: ITerminal } | undefined;
    const terminal = widget?.content;
    if (!terminal) {
      throw new Error(this.trans.__('The server opened no terminal.'));
    }
    await terminal.ready;
    await promptOf(terminal);
    terminal.paste(line.trim());
    return true;
  }

  async restart(kernelId: string): Promise<boolean> {
    return this.dialogs.restart(this.contextOf(kernelId));
  }

  async choose(kernelId: string, kernelspec: string): Promise<string | null> {
    const { trans } = this;
    const context = this.contextOf(kernelId);
    await this.app.serviceManager.kernelspecs.refreshSpecs(); // it may have been written a moment ago
    const spec = this.app.serviceManager.kernelspecs.specs?.kernelspecs[kernelspec];
    const { button } = await showDialog({
      title: trans.__('Choose the kernel “%1”?', spec?.display_name ?? kernelspec),
      body: trans.__('%1 gets a new kernel: its variables are lost, its text and outputs stay.', context.name),
      buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: trans.__('Choose') })]
    });
    if (!button.accept) {
      return null;
    }
    const kernel = await context.changeKernel({ name: kernelspec });
    return kernel?.id ?? null;
  }

  async shutDown(candidates: readonly Row[]): Promise<boolean> {
    const { trans } = this;
    const first = candidates[0];
    if (!first) {
      throw new Error(
        trans.__(
          'No other kernel of this server is seen to hold GPU memory. A program outside Jupyter, or of another user, may: nvidia-smi lists it.'
        )
      );
    }
    const words = candidates.map(row =>
      trans.__('%1 (holds %2 of GPU memory)', row.path ?? row.name, bytes(row.gpu_memory_used_bytes ?? 0))
    );
    const chosen = words.length > 1 ? await this.oneOf(words) : words[0];
    const row = chosen === undefined ? undefined : candidates[words.indexOf(chosen)];
    if (!row) {
      return false;
    }
    const { button } = await showDialog({
      title: trans.__('Shut down the kernel?'),
      body: trans.__('%1: its variables are lost. The notebook itself stays.', chosen),
      buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: trans.__('Shut Down') })]
    });
    if (!button.accept) {
      return false;
    }
    await this.end(row.kernel_id);
    return true;
  }

  private async oneOf(words: string[]): Promise<string | undefined> {
    const { trans } = this;
    const { button, value } = await InputDialog.getItem({
      title: trans.__('Which kernel shall be shut down?'),
      items: words,
      okLabel: trans.__('Continue')
    });
    return button.accept ? (value ?? undefined) : undefined;
  }

  async confirm(title: string, files: readonly FileChange[]): Promise<boolean> {
    const { trans } = this;
    const { button } = await showDialog({
      title,
      body: plan(files, trans),
      buttons: [Dialog.cancelButton(), Dialog.okButton({ label: trans.__('Apply') })]
    });
    return button.accept;
  }

  private contextOf(kernelId: string): ISessionContext {
    const document = this.documentOf(kernelId);
    const context = document && sessionContextOf(document);
    if (!context) {
      throw this.closed();
    }
    return context;
  }

  private closed(): Error {
    return new Error(this.trans.__('its notebook is not open. Open it and try again.'));
  }

  /** The notebook or console of a kernel; of several the one in front. */
  private documentOf(kernelId: string): Widget | null {
    const { shell } = this.app;
    const isOf = (widget: Widget | null): widget is Widget => kernelOf(widget) === kernelId;
    if (isOf(shell.currentWidget)) {
      return shell.currentWidget;
    }
    return [...shell.widgets('main')].find(isOf) ?? null;
  }

  private readonly dialogs: ISessionContext.IDialogs;
}

/** The kernel of a notebook or console, and of no other widget. */
function kernelOf(widget: Widget | null): string | null {
  return sessionContextOf(widget)?.session?.kernel?.id ?? null;
}

/** Wait until the shell has printed its prompt, or long enough. */
async function promptOf(terminal: ITerminal): Promise<void> {
  const { messageReceived } = terminal.session;
  await new Promise<void>(resolve => {
    const settled = () => {
      messageReceived.disconnect(settled);
      window.clearTimeout(timer);
      window.setTimeout(resolve, SETTLE_MS);
    };
    const timer = window.setTimeout(settled, PROMPT_MS);
    messageReceived.connect(settled);
  });
}
