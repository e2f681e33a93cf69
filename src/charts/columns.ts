/** Samples to the columns of a chart: one of times, one a GPU, with a hole where nothing was read. */
import type { components } from '../api/types';
import type { IMetric } from './metrics';

type Sample = components['schemas']['Sample'];

/** What a chart draws: `x` ascending, each of `ys` as long as it; null is a gap. */
export interface IColumns {
  readonly x: readonly number[];
  readonly ys: readonly (readonly (number | null)[])[];
}

/** So many intervals without a sample are a gap. */
const GAP_INTERVALS = 3;

/** The columns of one metric, which grow by what is new: to make them anew at every sample would cost the page most. */
export class Growing {
  /** `uuids`: one a column, in this order. */
  constructor(
    private readonly uuids: readonly string[],
    private readonly metric: IMetric
  ) {}

  /**
   * The columns of this history; the same object as long as nothing is new, and a new one over the same arrays after.
   * `samples`: oldest first, those that were there before being the same objects.
   * `intervalS`: seconds between two samples while somebody reads.
   */
  of(samples: readonly Sample[], intervalS: number): IColumns {
    const known = this.last ? samples.lastIndexOf(this.last) : -1;
    const fresh = samples.slice(known + 1);
    if (known < 0) {
      this.clear();
    } else if (!fresh.length && this.first === samples[0]) {
      return this.columns;
    }
    this.dropBefore(samples[0]?.at_s ?? Infinity);
    fresh.forEach(sample => this.append(sample, intervalS));
    this.first = samples[0];
    this.last = samples[samples.length - 1];
    this.columns = { ...this.columns };
    return this.columns;
  }

  private append(sample: Sample, intervalS: number): void {
    const { x, ys } = this;
    const before = this.x[x.length - 1] ?? Infinity;
    if (sample.at_s - before > GAP_INTERVALS * intervalS) {
      x.push((sample.at_s + before) / 2);
      ys.forEach(y => y.push(null));
    }
    x.push(sample.at_s);
    this.uuids.forEach((uuid, index) => {
      // Most often the GPUs are where they were: no search.
      const there = sample.gpus[index];
      const gpu = there?.uuid === uuid ? there : sample.gpus.find(one => one.uuid === uuid);
      ys[index]?.push(gpu ? this.metric.value(gpu) : null);
    });
  }

  private dropBefore(at_s: number): void {
    const first = this.x.findIndex(one => one >= at_s);
    [this.x, ...this.ys].forEach(column => column.splice(0, first < 0 ? column.length : first));
  }

  private clear(): void {
    this.x = [];
    this.ys = this.uuids.map(() => []);
    this.columns = { x: this.x, ys: this.ys };
  }

  private x: number[] = [];
  private ys: (number | null)[][] = [];
  private columns: IColumns = { x: this.x, ys: this.ys };
  private first: Sample | undefined;
  private last: Sample | undefined;
}

/** The least, the most and the last of a column from a row on; null when it holds no value. */
export function extent(
  column: readonly (number | null)[],
  from = 0
): { least: number; most: number; last: number | null } | null {
  let least = Infinity;
  let most = -Infinity;
  for (let row = from; row < column.length; row++) {
    const value = column[row] ?? null;
    if (value !== null) {
      least = value < least ? value : least;
      most = value > most ? value : most;
    }
  }
  return least > most ? null : { least, most, last: column[column.length - 1] ?? null };
}
