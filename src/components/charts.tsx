/** The last minutes of the GPUs: one chart a metric, on one time axis. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { components } from '../api/types';
import { columns } from '../charts/columns';
import { look } from '../charts/look';
import { METRICS, type IMetric } from '../charts/metrics';
import { clockMinutes, clockSeconds } from '../format';
import { Chart } from './chart';
import { useChoice } from './choices';
import { Section } from './section';

type Gpus = components['schemas']['Gpus'];
type Sample = Gpus['samples'][number];

const WINDOWS_MIN = [1, 10];
const SHOWN_AT_FIRST = ['utilization', 'memory'];
const HEIGHT_PX = 104;

export interface IChartsProps {
  gpus: Gpus | null;
  /** The last ten minutes, oldest first. */
  history: readonly Sample[];
  trans: TranslationBundle;
}

export function Charts(props: IChartsProps): React.JSX.Element | null {
  const { gpus, history, trans } = props;
  if (!gpus?.devices.length) {
    return null; // the section of the GPUs says why
  }
  return (
    <Section id="charts" title={trans.__('Over time')}>
      <Body gpus={gpus} history={history} trans={trans} />
    </Section>
  );
}

function Body(props: { gpus: Gpus; history: readonly Sample[]; trans: TranslationBundle }): React.JSX.Element {
  const { gpus, trans } = props;
  const [minutes, setMinutes] = useChoice<number>('chart:minutes', 1);
  const [metrics, setMetrics] = useChoice('chart:metrics', SHOWN_AT_FIRST);
  const [paused, setPaused] = React.useState<readonly Sample[] | null>(null);
  const [hidden, setHidden] = React.useState<readonly string[]>([]);
  const toggled = (list: readonly string[], one: string) =>
    list.includes(one) ? list.filter(other => other !== one) : [...list, one];
  const history = paused ?? props.history;
  const shown = METRICS.filter(metric => metrics.includes(metric.id));
  const sync = React.useId();
  return (
    <>
      <div className="tfgpu-chart-tools">
        <div className="tfgpu-choices" role="group" aria-label={trans.__('Charts')}>
          {METRICS.map(metric => (
            <Toggle
              key={metric.id}
              isOn={metrics.includes(metric.id)}
              onClick={() => setMetrics(toggled(metrics, metric.id))}
            >
              {metric.title(trans)}
            </Toggle>
          ))}
        </div>
        <div className="tfgpu-choices" role="group" aria-label={trans.__('Time that the charts show')}>
          {WINDOWS_MIN.map(choice => (
            <Toggle key={choice} isOn={minutes === choice} onClick={() => setMinutes(choice)}>
              {trans.__('%1 min', choice)}
            </Toggle>
          ))}
          <Toggle isOn={paused !== null} onClick={() => setPaused(paused ? null : props.history)}>
            {trans.__('Pause')}
          </Toggle>
        </div>
      </div>
      {!shown.length && <p className="tfgpu-muted">{trans.__('Choose above what the charts show.')}</p>}
      {!history.length && <p className="tfgpu-muted">{trans.__('Nothing has been read yet.')}</p>}
      {history.length > 0 &&
        shown.map(metric => (
          <MetricChart
            key={metric.id}
            metric={metric}
            gpus={gpus}
            history={history}
            minutes={minutes}
            hidden={hidden}
            onToggle={uuid => setHidden(toggled(hidden, uuid))}
            sync={sync}
            trans={trans}
          />
        ))}
      {paused && <p className="tfgpu-muted">{trans.__('Paused. The values are read on and shown when it goes on.')}</p>}
    </>
  );
}

function Toggle(props: { isOn: boolean; onClick: () => void; children: React.ReactNode }): React.JSX.Element {
  return (
    <button type="button" className="tfgpu-toggle" aria-pressed={props.isOn} onClick={props.onClick}>
      {props.children}
    </button>
  );
}

interface IMetricChartProps {
  metric: IMetric;
  gpus: Gpus;
  history: readonly Sample[];
  minutes: number;
  hidden: readonly string[];
  onToggle: (uuid: string) => void;
  sync: string;
  trans: TranslationBundle;
}

function MetricChart(props: IMetricChartProps): React.JSX.Element {
  const { gpus, hidden, history, metric, minutes, sync, trans } = props;
  const { devices, interval_s: intervalS } = gpus;
  const to = history[history.length - 1]?.at_s ?? 0;
  const from = to - 60 * minutes;
  // The pointer moves often, the samples seldom: what is drawn is made anew only for new samples.
  const key = devices.map(gpu => gpu.uuid).join(' ');
  const made = React.useMemo(
    () =>
      columns(
        history,
        devices.map(gpu => gpu.uuid),
        metric,
        from,
        intervalS
      ),
    [history, key, metric, from, intervalS]
  );
  const tops = devices.map(gpu => metric.most(gpu)).filter(one => one !== null);
  const top = tops.length ? Math.max(...tops) : null;
  return (
    <Chart
      title={metric.title(trans)}
      columns={made}
      lines={devices.map((gpu, index) => ({
        label: trans.__('GPU %1', gpu.index),
        look: look(index),
        isShown: !hidden.includes(gpu.uuid)
      }))}
      x={{ kind: 'time', from, to, text: minutes > 1 ? clockMinutes : clockSeconds }}
      y={{ top, text: metric.text }}
      heightPx={HEIGHT_PX}
      sync={sync}
      onToggle={index => props.onToggle(devices[index]?.uuid ?? '')}
      trans={trans}
    />
  );
}
