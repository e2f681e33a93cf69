/** What the chart asks of uPlot, which draws in browsers only: the browser tests look at what it draws. */
import * as React from 'react';
import type uPlot from 'uplot';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { render } from '../../__tests__/render';
import type { Lines } from '../lines';
import { look } from '../look';
import { Plot, type IPlotProps } from '../plot';

const made = vi.hoisted(() => [] as IFakePlot[]);
/** What the lines were told: to draw this, or to forget what they drew. */
const lines = vi.hoisted(() => [] as (Parameters<Lines['draw']> | 'forget')[]);

interface IFakePlot {
  options: uPlot.Options;
  data: unknown;
  series: { show?: boolean }[];
  scales: Record<string, unknown>;
  /** How often the axes were drawn. */
  batches: number;
  cursor: { left: number; top: number };
  pointed: number;
  redrawn: number;
  destroyed: boolean;
}

vi.mock('../lines', () => ({
  Lines: class {
    draw = (...args: Parameters<Lines['draw']>) => lines.push(args);
    forget = () => lines.push('forget');
  }
}));

vi.mock('uplot', () => ({
  default: class {
    static readonly pxRatio = 2;
    series: { show?: boolean }[];
    scales: Record<string, unknown> = {};
    batches = 0;
    cursor = { left: -10, top: -10 };
    pointed = 0;
    bbox = { width: 120 };
    redrawn = 0;
    destroyed = false;
    width = 0;
    constructor(
      readonly options: uPlot.Options,
      public data: unknown
    ) {
      this.series = options.series.map(one => ({ show: one.show ?? true }));
      made.push(this);
    }
    batch = (change: () => void) => {
      this.batches++;
      change();
    };
    setData = (data: unknown) => (this.data = data);
    setScale = (name: string, scale: unknown) => (this.scales[name] = scale);
    setCursor = () => this.pointed++;
    setSeries = (index: number, { show }: { show: boolean }) => (this.series[index] = { show });
    redraw = () => this.redrawn++;
    destroy = () => (this.destroyed = true);
  }
}));

const line = (label: string, index: number, isShown = true) => ({ label, look: look(index), isShown });

const plot = (changes: Partial<IPlotProps> = {}) => (
  <Plot
    columns={{
      x: [1, 2],
      ys: [
        [10, null],
        [20, 30]
      ]
    }}
    lines={[line('GPU 0', 0), line('GPU 1', 1)]}
    x={{ kind: 'time', from: 0, to: 60, text: value => `t${value}` }}
    y={{ top: 100, text: value => `${value} %` }}
    heightPx={100}
    summary="GPU 0: latest 10 %."
    sync="together"
    {...changes}
  />
);

/** What the charts do when they come into sight or go out of it. */
const sights: ((entries: { isIntersecting: boolean }[]) => void)[] = [];

const lastView = () => lines.filter(one => one !== 'forget').pop()![2];

beforeEach(() => {
  made.length = 0;
  lines.length = 0;
  sights.length = 0;
  vi.stubGlobal(
    'IntersectionObserver',
    class {
      constructor(told: (typeof sights)[number]) {
        sights.push(told);
      }
      observe = () => undefined;
      disconnect = () => undefined;
    }
  );
});

/** uPlot calls these with itself, which ours do not use. */
const call = (callback: unknown, ...args: unknown[]): unknown => (callback as (...args: unknown[]) => unknown)(...args);

describe('the chart', () => {
  it('says in words what it draws', async () => {
    const screen = await render(plot());
    expect(screen.get('img').getAttribute('aria-label')).toBe('GPU 0: latest 10 %.');
  });

  it('draws its columns in its window, and new ones on the same chart', async () => {
    const screen = await render(plot());
    expect(made[0]).toMatchObject({
      data: [
        [1, 2],
        [10, null],
        [20, 30]
      ],
      scales: { x: { min: 0, max: 60 }, y: { min: 0, max: 100 } }
    });
    expect(lines.pop()).toMatchObject([{ x: [1, 2] }, [{ label: 'GPU 0' }, { label: 'GPU 1' }], { from: 0, span: 60 }]);
    await screen.show(
      plot({ columns: { x: [3], ys: [[1], [2]] }, x: { kind: 'time', from: 2, to: 62, text: String } })
    );
    expect(made).toHaveLength(1);
    expect(made[0]).toMatchObject({ data: [[3], [1], [2]], scales: { x: { min: 2, max: 62 } } });
    expect(lastView()).toEqual({ from: 2, span: 60, top: 100 });
  });

  it('goes on by whole pixels, and draws its axes only then; what is new is drawn at once', async () => {
    const at = (to: number) =>
      plot({ x: { kind: 'time', from: to - 60, to, text: String }, columns: { x: [to], ys: [[1], [2]] } });
    const screen = await render(at(1000.1)); // half a second a pixel
    expect(made[0]!.scales['x']).toEqual({ min: 940.5, max: 1000.5 });
    const { batches } = made[0]!;
    await screen.show(at(1000.4));
    expect(made[0]!.batches).toBe(batches);
    expect(made[0]!.data).toEqual([[1000.4], [1], [2]]);
    expect(lines.pop()).toMatchObject([{ x: [1000.4] }, {}, { from: 940.5 }]);
    await screen.show(at(1000.6));
    expect(made[0]!.batches).toBe(batches + 1);
    expect(lastView()).toEqual({ from: 941, span: 60, top: 100 });
  });

  it('tells what is under a cursor that stands still while values come', async () => {
    const screen = await render(plot());
    await screen.show(plot({ columns: { x: [3], ys: [[1], [2]] } }));
    expect(made[0]!.pointed, 'there is none').toBe(0);
    made[0]!.cursor = { left: 5, top: 5 };
    await screen.show(plot({ columns: { x: [4], ys: [[1], [2]] } }));
    expect(made[0]!.pointed).toBe(1);
  });

  it('is not drawn while it is out of sight, and at once when it comes back', async () => {
    const screen = await render(plot());
    const see = (isIntersecting: boolean) => sights[0]!([{ isIntersecting }]);
    see(false);
    await screen.show(plot({ columns: { x: [3], ys: [[1], [2]] } }));
    expect(made[0]!.data).toEqual([
      [1, 2],
      [10, null],
      [20, 30]
    ]);
    see(true);
    expect(made[0]!.data).toEqual([[3], [1], [2]]);
    await screen.show(plot({ columns: { x: [4], ys: [[1], [2]] } }));
    expect(made[0]!.data).toEqual([[4], [1], [2]]);
  });

  it('goes from zero to the top, and beyond when a value in view does', async () => {
    const of = (...values: number[]) => ({ x: [-5, 2], ys: [values, [null, null]] });
    const screen = await render(plot({ columns: of(10, 30) }));
    expect(lastView().top).toBe(100);
    await screen.show(plot({ columns: of(10, 130) }));
    expect(lastView().top).toBe(130);
    expect(made[0]!.scales['y']).toEqual({ min: 0, max: 130 });
    await screen.show(plot({ columns: of(500, 30) }));
    expect(lastView().top).toBe(100);
  });

  it('goes to the greatest value of a line that is shown when the top is not known', async () => {
    const y = { top: null, text: String };
    const screen = await render(plot({ y }));
    expect(lastView().top).toBe(30);
    await screen.show(plot({ y, lines: [line('GPU 0', 0), line('GPU 1', 1, false)] }));
    expect(lastView().top).toBe(10);
    await screen.show(plot({ y, columns: { x: [], ys: [[], []] } }));
    expect(lastView().top).toBe(1);
  });

  it('labels the bottom, the middle and the top, and the times', async () => {
    await render(plot());
    const [x, y] = made[0]!.options.axes!;
    expect(call(y!.splits, null, 1, 0, 100)).toEqual([0, 50, 100]);
    expect(call(y!.values, null, [0, 50])).toEqual(['0 %', '50 %']);
    const self = { valToPos: (value: number) => value, bbox: { width: 120 } };
    expect(call(x!.values, self, [30])).toEqual(['t30']);
    expect(call(x!.values, self, [55]), 'it would be cut off').toEqual([null]);
  });

  it('shares its cursor, and tells where it is', async () => {
    const onCursor = vi.fn();
    await render(plot({ onCursor }));
    expect(made[0]!.options.cursor?.sync?.key).toBe('together');
    call(made[0]!.options.hooks!.setCursor![0], { cursor: { idx: 1 } });
    call(made[0]!.options.hooks!.setCursor![0], { cursor: { idx: null } });
    expect(onCursor.mock.calls).toEqual([[1], [null]]);
  });

  it('hides a line without being made anew', async () => {
    const screen = await render(plot());
    await screen.show(plot({ lines: [line('GPU 0', 0, false), line('GPU 1', 1)] }));
    expect(made).toHaveLength(1);
    expect(made[0]!.series.map(one => one.show)).toEqual([true, false, true]);
    expect(lines.lastIndexOf('forget'), 'all is drawn anew').toBeGreaterThanOrEqual(0);
    expect(lines.pop()).toMatchObject([{}, [{ isShown: false }, { isShown: true }], {}]);
  });

  it('is made anew for another number of lines', async () => {
    const screen = await render(plot());
    await screen.show(plot({ lines: [line('GPU 0', 0)], columns: { x: [1], ys: [[1]] } }));
    expect(made.map(one => one.destroyed)).toEqual([true, false]);
  });

  it('counts in doublings when it is told to', async () => {
    await render(plot({ x: { kind: 'log2', from: 256, to: 8192, text: String } }));
    expect(made[0]!.options.scales!['x']).toMatchObject({ time: false, distr: 3, log: 2 });
    expect(lastView()).toMatchObject({ from: 256, span: 8192 - 256 });
    expect(made[0]!.scales['x']).toEqual({ min: 256, max: 8192 });
  });

  it('is drawn again when the theme changes', async () => {
    await render(plot());
    document.body.setAttribute('data-jp-theme-name', 'another');
    lines.length = 0;
    await vi.waitFor(() => expect(made[0]!.redrawn).toBe(1));
    expect(lines[0]).toBe('forget');
    expect(lastView()).toMatchObject({ from: 0 });
    document.body.removeAttribute('data-jp-theme-name');
  });
});
