/** JupyterLab as a user drives it: notebooks, cells, the panel and the status bar. */
import { expect, type Locator, type Page } from '@playwright/test';

/** The part of JupyterLab's application that `expose_app_in_browser` offers to tests. */
interface IExposedLab {
  restored: Promise<void>;
  commands: { execute(id: string, args?: object): Promise<unknown> };
  shell: {
    currentWidget: { sessionContext?: { session?: { kernel?: { id: string } | null } | null } } | null;
    widgets(area: string): Iterable<{ context?: { model: { dirty: boolean } }; close(): void }>;
    collapseRight(): void;
    activateById(id: string): void;
  };
  serviceManager: {
    kernels: { shutdownAll(): Promise<void> };
    sessions: { shutdownAll(): Promise<void> };
    contents: { get(path: string): Promise<{ content: { path: string }[] }>; delete(path: string): Promise<void> };
  };
}

declare global {
  interface Window {
    jupyterapp: IExposedLab;
  }
}

export type Theme = 'JupyterLab Light' | 'JupyterLab Dark' | 'JupyterLab Dark High Contrast';

export class Lab {
  constructor(readonly page: Page) {}

  get panel(): Locator {
    return this.page.getByRole('region', { name: 'GPU Status' });
  }

  /** The item of the status bar; its words are its name. */
  get status(): Locator {
    return this.page.locator('#jp-main-statusbar').getByRole('button', { name: /GPU|CPU|Keras/ });
  }

  get verdict(): Locator {
    return this.panel.getByRole('region', { name: 'This kernel' });
  }

  get benchmark(): Locator {
    return this.panel.getByRole('region', { name: 'Benchmark' });
  }

  /** JupyterLab's own word for the state of the kernel in front: `Idle`, `Busy`. */
  state(word: string): Locator {
    return this.page.locator('#jp-main-statusbar').getByText(new RegExp(`\\| ${word}`));
  }

  /** The finding with this title. */
  finding(title: string | RegExp): Locator {
    return this.panel.getByRole('article').filter({ has: this.page.getByRole('heading', { name: title, level: 3 }) });
  }

  /**
   * JupyterLab as a newcomer finds it, with the panel closed. The page is loaded anew for a workspace of the test's own,
   * and after such a test; else what the test before has opened is closed. What it has folded or chosen stays.
   */
  async open(workspace?: string): Promise<void> {
    await this.page.setViewportSize({ width: 1280, height: 800 });
    if (!workspace && this.isPlain) {
      await this.page.evaluate(() => {
        window.jupyterapp.shell.collapseRight();
        window.jupyterapp.shell.activateById('filebrowser');
      });
      return;
    }
    this.isPlain = !workspace;
    await this.page.goto(`/lab/workspaces/${workspace ?? `test-${Date.now()}`}`);
    await this.page.waitForFunction(() => window.jupyterapp !== undefined);
    await this.page.evaluate(() => window.jupyterapp.restored);
  }

  /** Open a notebook that is there, with the kernel that it names. */
  async openNotebook(path: string): Promise<void> {
    await this.execute('docmanager:open', { path });
  }

  /** Make a notebook with a kernel of this kernelspec and wait until it is idle. */
  async newNotebook(kernel = 'python3'): Promise<void> {
    const before = await this.kernelInFront().catch(() => '');
    await this.execute('notebook:create-new', { kernelName: kernel });
    // What another notebook shows is visible until this one is.
    await expect.poll(() => this.kernelInFront().catch(() => before)).not.toBe(before);
    await expect(this.page.getByText('[ ]:').filter({ visible: true }).first()).toBeVisible();
    await expect(this.state('Idle')).toBeVisible();
  }

  /** The id of the kernel of the notebook in front. */
  kernelInFront(): Promise<string> {
    return this.page.evaluate(() => {
      const id = window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.id;
      if (!id) {
        throw new Error('There is no kernel in front.');
      }
      return id;
    });
  }

  /** Type a cell and run it, without waiting for its end. */
  async run(code: string): Promise<void> {
    await this.execute('notebook:enter-edit-mode');
    await this.page.keyboard.insertText(code);
    await this.page.keyboard.press('Shift+Enter');
  }

  async execute(command: string, args: object = {}): Promise<void> {
    await this.page.evaluate(([id, given]) => window.jupyterapp.commands.execute(id, given).then(() => undefined), [
      command,
      args
    ] as const);
  }

  /** Open the panel by its icon, as a user does. */
  async openPanel(): Promise<void> {
    if (!(await this.panel.isVisible())) {
      await this.page.getByRole('tab', { name: 'GPU Status' }).click();
    }
    await expect(this.panel).toBeVisible();
  }

  async theme(name: Theme): Promise<void> {
    await this.execute('apputils:change-theme', { theme: name });
    await expect(this.page.locator('body')).toHaveAttribute('data-jp-theme-name', name);
  }

  /** Close all, end all kernels and remove the notebooks that were made: one test's are none of the next one's. */
  async shutDown(): Promise<void> {
    await this.page.evaluate(async () => {
      const { sessions, contents } = window.jupyterapp.serviceManager;
      for (const widget of [...window.jupyterapp.shell.widgets('main')]) {
        if (widget.context) {
          widget.context.model.dirty = false; // or it would ask whether to save
        }
        widget.close();
      }
      await sessions.shutdownAll();
      const files = (await contents.get('')).content;
      await Promise.all(files.filter(({ path }) => /^Untitled\d*\.ipynb$/.test(path)).map(({ path }) => contents.delete(path)));
    });
  }

  /** Whether the page is loaded, in no workspace of a test's own. */
  private isPlain = false;
}
