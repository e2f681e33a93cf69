/** What the chart asks of uPlot, which draws in browsers only: the browser tests look at what it draws. */
import * as React from 'react';
import type uPlot from 'uplot';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { render } from '../../__tests__/render';
import { look } from '../look';
import { Plot, type IPlotProps } from '../plot';

const made = vi.hoisted(() => [] as IFakePlot[]);

interface IFakePlot {
  options: uPlot.Options;
  data: unknown;
  series: { show?: boolean }[];
  scale: unknown;
  redrawn: number;
  destroyed: boolean;
}

vi.mock('uplot', () => ({
  default: class {
    static readonly pxRatio = 2;
    series: { show?: boolean }[];
    scale: unknown = null;
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
    batch = (change: () => void) => change();
    setData = (data: unknown) => (this.data = data);
    setScale = (_: string, scale: unknown) => (this.scale = scale);
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

beforeEach(() => {
  made.length = 0;
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
      scale: { min: 0, max: 60 }
    });
    await screen.show(
      plot({ columns: { x: [3], ys: [[1], [2]] }, x: { kind: 'time', from: 2, to: 62, text: String } })
    );
    expect(made).toHaveLength(1);
    expect(made[0]).toMatchObject({ data: [[3], [1], [2]], scale: { min: 2, max: 62 } });
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

  it('goes from zero to the top, and beyond when a value does', async () => {
    await render(plot());
    const { range } = made[0]!.options.scales!['y']!;
    expect(call(range, null, 10, 30)).toEqual([0, 100]);
    expect(call(range, null, 10, 130)).toEqual([0, 130]);
    expect(call(range, null, null, null)).toEqual([0, 100]);
  });

  it('goes to the greatest value when the top is not known', async () => {
    await render(plot({ y: { top: null, text: String } }));
    const { range } = made[0]!.options.scales!['y']!;
    expect(call(range, null, 10, 30)).toEqual([0, 30]);
    expect(call(range, null, null, null)).toEqual([0, 1]);
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
  });

  it('is made anew for another number of lines', async () => {
    const screen = await render(plot());
    await screen.show(plot({ lines: [line('GPU 0', 0)], columns: { x: [1], ys: [[1]] } }));
    expect(made.map(one => one.destroyed)).toEqual([true, false]);
  });

  it('counts in doublings when it is told to', async () => {
    await render(plot({ x: { kind: 'log2', from: 256, to: 8192, text: String } }));
    expect(made[0]!.options.scales!['x']).toMatchObject({ time: false, distr: 3, log: 2 });
  });

  it('is drawn again when the theme changes', async () => {
    await render(plot());
    document.body.setAttribute('data-jp-theme-name', 'another');
    await vi.waitFor(() => expect(made[0]!.redrawn).toBe(1));
    document.body.removeAttribute('data-jp-theme-name');
  });
});
