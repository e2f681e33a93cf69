/** The last minutes of the GPUs: one chart a metric, on one time axis. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { components } from '../api/types';
import { Growing } from '../charts/columns';
import { look } from '../charts/look';
import { METRICS, type IMetric } from '../charts/metrics';
import { clockMinutes, clockSeconds, unitsInUse } from '../format';
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
  /** As much of the past as the user wants, oldest first. */
  history: readonly Sample[];
  /** How many minutes that is at most. */
  mostMinutes: number;
  trans: TranslationBundle;
}

export function Charts(props: IChartsProps): React.JSX.Element | null {
  const { gpus, ...others } = props;
  if (!gpus?.devices.length) {
    return null; // the section of the GPUs says why
  }
  return (
    <Section id="charts" title={props.trans.__('Over time')}>
      <Body gpus={gpus} {...others} />
    </Section>
  );
}

function Body(props: IChartsProps & { gpus: Gpus }): React.JSX.Element {
  const { gpus, mostMinutes, trans } = props;
  const windows = [...WINDOWS_MIN.filter(minutes => minutes < mostMinutes), mostMinutes];
  const [chosen, setMinutes] = useChoice<number>('chart:minutes', 1);
  const minutes = Math.min(chosen, mostMinutes);
  const [metrics, setMetrics] = useChoice('chart:metrics', SHOWN_AT_FIRST);
  const [paused, setPaused] = React.useState<readonly Sample[] | null>(null);
  const [hidden, setHidden] = React.useState<readonly string[]>([]);
  const onToggle = React.useCallback((uuid: string) => setHidden(list => toggled(list, uuid)), []);
  const history = paused ?? props.history;
  const shown = METRICS.filter(metric => metrics.includes(metric.id));
  const sync = React.useId();
  const newest = React.useRef(props.history);
  newest.current = props.history;
  // They change when the user wants it, the charts at every reading.
  const tools = React.useMemo(
    () => (
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
          {windows.map(choice => (
            <Toggle key={choice} isOn={minutes === choice} onClick={() => setMinutes(choice)}>
              {trans.__('%1 min', choice)}
            </Toggle>
          ))}
          <Toggle isOn={paused !== null} onClick={() => setPaused(paused ? null : newest.current)}>
            {trans.__('Pause')}
          </Toggle>
        </div>
      </div>
    ),
    [metrics, minutes, mostMinutes, paused]
  );
  return (
    <>
      {tools}
      {!shown.length && <p className="tfgpu-muted">{trans.__('Choose above what the charts show.')}</p>}
      {!history.length && <p className="tfgpu-muted">{trans.__('Nothing has been read yet.')}</p>}
      {history.length > 0 &&
        shown.map(metric => (
          <MetricChart
            key={metric.id + unitsInUse()}
            metric={metric}
            gpus={gpus}
            history={history}
            minutes={minutes}
            hidden={hidden}
            onToggle={onToggle}
            sync={sync}
            trans={trans}
          />
        ))}
      {paused && <p className="tfgpu-muted">{trans.__('Paused. The values are read on and shown when it goes on.')}</p>}
    </>
  );
}

const toggled = (list: readonly string[], one: string) =>
  list.includes(one) ? list.filter(other => other !== one) : [...list, one];

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
  const key = devices.map(gpu => gpu.uuid).join(' ');
  const growing = React.useMemo(() => new Growing(key.split(' '), metric), [key, metric]);
  const tops = devices.map(gpu => metric.most(gpu)).filter(one => one !== null);
  const top = tops.length ? Math.max(...tops) : null;
  const lines = React.useMemo(
    () =>
      devices.map((gpu, index) => ({
        label: trans.__('GPU %1', gpu.index),
        look: look(index),
        isShown: !hidden.includes(gpu.uuid)
      })),
    [devices, hidden]
  );
  const onToggle = React.useCallback(
    (line: number) => props.onToggle(devices[line]?.uuid ?? ''),
    [devices, props.onToggle]
  );
  return (
    <Chart
      title={metric.title(trans)}
      columns={growing.of(history, intervalS)}
      lines={lines}
      x={{ kind: 'time', from, to, text: minutes > 1 ? clockMinutes : clockSeconds }}
      y={{ top, text: metric.text }}
      heightPx={HEIGHT_PX}
      sync={sync}
      onToggle={onToggle}
      trans={trans}
    />
  );
}
