/** The benchmark of the kernel in front: start, follow, cancel; results stay while the page is open. */
import { Poll } from '@lumino/polling';
import { Signal, type ISignal } from '@lumino/signaling';

import { ApiError, type IClient } from '../api/client';
import type { components } from '../api/types';

type Job = components['schemas']['BenchmarkJob'];

const INTERVAL_MS = 500;
const LONGEST_BACKOFF_MS = 10_000;

/** One kernel's benchmark. */
export interface IBenchmarkState {
  /** The job as it was last seen; null before the first. */
  readonly job: Job | null;
  /** True from the click until the server has answered it. */
  readonly pending: boolean;
  /** Why the last request failed; null when it did not. */
  readonly problem: ApiError | null;
}

const NOTHING: IBenchmarkState = { job: null, pending: false, problem: null };

/** Whether a job will still change. */
export function isUnderWay(job: Job | null): boolean {
  return job?.state === 'queued' || job?.state === 'running';
}

export class BenchmarkModel {
  constructor(private readonly client: IClient) {
    this.poll = new Poll({
      name: 'tfgpu-lab:benchmark',
      auto: false,
      factory: () => this.follow(),
      frequency: { interval: INTERVAL_MS, backoff: true, max: LONGEST_BACKOFF_MS },
      standby: 'never' // a finished job must not look as if it ran when the tab comes back
    });
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  state(kernelId: string | null): IBenchmarkState {
    return (kernelId && this.states.get(kernelId)) || NOTHING;
  }

  /** Start a benchmark in the environment of a kernel; nothing happens while one is under way. */
  async start(kernelId: string): Promise<void> {
    const { job, pending } = this.state(kernelId);
    if (!pending && !isUnderWay(job)) {
      await this.exchange(kernelId, this.client.startBenchmark({ kernel_id: kernelId }));
    }
  }

  async cancel(kernelId: string): Promise<void> {
    const { job } = this.state(kernelId);
    if (job && isUnderWay(job)) {
      await this.exchange(kernelId, this.client.cancelBenchmark(job.id));
    }
  }

  dispose(): void {
    this.poll.dispose();
  }

  private async exchange(kernelId: string, request: Promise<Job>): Promise<void> {
    this.set(kernelId, { ...this.state(kernelId), pending: true, problem: null });
    await this.take(kernelId, request);
    void this.poll.start();
  }

  private async follow(): Promise<void> {
    const running = [...this.states].filter(([, state]) => isUnderWay(state.job));
    for (const [kernelId, { job }] of running) {
      if (job) {
        await this.take(kernelId, this.client.benchmark(job.id), job.id);
      }
    }
    if (!running.length) {
      void this.poll.stop();
    }
  }

  private async take(kernelId: string, request: Promise<Job>, asked?: string): Promise<void> {
    try {
      const job = await request;
      const current = this.state(kernelId).job;
      if (asked && (current?.id !== asked || !isUnderWay(current))) {
        return; // overtaken by a cancel or a new start
      }
      this.set(kernelId, { job, pending: false, problem: null });
    } catch (reason) {
      const problem = reason instanceof ApiError ? reason : new ApiError(0, 'unknown', String(reason));
      // A job that the server does not know any more will not end either.
      const job = asked && problem.status === 404 ? null : this.state(kernelId).job;
      this.set(kernelId, { job, pending: false, problem });
    }
  }

  private set(kernelId: string, state: IBenchmarkState): void {
    this.states.set(kernelId, state);
    this._changed.emit();
  }

  private readonly poll: Poll;
  private readonly states = new Map<string, IBenchmarkState>();
  private readonly _changed = new Signal<this, void>(this);
}
