/** One chart with its legend; the code that draws is loaded when the first one is shown. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { extent } from '../charts/columns';
import type { ILine } from '../charts/lines';
import type { IPlotProps } from '../charts/plot';
import { Figure } from './meter';
import { Waiting } from './waiting';

type PlotComponent = (props: IPlotProps) => React.JSX.Element;

/** One request for all charts; the next chart tries again after a failure. */
let loading: Promise<{ Plot: PlotComponent }> | null = null;

function load(): Promise<{ Plot: PlotComponent }> {
  loading ??= import(/* webpackChunkName: "chart" */ '../charts/plot').catch((reason: unknown) => {
    loading = null;
    throw reason;
  });
  return loading;
}

/** The drawing code once it is there, or why it is not. */
function usePlot(): { Plot: PlotComponent | null; problem: string } {
  const [state, set] = React.useState<{ Plot: PlotComponent | null; problem: string }>({ Plot: null, problem: '' });
  React.useEffect(() => {
    let isWanted = true;
    load()
      .then(({ Plot }) => isWanted && set({ Plot, problem: '' }))
      .catch((reason: unknown) => isWanted && set({ Plot: null, problem: String(reason) }));
    return () => {
      isWanted = false;
    };
  }, []);
  return state;
}

export interface IChartProps extends Omit<IPlotProps, 'summary' | 'onCursor'> {
  title: string;
  /** Shows or hides a line, by its number; without it the legend holds no buttons. */
  onToggle?: (line: number) => void;
  trans: TranslationBundle;
}

export function Chart(props: IChartProps): React.JSX.Element {
  const { columns, lines, title, trans, x, y } = props;
  const { Plot, problem } = usePlot();
  const [row, setRow] = React.useState<number | null>(null);
  const isPointed = row !== null && row < columns.x.length;
  const at = isPointed ? row : columns.x.length - 1;
  const value = (line: number) => columns.ys[line]?.[at] ?? null;
  const text = (number: number | null) => (number === null ? trans.__('no value') : y.text(number));
  // The pointer moves often, the values seldom.
  const summary = React.useMemo(() => summaryOf(props), [columns, lines, x.from]);
  return (
    <figure className="tfgpu-chart" aria-label={title}>
      <figcaption className="tfgpu-chart-head">
        <span className="tfgpu-chart-title">{title}</span>
        <span className="tfgpu-numbers tfgpu-muted">
          {isPointed && `${x.text(columns.x[row] ?? 0)} `}
          {lines.length === 1 && columns.x.length > 0 && <strong>{text(value(0))}</strong>}
        </span>
      </figcaption>
      {problem ? (
        <p className="tfgpu-notice">{trans.__('The charts could not be loaded: %1', problem)}</p>
      ) : Plot ? (
        <Plot {...props} summary={summary} onCursor={setRow} />
      ) : (
        <div style={{ height: props.heightPx }}>
          <Waiting text={trans.__('Loading the charts…')} trans={trans} />
        </div>
      )}
      {lines.length > 1 && (
        <Legend
          lines={lines}
          values={lines.map((_, line) => text(value(line)))}
          onToggle={props.onToggle}
          label={trans.__('Lines of this chart')}
        />
      )}
    </figure>
  );
}

/** Before a value is written. (React makes no node of no text.) */
const NOT_YET = '…';

interface ILegendProps {
  lines: readonly ILine[];
  /** One a line. */
  values: readonly string[];
  onToggle: ((line: number) => void) | undefined;
  label: string;
}

/** The values change at every reading, the rest seldom: they are written into what stands. */
function Legend({ values, ...others }: ILegendProps): React.JSX.Element {
  const figures = React.useRef<(HTMLElement | null)[]>([]);
  React.useLayoutEffect(() => {
    values.forEach((value, line) => {
      const text = figures.current[line]?.firstChild;
      if (text && text.nodeValue !== value) {
        text.nodeValue = value;
      }
    });
  });
  return <LegendItems figures={figures} {...others} />;
}

interface ILegendItemsProps extends Omit<ILegendProps, 'values'> {
  /** Where the values are written. */
  figures: React.MutableRefObject<(HTMLElement | null)[]>;
}

const LegendItems = React.memo(function LegendItems(props: ILegendItemsProps): React.JSX.Element {
  const { figures, label, lines, onToggle } = props;
  return (
    <ul className="tfgpu-legend" style={columnsFor(lines)} aria-label={label}>
      {lines.map((line, index) => (
        <li key={line.label}>
          <LegendItem line={line} onToggle={onToggle && (() => onToggle(index))}>
            <Swatch look={line.look} />
            <span>{line.label}</span>
            <Figure text={NOT_YET} into={node => (figures.current[index] = node)} />
          </LegendItem>
        </li>
      ))}
    </ul>
  );
});

/** As many columns as the longest label leaves room for, beside a piece of its line and a value. */
function columnsFor(lines: readonly ILine[]): React.CSSProperties {
  const longest = Math.max(...lines.map(line => line.label.length));
  return { gridTemplateColumns: `repeat(auto-fill, minmax(min(100%, ${longest + 11}ch), 1fr))` };
}

function LegendItem(props: {
  line: ILine;
  onToggle: (() => void) | undefined;
  children: React.ReactNode;
}): React.JSX.Element {
  const { children, line, onToggle } = props;
  return onToggle ? (
    <button type="button" className="tfgpu-legend-item" aria-pressed={line.isShown} onClick={onToggle}>
      {children}
    </button>
  ) : (
    <span className="tfgpu-legend-item">{children}</span>
  );
}

/** A piece of the line, in its colour and with its dashes. */
const Swatch = React.memo(function Swatch({ look }: Pick<ILine, 'look'>): React.JSX.Element {
  return (
    <svg className="tfgpu-swatch" viewBox="0 0 20 6" aria-hidden="true">
      <line
        x1="0"
        y1="3"
        x2="20"
        y2="3"
        style={{ stroke: `var(${look.variable})` }}
        strokeWidth="2"
        strokeDasharray={look.dash.join(' ')}
      />
    </svg>
  );
});

/** The chart in words: of each line that is shown the latest, the least and the most. */
function summaryOf({ columns, lines, title, trans, x, y }: IChartProps): string {
  const from = columns.x.findIndex(one => one >= x.from);
  const { text } = y;
  const parts = lines.flatMap((line, index) => {
    const found = line.isShown ? extent(columns.ys[index] ?? [], from) : null;
    if (!found) {
      return line.isShown ? [trans.__('%1: no values', line.label)] : [];
    }
    const last = found.last === null ? trans.__('none') : text(found.last);
    return [trans.__('%1: latest %2, lowest %3, highest %4', line.label, last, text(found.least), text(found.most))];
  });
  return `${title}. ${parts.join('; ')}.`;
}
