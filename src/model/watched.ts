/** What the server is asked on a clock while somebody looks: one question, however many look. */
import { Poll } from '@lumino/polling';
import { Signal, type ISignal } from '@lumino/signaling';

import { ApiError } from '../api/client';

const LONGEST_BACKOFF_MS = 60_000;
const SHORTEST_INTERVAL_MS = 100;

export abstract class Watched {
  constructor(name: string, intervalMs: number) {
    this.poll = new Poll({
      name: `tfgpu-lab:${name}`,
      auto: false,
      factory: () => this.question(),
      frequency: { interval: intervalMs, backoff: true, max: LONGEST_BACKOFF_MS }
    });
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Why the last question failed; null when it did not. */
  get problem(): ApiError | null {
    return this._problem;
  }

  /** Begin to ask. Call `release` once for each `hold`. */
  hold(): void {
    if (++this.holds === 1) {
      void this.poll.start();
    }
  }

  release(): void {
    if (--this.holds === 0) {
      void this.poll.stop();
    }
  }

  /** Ask at once, if somebody looks. */
  refresh(): void {
    if (this.holds > 0) {
      void this.poll.refresh();
    }
  }

  dispose(): void {
    this.poll.dispose();
  }

  /** Ask the server and keep the answer; an error is kept by the caller. */
  protected abstract ask(): Promise<void>;

  /** Milliseconds between two questions, from the next answer on. */
  protected set interval(milliseconds: number) {
    const interval = Math.max(SHORTEST_INTERVAL_MS, Math.round(milliseconds));
    if (interval !== this.poll.frequency.interval) {
      this.poll.frequency = { interval, backoff: true, max: Math.max(interval, LONGEST_BACKOFF_MS) };
    }
  }

  private async question(): Promise<void> {
    try {
      await this.ask();
      this._problem = null;
    } catch (reason) {
      this._problem = ApiError.of(reason);
      throw this._problem; // the poll backs off
    } finally {
      this._changed.emit();
    }
  }

  private readonly poll: Poll;
  private readonly _changed = new Signal<this, void>(this);
  private _problem: ApiError | null = null;
  private holds = 0;
}
