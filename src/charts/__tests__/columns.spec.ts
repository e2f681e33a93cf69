/** What a chart draws of the samples: times, values, and holes where nothing was read. */
import { describe, expect, it } from 'vitest';

import { gpu, sample } from '../../__tests__/samples';
import { columns, extent } from '../columns';
import { METRICS } from '../metrics';

const [utilization] = METRICS;
const at = (at_s: number, ...percents: (number | null)[]) => ({
  ...sample(),
  at_s,
  gpus: percents.map((utilization_percent, index) => ({
    ...sample({ uuid: `GPU-${index}`, utilization_percent }).gpus[0]!
  }))
});
const of = (samples: ReturnType<typeof at>[], since = 0, uuids = ['GPU-0', 'GPU-1']) =>
  columns(samples, uuids, utilization!, since, 2);

describe('the columns', () => {
  it('are one of times and one a GPU', () => {
    expect(of([at(100, 1, 2), at(102, 3, 4)])).toEqual({
      x: [100, 102],
      ys: [
        [1, 3],
        [2, 4]
      ]
    });
  });

  it('have a hole where nobody looked for a while, and none for one late sample', () => {
    const { x, ys } = of([at(100, 1, 1), at(105, 2, 2), at(200, 3, 3)]);
    expect(x).toEqual([100, 105, 152.5, 200]);
    expect(ys[0]).toEqual([1, 2, null, 3]);
  });

  it('have a hole where a value is absent, and a zero where it is zero', () => {
    expect(of([at(100, 0, null)]).ys).toEqual([[0], [null]]);
  });

  it('leave out what is before the window', () => {
    expect(of([at(100, 1, 2), at(102, 3, 4)], 101).x).toEqual([102]);
  });

  it('follow a GPU that is at another place in a sample, and one that is gone', () => {
    const swapped = { ...at(100, 1, 2), gpus: [...at(100, 1, 2).gpus].reverse() };
    expect(of([swapped, at(102, 3)]).ys).toEqual([
      [1, 3],
      [2, null]
    ]);
  });

  it('are empty without samples', () => {
    expect(of([])).toEqual({ x: [], ys: [[], []] });
  });
});

describe('the extent', () => {
  it('is the least, the most and the last, holes apart', () => {
    expect(extent([3, null, 1, 2])).toEqual({ least: 1, most: 3, last: 2 });
    expect(extent([3, null])).toEqual({ least: 3, most: 3, last: null });
  });

  it('is none without a value', () => {
    expect(extent([])).toBeNull();
    expect(extent([null])).toBeNull();
  });
});

describe('a metric', () => {
  it.each([
    ['utilization', 37, 100, '37 %'],
    ['memory', 2 * 1024 ** 3, 8 * 1024 ** 3, '2.0 GiB'],
    ['temperature', 41.4, 100, '41 °C'],
    ['power', 120.2, 700, '120 W'],
    ['clock', 1980, 1980, '1980 MHz']
  ])('%s has its value, its most and its text', (id, value, most, text) => {
    const metric = METRICS.find(one => one.id === id)!;
    expect(metric.value(sample().gpus[0]!)).toBe(value);
    expect(metric.most(gpu())).toBe(most);
    expect(metric.text(value)).toBe(text);
  });
});
