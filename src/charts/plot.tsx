/** The only chart: lines over x, on uPlot; loaded when the first one is shown. */
import * as React from 'react';
import uPlot from 'uplot';

import { extent, type IColumns } from './columns';
import { Lines, type ILine, type IView } from './lines';
import { onTheme, Palette } from './look';

const FONT_COLOUR = '--jp-ui-font-color2';
const GRID_COLOUR = '--jp-border-color2';
/** The same for all charts, so that one stands below the other. */
const Y_AXIS_PX = 62;
const X_AXIS_PX = 22;
const LABEL_SPACE_PX = 72;
/** A label that comes nearer to the right edge than this would be cut off there. */
const EDGE_PX = 18;
/** Room for the label at the top. */
const PADDING_PX: uPlot.Padding = [8, 10, 0, 0];

// uPlot's name for this number is a const enum, which only tsc could read.
// eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment
const LOGARITHMIC: Pick<uPlot.Scale, 'distr' | 'log'> = { distr: 3, log: 2 };

export interface IPlotProps {
  columns: IColumns;
  /** One a column of `columns.ys`. */
  lines: readonly ILine[];
  /** `log2`: doubling x is one step, as for sizes of matrices. From and to in the units of x. */
  x: { kind: 'time' | 'linear' | 'log2'; from: number; to: number; text: (value: number) => string };
  /** The scale goes from 0 to `top`, and beyond when a value does; null: to the greatest value. */
  y: { top: number | null; text: (value: number) => string };
  heightPx: number;
  /** What the chart shows, in words: a canvas says nothing to those who cannot see it. */
  summary: string;
  /** Charts with the same word share their cursor. */
  sync?: string;
  /** Told which row of the columns is under the cursor; null: none. */
  onCursor?: (row: number | null) => void;
}

export function Plot(props: IPlotProps): React.JSX.Element {
  const holder = React.useRef<HTMLDivElement>(null);
  const drawing = React.useRef<Drawing | null>(null);
  const latest = React.useRef(props);
  latest.current = props;
  const { columns, heightPx, lines, summary, x, y } = props;

  // Layout effects: what is drawn comes with what React has changed, in one frame. (Others come one frame later.)
  // What cannot be changed on a chart that stands makes a new one.
  const kind = `${x.kind} ${heightPx} ${lines.length} ${props.sync ?? ''}`;
  React.useLayoutEffect(() => {
    if (holder.current) {
      drawing.current = new Drawing(holder.current, latest);
    }
    return () => {
      drawing.current?.dispose();
      drawing.current = null;
    };
  }, [kind]);

  const shown = lines.map(line => (line.isShown ? '1' : '0')).join('');
  React.useLayoutEffect(() => drawing.current?.show(), [kind, shown]);
  React.useLayoutEffect(() => drawing.current?.draw(), [columns, x.from, x.to, y.top]);

  return <div ref={holder} className="tfgpu-plot" role="img" aria-label={summary} style={{ height: heightPx }} />;
}

/** One chart on the page: uPlot has the axes and the cursor, the lines are on a canvas above. */
class Drawing {
  constructor(
    node: HTMLElement,
    private readonly latest: React.MutableRefObject<IPlotProps>
  ) {
    const palette = new Palette(node);
    const again = () => {
      this.lines.forget();
      this.draw();
    };
    this.plot = new uPlot(options(latest, palette, node, again), data(latest.current.columns), node);
    this.lines = new Lines(this.plot, palette, latest.current.x.kind !== 'log2');
    // What is scrolled out of sight is drawn when it comes back.
    const sight = new IntersectionObserver(entries => {
      this.isSeen = entries[entries.length - 1]?.isIntersecting ?? true;
      this.draw();
    });
    sight.observe(node);
    const endTheme = onTheme(() => {
      palette.forget();
      this.plot.redraw(false);
      again();
    });
    const size = new ResizeObserver(() => {
      if (node.clientWidth && node.clientWidth !== this.plot.width) {
        this.plot.setSize({ width: node.clientWidth, height: latest.current.heightPx });
      }
    });
    size.observe(node);
    this.dispose = () => {
      this.isSeen = false;
      sight.disconnect();
      size.disconnect();
      endTheme();
      this.plot.destroy();
    };
  }

  readonly dispose: () => void;

  /** Show and hide lines. */
  show(): void {
    this.latest.current.lines.forEach((line, index) => {
      if (this.plot.series[index + 1]?.show !== line.isShown) {
        this.plot.setSeries(index + 1, { show: line.isShown });
        this.lines.forget();
      }
    });
    this.draw();
  }

  draw(): void {
    if (!this.isSeen) {
      return;
    }
    const { columns, lines } = this.latest.current;
    const { plot } = this;
    const view = viewOf(this.latest.current, plot.bbox.width);
    const { left = -1, top = -1 } = plot.cursor;
    if (isSame(view, this.view)) {
      plot.setData(data(columns), false);
      if (left >= 0) {
        plot.setCursor({ left, top }); // other values may be under it
      }
    } else {
      plot.batch(() => {
        plot.setData(data(columns), false);
        plot.setScale('x', { min: view.from, max: view.from + view.span });
        plot.setScale('y', { min: 0, max: view.top });
      });
      this.view = view;
    }
    this.lines.draw(columns, lines, view);
  }

  private readonly plot: uPlot;
  private readonly lines: Lines;
  private isSeen = true;
  /** What the axes show. */
  private view: IView | null = null;
}

const isSame = (one: IView, other: IView | null) =>
  one.from === other?.from && one.span === other.span && one.top === other.top;

/** What is in view. Time goes on by whole pixels, so that what is drawn can be moved, and no line trembles. */
function viewOf({ columns, lines, x, y }: IPlotProps, widthPx: number): IView {
  // (Seconds since 1970 are not exact beyond this.)
  const span = Math.round((x.to - x.from) * 1000) / 1000;
  const pixel = span / widthPx;
  const from = x.kind === 'time' && widthPx > 0 ? Math.ceil(x.from / pixel) * pixel : x.from;
  const first = columns.x.findIndex(one => one >= from);
  const most = lines.map((line, index) => (line.isShown ? extent(columns.ys[index] ?? [], first)?.most : null) ?? 0);
  const top = Math.max(y.top ?? 0, ...most) || 1;
  return span > 0 ? { from, span, top } : { from: from / 2, span: from * 1.5, top };
}

const data = (columns: IColumns) => [columns.x, ...columns.ys] as unknown as uPlot.AlignedData;

function options(
  latest: React.MutableRefObject<IPlotProps>,
  palette: Palette,
  node: HTMLElement,
  onSize: () => void
): uPlot.Options {
  const props = () => latest.current;
  const { fontFamily, fontSize } = getComputedStyle(node);
  const axis: uPlot.Axis = {
    stroke: () => palette.get(FONT_COLOUR),
    font: `${fontSize} ${fontFamily}`,
    grid: { stroke: () => palette.get(GRID_COLOUR), width: 1 },
    ticks: { show: false },
    border: { show: false }
  };
  const { heightPx, lines, sync, x } = props();
  return {
    width: Math.max(1, node.clientWidth),
    height: heightPx,
    padding: PADDING_PX,
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: false, y: false },
      bind: { dblclick: () => null }, // it would show all there is
      points: { size: 5 },
      ...(sync ? { sync: { key: sync, setSeries: false } } : {})
    },
    scales: {
      x: { time: x.kind === 'time', ...(x.kind === 'log2' ? LOGARITHMIC : {}) },
      y: { auto: false }
    },
    axes: [
      {
        ...axis,
        size: X_AXIS_PX,
        gap: 4,
        space: LABEL_SPACE_PX,
        values: (self, splits) =>
          splits.map(value =>
            // (The width from the chart's own numbers: to ask the page for it would have it laid out at once.)
            self.valToPos(value, 'x') > self.bbox.width / uPlot.pxRatio - EDGE_PX ? null : props().x.text(value)
          )
      },
      {
        ...axis,
        size: Y_AXIS_PX,
        gap: 6,
        // The bottom, the middle and the top: calm, and the same at every tick.
        splits: (_, __, ___, most) => [0, 0.5, 1].map(part => part * (props().y.top ?? most)),
        values: (_, splits) => splits.map(value => props().y.text(value))
      }
    ],
    series: [
      {},
      ...lines.map((line): uPlot.Series => ({
        label: line.label,
        show: line.isShown,
        stroke: () => palette.get(line.look.variable),
        paths: () => null, // the lines are not its own
        points: { show: false }
      }))
    ],
    hooks: {
      setCursor: [self => props().onCursor?.(self.cursor.idx ?? null)],
      setSize: [() => queueMicrotask(onSize)] // it is in the midst of drawing
    }
  };
}
