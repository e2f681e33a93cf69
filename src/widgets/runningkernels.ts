/** The kernels with their verdicts and the GPU memory that they hold, as entries of JupyterLab's Running panel. */
import type { IRunningSessions } from '@jupyterlab/running';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Signal, type ISignal } from '@lumino/signaling';

import { verdictMark, verdictWord } from '../components/mark';
import { bytes } from '../format';
import { gpuIcon } from '../icon';
import type { KernelsModel } from '../model/kernels';

type Row = NonNullable<KernelsModel['rows']>[number];

/** What JupyterLab's side of it must offer. */
export interface IRunningHost {
  /** Whether the Running panel is on the screen. */
  isSeen(): boolean;
  /** Have the GPUs read for a while: without a reader the server does not know what a kernel holds. */
  readGpus(): void;
  /** Bring the notebook or console of a kernel to the front. */
  open(kernelId: string, path: string): void;
}

export class RunningKernels implements IRunningSessions.IManager {
  constructor(
    private readonly kernels: KernelsModel,
    private readonly host: IRunningHost,
    private readonly trans: TranslationBundle
  ) {
    this.name = trans.__('GPU Kernels');
    this.shutdownLabel = trans.__('Shut Down Kernel');
    this.shutdownAllLabel = trans.__('Shut Down All');
    this.shutdownAllConfirmationText = trans.__(
      'Shut down all kernels that are listed here? The variables of each are lost.'
    );
    kernels.changed.connect(this.onChanged, this);
  }

  readonly name: string;
  readonly shutdownLabel: string;
  readonly shutdownAllLabel: string;
  readonly shutdownAllConfirmationText: string;
  readonly supportsMultipleViews = false;

  get runningChanged(): ISignal<this, void> {
    return this._runningChanged;
  }

  running(): IRunningSessions.IRunningItem[] {
    // It is asked before it is on the screen, and also when it never is: look when it has been drawn.
    window.setTimeout(() => this.attend(), 0);
    return this.rows.map(row => this.item(row));
  }

  refreshRunning(): void {
    this.kernels.refresh();
  }

  shutdownAll(): void {
    for (const row of this.rows) {
      void this.kernels.shutDown(row.kernel_id);
    }
  }

  /** Kernels without TensorFlow have nothing to do with a GPU here, unless they hold memory of one. */
  private get rows(): Row[] {
    const isOfInterest = (row: Row) => row.verdict !== 'no-tensorflow' || (row.gpu_memory_used_bytes ?? 0) > 0;
    return (this.kernels.rows ?? []).filter(isOfInterest);
  }

  private item(row: Row): IRunningSessions.IRunningItem {
    const { trans } = this;
    const { path } = row;
    const memory = row.gpu_memory_used_bytes;
    const word = `${verdictMark(row.verdict)} ${verdictWord(row.verdict, trans)}`;
    return {
      icon: () => gpuIcon,
      // The verdict first: a narrow panel cuts the end off.
      label: () => `${word} · ${path?.split('/').pop() ?? row.name}`,
      labelTitle: () => `${path ?? row.name}\n${row.reason}`,
      detail: () => (memory ? trans.__('%1 of GPU memory', bytes(memory)) : ''),
      ...(path !== null && { open: () => this.host.open(row.kernel_id, path) }),
      shutdown: () => void this.kernels.shutDown(row.kernel_id)
    };
  }

  /** Ask the server on a clock only while the Running panel is on the screen. */
  private attend(): void {
    const isSeen = this.host.isSeen();
    if (isSeen) {
      this.host.readGpus();
    }
    if (isSeen !== this.isHeld) {
      this.isHeld = isSeen;
      if (isSeen) {
        this.kernels.hold();
      } else {
        this.kernels.release();
      }
    }
  }

  private onChanged(): void {
    this.attend();
    this._runningChanged.emit();
  }

  private isHeld = false;
  private readonly _runningChanged = new Signal<this, void>(this);
}
