/** The path of a line: its points, its holes, its dashes, and what is left where points are denser than pixels. */
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { isDense, strokes, type IRows } from '../strokes';

/** Move, line, or the corner of a mark. */
type Step = ['M' | 'L' | 'R', number, number];

beforeEach(() => {
  vi.stubGlobal('devicePixelRatio', 1);
  vi.stubGlobal(
    'Path2D',
    class {
      readonly steps: Step[] = [];
      moveTo = (x: number, y: number) => this.steps.push(['M', x, y]);
      lineTo = (x: number, y: number) => this.steps.push(['L', x, y]);
      rect = (x: number, y: number) => this.steps.push(['R', x, y]);
    }
  );
});

const HEIGHT = 100;

/** On a chart on which a unit is a pixel; y goes up. `step`: between two values; `from`: the first of them. */
function stroke(
  values: (number | null)[],
  { dash = [] as number[], width = 1000, step = 1, from = 0 },
  rows: Partial<IRows>
) {
  const to = values.length - 1;
  const all = { from: 0, to, isMore: false, isDense: isDense(to, width), ...rows };
  const places = { x: (value: number) => value - from, y: (value: number) => HEIGHT - value };
  const { isOpen, path } = strokes(
    { x: values.map((_, index) => from + index * step), ys: [values] },
    0,
    places,
    dash,
    all
  );
  return { isOpen, steps: (path as unknown as { steps: Step[] }).steps };
}

const drawn = (values: (number | null)[], how: Parameters<typeof stroke>[1] = {}) => stroke(values, how, {}).steps;

const rounded = (steps: Step[]) => steps.map(([kind, x, y]) => `${kind}${x.toFixed(1)},${y.toFixed(1)}`).join(' ');

describe('a line', () => {
  it('goes through its points', () => {
    expect(drawn([10, 20, 15])).toEqual([
      ['M', 0, 90],
      ['L', 1, 80],
      ['L', 2, 85]
    ]);
  });

  it('ends at a hole and begins after it', () => {
    expect(rounded(drawn([10, 20, null, 30, 40]))).toBe('M0.0,90.0 L1.0,80.0 M3.0,70.0 L4.0,60.0');
  });

  it('is nothing without a value', () => {
    expect(drawn([null, null])).toEqual([]);
  });

  it('is a mark where a value stands alone, which may become a line', () => {
    expect(stroke([10], {}, {})).toEqual({
      steps: [
        ['M', 0, 90],
        ['R', -2, 88]
      ],
      isOpen: true
    });
    const between = stroke([10, 20, null, 50, null, 30, 40], {}, {});
    expect(between.steps.filter(([kind]) => kind === 'R')).toEqual([['R', 1, 48]]);
    expect(between.isOpen).toBe(false);
  });

  it('goes on from what is drawn, and leaves no mark there', () => {
    expect(rounded(stroke([10, 20, 30], {}, { from: 1, isMore: true }).steps)).toBe('M1.0,80.0 L2.0,70.0');
    const ended = stroke([10, 20, null], {}, { from: 1, isMore: true });
    expect(rounded(ended.steps)).toBe('M1.0,80.0');
    expect(ended.isOpen).toBe(false);
    expect(stroke([10, null, 30], {}, { from: 1, isMore: true }).isOpen).toBe(true);
  });
});

describe('dashes', () => {
  it('are as long as they should be along x, wherever the points are', () => {
    // 3 on, 2 off, from where x is 1: on from 1 to 4, off to 6, on to 9.
    const flat = drawn([50, 50, 50], { dash: [3, 2], step: 5, from: 1 });
    expect(rounded(flat)).toBe('M0.0,50.0 L3.0,50.0 M5.0,50.0 M5.0,50.0 L8.0,50.0 M10.0,50.0');
  });

  it('rise with the line, and are not more where it jumps', () => {
    const steep = drawn([0, 100], { dash: [3, 2], step: 5, from: 1 });
    expect(rounded(steep)).toBe('M0.0,100.0 L3.0,40.0 M5.0,0.0');
  });

  it('keep their place in time when the window moves on', () => {
    const ons = (from: number) =>
      drawn([50, 50], { dash: [4, 6], step: 40, from })
        .filter(([kind]) => kind === 'L')
        .map(([, x]) => x + from)
        .slice(0, 4);
    const [before, after] = [ons(100), ons(103)];
    expect(before).toEqual([105, 115, 125, 135]);
    expect(after).toEqual([105, 115, 125, 135]);
  });

  it('are as many on a screen with more pixels', () => {
    vi.stubGlobal('devicePixelRatio', 2);
    expect(rounded(drawn([50, 50], { dash: [3, 2], step: 10, from: 1 }))).toBe('M0.0,50.0 L6.0,50.0 M10.0,50.0');
  });
});

describe('points that are denser than pixels', () => {
  it('leave the lowest and the highest of each pixel', () => {
    const values = Array.from({ length: 60 }, (_, index) => 50 + (index % 7) - (index % 3));
    const steps = drawn(values, { width: 10, step: 1 / 6 });
    expect(steps.length).toBeLessThanOrEqual(2 * 11);
    for (let pixel = 1; pixel < 10; pixel++) {
      const there = values.filter((_, index) => Math.round(index / 6) === pixel).map(value => HEIGHT - value);
      const left = steps.filter(([, x]) => x === pixel).map(([, , y]) => y);
      expect(Math.min(...left)).toBe(Math.min(...there));
      expect(Math.max(...left)).toBe(Math.max(...there));
    }
  });

  it('keep a hole that is a pixel wide', () => {
    const values = Array.from({ length: 60 }, (_, index) => (Math.floor(index / 6) === 5 ? null : 50));
    const steps = drawn(values, { width: 10, step: 1 / 6 });
    expect(steps.filter(([kind]) => kind === 'M').map(([, x]) => x)).toEqual([0, 6]);
  });
});
