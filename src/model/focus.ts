/**
 * Which kernel the user looks at: that of the notebook or console in front, and of no other widget.
 * Our own tab of the main area is about the one that was in front before it.
 */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel } from '@jupyterlab/services';
import { Signal, type ISignal } from '@lumino/signaling';
import type { Widget } from '@lumino/widgets';

/** The kernel in front, as far as the models care. */
export interface IFocusedKernel {
  readonly id: string;
  readonly status: Kernel.Status;
}

/** What the models follow; a test gives its own. */
export interface IFocus {
  readonly kernel: IFocusedKernel | null;
  readonly changed: ISignal<IFocus, void>;
}

/** Notebooks keep their session in a context, consoles have it themselves: no package of either is needed. */
export function sessionContextOf(widget: Widget | null): ISessionContext | null {
  const candidate = widget as unknown as {
    sessionContext?: ISessionContext;
    context?: { sessionContext?: ISessionContext; model?: unknown };
    content?: { model?: { cells?: unknown } | null };
  } | null;
  if (candidate?.sessionContext?.kernelChanged) {
    return candidate.sessionContext;
  }
  // Every document has a session context; only a notebook's model has cells.
  const isNotebook = Boolean(candidate?.content?.model?.cells);
  return isNotebook ? (candidate?.context?.sessionContext ?? null) : null;
}

/** Our own widgets begin their ids with this. */
const OURS = 'tfgpu-lab-';

/** Follows the shell's current widget and its kernel. */
export class Focus implements IFocus {
  constructor(shell: JupyterFrontEnd.IShell) {
    this.shell = shell;
    shell.currentChanged?.connect(this.follow, this);
    this.follow();
  }

  get kernel(): IFocusedKernel | null {
    return this.context?.session?.kernel ?? null;
  }

  get changed(): ISignal<IFocus, void> {
    return this._changed;
  }

  private follow(): void {
    const widget = this.shell.currentWidget;
    if (widget?.id.startsWith(OURS) && this.context && !this.context.isDisposed) {
      return;
    }
    const context = sessionContextOf(widget);
    // A notebook is in front before its model is there.
    const pending = (widget as unknown as { context?: { ready?: Promise<void> } } | null)?.context;
    if (!context && pending?.ready && widget !== this.awaited) {
      this.awaited = widget;
      void pending.ready.then(() => this.follow());
    }
    if (context === this.context) {
      return;
    }
    this.context?.kernelChanged.disconnect(this.emit, this);
    this.context?.statusChanged.disconnect(this.emit, this);
    this.context?.disposed.disconnect(this.follow, this);
    this.context = context;
    context?.kernelChanged.connect(this.emit, this);
    context?.statusChanged.connect(this.emit, this);
    context?.disposed.connect(this.follow, this);
    this.emit();
  }

  private emit(): void {
    this._changed.emit();
  }

  private readonly shell: JupyterFrontEnd.IShell;
  private readonly _changed = new Signal<IFocus, void>(this);
  private context: ISessionContext | null = null;
  private awaited: Widget | null = null;
}
