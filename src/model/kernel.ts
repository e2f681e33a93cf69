/** The report of the kernel in front, asked for when something may have changed and by nobody's clock otherwise. */
import { Poll } from '@lumino/polling';
import { Signal, type ISignal } from '@lumino/signaling';

import { ApiError, type IClient } from '../api/client';
import type { KernelReport } from '../tokens';
import type { IFocus } from './focus';

/** After a cell TensorFlow may still finish something; several cells in a row make one question. */
const SETTLE_MS = 300;
const DEFAULT_INTERVAL_MS = 5000;
const LONGEST_BACKOFF_MS = 60_000;

/** What is known, and why it may be old. */
export interface IKernelState {
  /** `none`: no kernel in front. `asking`: the first answer is under way. `known`: see `report`. `failed`: see `problem`. */
  readonly kind: 'none' | 'asking' | 'known' | 'failed';
  readonly report: KernelReport | null;
  /** Why the last question failed; `report` is then the last good answer, if there was one. */
  readonly problem: ApiError | null;
  /** True while a question that the user asked for is under way. */
  readonly checking: boolean;
}

const NOTHING: IKernelState = { kind: 'none', report: null, problem: null, checking: false };

export class KernelModel {
  constructor(
    private readonly client: IClient,
    private readonly focus: IFocus
  ) {
    this.poll = new Poll({
      name: 'tfgpu-lab:kernel',
      auto: false,
      factory: () => this.ask(),
      frequency: { interval: Poll.NEVER, backoff: true, max: LONGEST_BACKOFF_MS },
      // A clock may rest while the tab is hidden; what has just happened would never be asked about again.
      standby: () => (this.poll.state.phase === 'refreshed' ? 'never' : 'when-hidden')
    });
    focus.changed.connect(this.onFocus, this);
    this.onFocus();
  }

  get report(): KernelReport | null {
    return this._state.report;
  }

  get state(): IKernelState {
    return this._state;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Milliseconds between two questions while the panel is shown or a cell runs. */
  set interval(milliseconds: number) {
    this._interval = Math.round(milliseconds);
    this.pace();
  }

  refresh(): void {
    // An answer that is under way may be of another kernel, or of a moment ago.
    this.refreshes++;
    void this.poll.refresh();
  }

  /** Probe the kernel's environment again: the user asked for it. */
  async checkAgain(): Promise<void> {
    const id = this.focus.kernel?.id;
    if (!id || this._state.checking) {
      return;
    }
    this.set({ ...this._state, checking: true });
    await this.settle(id, this.client.probe(id), true);
  }

  /** Begin to ask on a clock: somebody looks. Call `release` once for each `hold`. */
  hold(): void {
    this.holds++;
    this.pace();
    this.refresh();
  }

  release(): void {
    this.holds--;
    this.pace();
  }

  dispose(): void {
    window.clearTimeout(this.timer);
    this.focus.changed.disconnect(this.onFocus, this);
    this.poll.dispose();
  }

  private onFocus(): void {
    const kernel = this.focus.kernel;
    const status = kernel?.status ?? null;
    const isOther = (kernel?.id ?? null) !== this.kernelId;
    const hasSettled = status === 'idle' && this.status !== 'idle';
    this.kernelId = kernel?.id ?? null;
    this.status = status;
    window.clearTimeout(this.timer);
    if (isOther) {
      this.set(kernel ? { ...NOTHING, kind: 'asking' } : NOTHING);
      if (kernel) {
        this.refresh();
      }
    } else if (hasSettled) {
      this.timer = window.setTimeout(() => this.refresh(), SETTLE_MS);
    }
    this.pace();
  }

  private pace(): void {
    const isWatched = this.kernelId !== null && (this.holds > 0 || this.status === 'busy');
    const interval = isWatched ? this._interval : Poll.NEVER;
    if (this.poll.frequency.interval === interval) {
      return;
    }
    this.poll.frequency = { interval, backoff: true, max: Math.max(this._interval, LONGEST_BACKOFF_MS) };
    // A new frequency counts from the next tick on: arm it. A question that is due at once must not be
    // put off for it, and arms it itself when it is answered.
    if (this.poll.state.phase !== 'refreshed') {
      void this.poll.schedule({ interval, phase: isWatched ? 'resolved' : 'standby' });
    }
  }

  private async ask(): Promise<void> {
    let problem: ApiError | null = null;
    let refreshes: number;
    do {
      refreshes = this.refreshes;
      const id = this.kernelId;
      problem = id ? await this.settle(id, this.client.kernel(id)) : null;
    } while (refreshes !== this.refreshes);
    if (problem) {
      throw problem; // the poll backs off
    }
  }

  private async settle(id: string, question: Promise<KernelReport>, isCheck = false): Promise<ApiError | null> {
    let report: KernelReport | null = null;
    let problem: ApiError | null = null;
    try {
      report = await question;
    } catch (reason) {
      problem = ApiError.of(reason);
    }
    if (id !== this.kernelId) {
      return null; // the user went on to another kernel meanwhile
    }
    const isKnown = report !== null || this._state.report !== null;
    this.set({
      kind: problem && (!isKnown || problem.status === 404) ? 'failed' : 'known',
      report: problem?.status === 404 ? null : (report ?? this._state.report),
      problem,
      checking: !isCheck && this._state.checking
    });
    return problem;
  }

  private set(state: IKernelState): void {
    this._state = state;
    this._changed.emit();
  }

  private readonly poll: Poll;
  private readonly _changed = new Signal<this, void>(this);
  private _state: IKernelState = NOTHING;
  private _interval = DEFAULT_INTERVAL_MS;
  private holds = 0;
  private refreshes = 0;
  private kernelId: string | null = null;
  private status: string | null = null;
  private timer = 0;
}
