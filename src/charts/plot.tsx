/** The only chart: lines over x, on uPlot; loaded when the first one is shown. */
import * as React from 'react';
import uPlot from 'uplot';

import type { IColumns } from './columns';
import { onTheme, Palette, type ILook } from './look';
import { strokes } from './strokes';

const FONT_COLOUR = '--jp-ui-font-color2';
const GRID_COLOUR = '--jp-border-color2';
/** The same for all charts, so that one stands below the other. */
const Y_AXIS_PX = 62;
const X_AXIS_PX = 22;
const LABEL_SPACE_PX = 72;
/** A label that comes nearer to the right edge than this would be cut off there. */
const EDGE_PX = 18;
/** Where nothing but the CPU draws, as on many servers, a line of more than one pixel takes ten times as long. */
const LINE_PX = 1;
/** Room for the label at the top. */
const PADDING_PX: uPlot.Padding = [8, 10, 0, 0];

// uPlot's name for this number is a const enum, which only tsc could read.
// eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment
const LOGARITHMIC: Pick<uPlot.Scale, 'distr' | 'log'> = { distr: 3, log: 2 };

export interface ILine {
  readonly label: string;
  readonly look: ILook;
  readonly isShown: boolean;
}

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
  const plot = React.useRef<uPlot | null>(null);
  const isSeen = React.useRef(true);
  const latest = React.useRef(props);
  latest.current = props;
  const { columns, heightPx, lines, summary, x, y } = props;

  // Layout effects: what is drawn comes with what React has changed, in one frame. (Others come one frame later.)
  // What cannot be changed on a chart that stands makes a new one.
  const kind = `${x.kind} ${heightPx} ${lines.length} ${props.sync ?? ''}`;
  React.useLayoutEffect(() => {
    const node = holder.current;
    if (!node) {
      return;
    }
    const palette = new Palette(node);
    const made = new uPlot(options(latest, palette, node), data(latest.current.columns), node);
    plot.current = made;
    // What is scrolled out of sight is drawn when it comes back.
    const sight = new IntersectionObserver(entries => {
      isSeen.current = entries[entries.length - 1]?.isIntersecting ?? true;
      if (isSeen.current) {
        draw(made, latest.current);
      }
    });
    sight.observe(node);
    const stopTheme = onTheme(() => {
      palette.forget();
      made.redraw(false);
    });
    const observer = new ResizeObserver(() => {
      if (node.clientWidth && node.clientWidth !== made.width) {
        made.setSize({ width: node.clientWidth, height: latest.current.heightPx });
      }
    });
    observer.observe(node);
    return () => {
      sight.disconnect();
      observer.disconnect();
      stopTheme();
      made.destroy();
      plot.current = null;
    };
  }, [kind]);

  const shown = lines.map(line => (line.isShown ? '1' : '0')).join('');
  React.useLayoutEffect(() => {
    lines.forEach((line, index) => {
      if (plot.current?.series[index + 1]?.show !== line.isShown) {
        plot.current?.setSeries(index + 1, { show: line.isShown });
      }
    });
  }, [kind, shown]);

  React.useLayoutEffect(() => {
    if (plot.current && isSeen.current) {
      draw(plot.current, latest.current);
    }
  }, [columns, x.from, x.to, y.top]);

  return <div ref={holder} className="tfgpu-plot" role="img" aria-label={summary} style={{ height: heightPx }} />;
}

function draw(plot: uPlot, { columns, x }: IPlotProps): void {
  plot.batch(() => {
    plot.setData(data(columns), false);
    plot.setScale('x', x.from < x.to ? { min: x.from, max: x.to } : { min: x.from / 2, max: x.from * 2 });
  });
}

const data = (columns: IColumns) => [columns.x, ...columns.ys] as unknown as uPlot.AlignedData;

function options(latest: React.MutableRefObject<IPlotProps>, palette: Palette, node: HTMLElement): uPlot.Options {
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
      points: { size: 5 },
      ...(sync ? { sync: { key: sync, setSeries: false } } : {})
    },
    scales: {
      x: { time: x.kind === 'time', ...(x.kind === 'log2' ? LOGARITHMIC : {}) },
      y: { range: (_, __, most: number | null) => [0, Math.max(props().y.top ?? 0, most ?? 0) || 1] }
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
        paths: strokes(line.look.dash, x.kind !== 'log2'),
        width: LINE_PX,
        // One value alone makes no line.
        points: { show: self => self.data[0].length < 2 }
      }))
    ],
    hooks: { setCursor: [self => props().onCursor?.(self.cursor.idx ?? null)] }
  };
}
