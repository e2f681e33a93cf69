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

/**
 * The columns of one metric.
 * `since_s`: samples before it are left out. `intervalS`: seconds between two samples while somebody reads.
 */
export function columns(
  samples: readonly Sample[],
  uuids: readonly string[],
  metric: IMetric,
  sinceS: number,
  intervalS: number
): IColumns {
  const x: number[] = [];
  const ys: (number | null)[][] = uuids.map(() => []);
  let before = Infinity;
  for (const sample of samples) {
    if (sample.at_s < sinceS) {
      continue;
    }
    if (sample.at_s - before > GAP_INTERVALS * intervalS) {
      x.push((sample.at_s + before) / 2);
      ys.forEach(y => y.push(null));
    }
    before = sample.at_s;
    x.push(sample.at_s);
    uuids.forEach((uuid, index) => {
      // Most often the GPUs are where they were: no search.
      const there = sample.gpus[index];
      const gpu = there?.uuid === uuid ? there : sample.gpus.find(one => one.uuid === uuid);
      ys[index]?.push(gpu ? metric.value(gpu) : null);
    });
  }
  return { x, ys };
}

/** The least, the most and the last of a column; null when it holds no value. */
export function extent(
  column: readonly (number | null)[]
): { least: number; most: number; last: number | null } | null {
  let least = Infinity;
  let most = -Infinity;
  for (const value of column) {
    if (value !== null) {
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
  }
  return least > most ? null : { least, most, last: column[column.length - 1] ?? null };
}
