/** The benchmark of the kernel in front: start, follow, cancel; results stay while the page is open, and the server keeps figures. */
import { Poll } from '@lumino/polling';
import { Signal, type ISignal } from '@lumino/signaling';

import { ApiError, type BenchmarkRequest, type IClient } from '../api/client';
import type { components } from '../api/types';

type Job = components['schemas']['BenchmarkJob'];
type PastFigure = components['schemas']['PastFigure'];

/** What is to be measured; the kernel is told apart. */
export type BenchmarkChoice = Omit<BenchmarkRequest, 'kernel_id'>;

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
  /** Earlier figures of the kernel's environment, newest first; null until they are known. */
  readonly history: readonly PastFigure[] | null;
  /** Why earlier figures are missing, one sentence; empty when they are not. */
  readonly historyProblem: string;
  /** Code of a cell that measures inside the kernel; empty until it is known. */
  readonly cell: string;
}

const NOTHING: IBenchmarkState = {
  job: null,
  pending: false,
  problem: null,
  history: null,
  historyProblem: '',
  cell: ''
};

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
      standby: 'never' // a finished job must not look as if it ran when the tab comes back
    });
    // Not above: the constructor raises any `max` to half a minute.
    this.poll.frequency = { interval: INTERVAL_MS, backoff: true, max: LONGEST_BACKOFF_MS };
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  state(kernelId: string | null): IBenchmarkState {
    return (kernelId && this.states.get(kernelId)) || NOTHING;
  }

  /** Ask once what the server knows of a kernel: a job from before the page was loaded, and earlier figures. */
  async look(kernelId: string): Promise<void> {
    if (this.looked.has(kernelId)) {
      return;
    }
    this.looked.add(kernelId);
    try {
      const { job, history, problem, cell } = await this.client.benchmarks(kernelId);
      const known = this.state(kernelId);
      // What was started meanwhile is newer.
      this.set(kernelId, { ...known, job: known.job ?? job, history, historyProblem: problem ?? '', cell });
      void this.poll.refresh();
    } catch {
      this.looked.delete(kernelId); // a later look may do better; without it, only the past is missing
    }
  }

  /** Start a benchmark in the environment of a kernel; nothing happens while one is under way. */
  async start(kernelId: string, choice: BenchmarkChoice = {}): Promise<void> {
    const { job, pending } = this.state(kernelId);
    if (!pending && !isUnderWay(job)) {
      await this.exchange(kernelId, this.client.startBenchmark({ ...choice, kernel_id: kernelId }));
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
    void this.poll.refresh(); // at once, even where another one's failure made it wait
  }

  private async follow(): Promise<void> {
    const running = [...this.states].flatMap(([kernelId, { job }]) =>
      job && isUnderWay(job) ? { kernelId, id: job.id } : []
    );
    if (!running.length) {
      void this.poll.stop();
      return;
    }
    const problems = await Promise.all(
      running.map(({ kernelId, id }) => this.take(kernelId, this.client.benchmark(id), id))
    );
    const problem = problems.find(Boolean);
    if (problem) {
      throw problem; // the poll backs off
    }
  }

  private async take(kernelId: string, request: Promise<Job>, asked?: string): Promise<ApiError | null> {
    let job: Job | null = null;
    let problem: ApiError | null = null;
    try {
      job = await request;
    } catch (reason) {
      problem = reason instanceof ApiError ? reason : new ApiError(0, 'unknown', String(reason));
    }
    const current = this.state(kernelId).job;
    if (asked && (current?.id !== asked || !isUnderWay(current))) {
      return null; // overtaken by a cancel or a new start
    }
    // A job that the server does not know any more will not end either.
    const isGone = asked && problem?.status === 404;
    const next = { job: job ?? (isGone ? null : current), pending: false, problem };
    this.set(kernelId, { ...this.state(kernelId), ...next });
    return problem;
  }

  private set(kernelId: string, state: IBenchmarkState): void {
    this.states.set(kernelId, state);
    this._changed.emit();
  }

  private readonly poll: Poll;
  private readonly states = new Map<string, IBenchmarkState>();
  private readonly looked = new Set<string>();
  private readonly _changed = new Signal<this, void>(this);
}
