/** All kernels of the server with their verdicts, and what may be done with them. */
import type { Kernel, Session } from '@jupyterlab/services';

import type { IClient } from '../api/client';
import type { components } from '../api/types';
import { kept } from './kept';
import { Watched } from './watched';

type KernelRow = components['schemas']['KernelRow'];

const INTERVAL_MS = 5000;

/** JupyterLab's own lists of what runs; shutting down goes through them, so that its notebooks learn of it. */
export interface IRunning {
  readonly sessions: Pick<Session.IManager, 'running' | 'shutdown' | 'runningChanged'>;
  readonly kernels: Pick<Kernel.IManager, 'shutdown'>;
}

export class KernelsModel extends Watched {
  constructor(
    private readonly client: IClient,
    private readonly running: IRunning
  ) {
    super('kernels', INTERVAL_MS);
  }

  /** The last good answer; null before the first. */
  get rows(): readonly KernelRow[] | null {
    return this._rows;
  }

  override hold(): void {
    super.hold();
    this.running.sessions.runningChanged.connect(this.refresh, this); // once, however often it is connected
  }

  override dispose(): void {
    this.running.sessions.runningChanged.disconnect(this.refresh, this);
    super.dispose();
  }

  /** What the kernel's session is: `notebook`, `console` or another word; null when it has none. */
  kindOf(kernelId: string): string | null {
    return this.sessionOf(kernelId)?.type ?? null;
  }

  /** End the kernel and, with it, its session; the user was asked before. */
  async shutDown(kernelId: string): Promise<void> {
    const session = this.sessionOf(kernelId);
    await (session ? this.running.sessions.shutdown(session.id) : this.running.kernels.shutdown(kernelId));
    this.refresh();
  }

  protected async ask(): Promise<void> {
    this._rows = kept(this._rows, (await this.client.kernels()).kernels);
  }

  private sessionOf(kernelId: string): Session.IModel | null {
    return [...this.running.sessions.running()].find(session => session.kernel?.id === kernelId) ?? null;
  }

  private _rows: readonly KernelRow[] | null = null;
}
