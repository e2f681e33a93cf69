/** What a GPU's charts can show: a new metric is one row. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { components } from '../api/types';
import { bytes, celsius, megahertz, percent, watts } from '../format';

type Gpu = components['schemas']['Gpu'];
type GpuSample = components['schemas']['GpuSample'];

export interface IMetric {
  /** Stays the same in every language: it is kept among the user's choices. */
  readonly id: string;
  readonly title: (trans: TranslationBundle) => string;
  /** Its value in a sample; null when there was none. */
  readonly value: (sample: GpuSample) => number | null;
  /** The most that it can be on this GPU; null when that is not known. */
  readonly most: (gpu: Gpu) => number | null;
  /** A value as text with its unit. */
  readonly text: (value: number) => string;
}

export const METRICS: readonly IMetric[] = [
  {
    id: 'utilization',
    title: trans => trans.__('Utilisation'),
    value: sample => sample.utilization_percent,
    most: () => 100,
    text: value => percent(value / 100)
  },
  {
    id: 'memory',
    title: trans => trans.__('Memory'),
    value: sample => sample.memory_used_bytes,
    most: gpu => gpu.memory_total_bytes,
    text: bytes
  },
  {
    id: 'temperature',
    title: trans => trans.__('Temperature'),
    value: sample => sample.temperature_c,
    most: () => 100,
    text: celsius
  },
  {
    id: 'power',
    title: trans => trans.__('Power'),
    value: sample => sample.power_w,
    most: gpu => gpu.power_limit_w,
    text: watts
  },
  {
    id: 'clock',
    title: trans => trans.__('Clock'),
    value: sample => sample.clock_sm_mhz,
    most: gpu => gpu.clock_sm_max_mhz,
    text: megahertz
  }
];
