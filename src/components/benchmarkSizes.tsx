/** A sweep over sizes: a chart of size against throughput with the peak as a line, and the same as a table. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { components } from '../api/types';
import { look } from '../charts/look';
import type { IColumns } from '../charts/columns';
import { percent, tflops } from '../format';
import { modeWord } from './benchmarkFigure';
import { Chart } from './chart';

type Throughput = components['schemas']['Throughput'];

const HEIGHT_PX = 160;

/** The figures of one element type in one mode, by size; and its peak, where there is one. */
interface ISeries {
  readonly label: string;
  readonly bySize: ReadonlyMap<number, Throughput>;
  readonly peak: number | null;
}

/** Figures of one device at several sizes. */
export function Sizes(props: {
  device: string;
  figures: readonly Throughput[];
  trans: TranslationBundle;
}): React.JSX.Element {
  const { device, figures, trans } = props;
  const [hidden, setHidden] = React.useState<readonly string[]>([]);
  const series = React.useMemo(() => seriesOf(figures, trans), [figures, trans]);
  const sizes = [...new Set(figures.map(figure => figure.size))].sort((a, b) => a - b);
  const peaks = series.filter(one => one.peak !== null);
  const columns = React.useMemo<IColumns>(
    () => ({
      x: sizes,
      ys: [
        ...series.map(one => sizes.map(size => one.bySize.get(size)?.throughput_tflops ?? null)),
        ...peaks.map(one => sizes.map(() => one.peak))
      ]
    }),
    [figures]
  );
  const labels = [...series.map(one => one.label), ...peaks.map(one => trans.__('peak of %1', one.label))];
  return (
    <>
      <Chart
        title={trans.__('%1: TFLOP/s by size', device)}
        columns={columns}
        lines={labels.map((label, index) => ({ label, look: look(index), isShown: !hidden.includes(label) }))}
        x={{ kind: 'log2', from: sizes[0] ?? 1, to: sizes[sizes.length - 1] ?? 1, text: String }}
        y={{ top: null, text: tflops }}
        heightPx={HEIGHT_PX}
        onToggle={index => {
          const label = labels[index] ?? '';
          setHidden(hidden.includes(label) ? hidden.filter(one => one !== label) : [...hidden, label]);
        }}
        trans={trans}
      />
      <details className="tfgpu-details">
        <summary>{trans.__('All sizes as a table')}</summary>
        <div className="tfgpu-benchmark-scroll">
          <table className="tfgpu-benchmark-table" aria-label={trans.__('%1: TFLOP/s by size', device)}>
            <thead>
              <tr>
                <th scope="col">{trans.__('Size')}</th>
                {series.map(one => (
                  <th key={one.label} scope="col">
                    {one.label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {sizes.map(size => (
                <tr key={size}>
                  <th scope="row">{size}</th>
                  {series.map(one => (
                    <Cell key={one.label} figure={one.bySize.get(size)} />
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </>
  );
}

function Cell(props: { figure: Throughput | undefined }): React.JSX.Element {
  const { figure } = props;
  if (!figure) {
    return <td>–</td>;
  }
  const share = figure.fraction_of_peak == null ? '' : ` (${percent(figure.fraction_of_peak)})`;
  return <td>{`${tflops(figure.throughput_tflops)}${share}`}</td>;
}

function seriesOf(figures: readonly Throughput[], trans: TranslationBundle): ISeries[] {
  const found = new Map<string, Throughput[]>();
  for (const figure of figures) {
    const label = figure.mode === 'function' ? figure.dtype : `${figure.dtype}, ${modeWord(figure.mode, trans)}`;
    found.set(label, [...(found.get(label) ?? []), figure]);
  }
  return [...found].map(([label, own]) => ({
    label,
    bySize: new Map(own.map(figure => [figure.size, figure])),
    peak: own.find(figure => figure.peak_tflops != null)?.peak_tflops ?? null
  }));
}
