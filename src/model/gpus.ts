/** The GPUs of the server's machine, read only while somebody looks. */
import { Poll } from '@lumino/polling';
import { Signal, type ISignal } from '@lumino/signaling';

import { ApiError, type IClient } from '../api/client';
import type { components } from '../api/types';

type Gpus = components['schemas']['Gpus'];

const INTERVAL_MS = 2000;
const LONGEST_BACKOFF_MS = 60_000;

/** What is known of the GPUs, and why it may be old. */
export interface IGpusState {
  /** The last good answer; its `samples` are only those that were new in it. */
  readonly gpus: Gpus | null;
  /** The latest sample; null before the first. */
  readonly latest: Gpus['samples'][number] | null;
  /** Why the last question failed; null when it did not. */
  readonly problem: ApiError | null;
}

export class GpusModel {
  constructor(private readonly client: IClient) {
    this.poll = new Poll({
      name: 'tfgpu-lab:gpus',
      auto: false,
      factory: () => this.ask(),
      frequency: { interval: INTERVAL_MS, backoff: true, max: LONGEST_BACKOFF_MS }
    });
  }

  get state(): IGpusState {
    return this._state;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
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

  dispose(): void {
    this.poll.dispose();
  }

  private async ask(): Promise<void> {
    try {
      const gpus = await this.client.gpus(this._state.gpus?.seq ?? 0);
      const latest = gpus.samples[gpus.samples.length - 1] ?? this._state.latest;
      // Values of a GPU that is gone are not its values.
      this._state = { gpus, latest: gpus.devices.length ? latest : null, problem: null };
    } catch (reason) {
      const problem = reason instanceof ApiError ? reason : new ApiError(0, 'unknown', String(reason));
      this._state = { ...this._state, problem };
      throw problem;
    } finally {
      this._changed.emit();
    }
  }

  private readonly poll: Poll;
  private readonly _changed = new Signal<this, void>(this);
  private _state: IGpusState = { gpus: null, latest: null, problem: null };
  private holds = 0;
}
