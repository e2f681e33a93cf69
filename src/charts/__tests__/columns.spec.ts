/** What a chart draws of the samples: times, values, and holes where nothing was read. */
import { describe, expect, it, vi } from 'vitest';

import { gpu, sample } from '../../__tests__/samples';
import { extent, Growing } from '../columns';
import { METRICS } from '../metrics';

const [utilization] = METRICS;
const at = (at_s: number, ...percents: (number | null)[]) => ({
  ...sample(),
  at_s,
  gpus: percents.map((utilization_percent, index) => ({
    ...sample({ uuid: `GPU-${index}`, utilization_percent }).gpus[0]!
  }))
});
const growing = () => new Growing(['GPU-0', 'GPU-1'], utilization!);
const of = (samples: ReturnType<typeof at>[]) => growing().of(samples, 2);

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

describe('columns that grow', () => {
  const [one, two, three, four] = [at(100, 1, 2), at(102, 3, 4), at(104, 5, 6), at(200, 7, 8)];

  it('take what is new and leave what is too old, as if they were made anew', () => {
    const grown = growing();
    for (const samples of [
      [one, two],
      [one, two, three],
      [two, three, four],
      [three, four]
    ]) {
      expect(grown.of(samples, 2)).toEqual(of(samples));
    }
  });

  it('are the same object as long as nothing is new, and another after', () => {
    const grown = growing();
    const columns = grown.of([one, two], 2);
    expect(grown.of([one, two], 2)).toBe(columns);
    expect(grown.of([one, two, three], 2)).not.toBe(columns);
    expect(grown.of([two, three], 2).x).toEqual([102, 104]);
  });

  it('write only what is new', () => {
    const value = vi.fn(utilization!.value);
    const grown = new Growing(['GPU-0', 'GPU-1'], { ...utilization!, value });
    grown.of([one, two], 2);
    value.mockClear();
    grown.of([one, two, three], 2);
    expect(value).toHaveBeenCalledTimes(2);
  });

  it('begin anew where their last sample is gone, as after a restart of the server', () => {
    const grown = growing();
    grown.of([one, two], 2);
    expect(grown.of([at(50, 9, 9), at(52, 8, 8)], 2)).toEqual(of([at(50, 9, 9), at(52, 8, 8)]));
    expect(grown.of([], 2)).toEqual({ x: [], ys: [[], []] });
    expect(grown.of([one], 2)).toEqual(of([one]));
  });
});

describe('the extent', () => {
  it('is the least, the most and the last, holes apart', () => {
    expect(extent([3, null, 1, 2])).toEqual({ least: 1, most: 3, last: 2 });
    expect(extent([3, null])).toEqual({ least: 3, most: 3, last: null });
  });

  it('is that of what comes from a row on', () => {
    expect(extent([9, 1, 2], 1)).toEqual({ least: 1, most: 2, last: 2 });
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
