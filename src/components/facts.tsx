/** What is known of TensorFlow in the kernel in front, its memory and its last cell: one line each. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { components } from '../api/types';
import { bytes, percent, unbroken } from '../format';

type Report = components['schemas']['KernelReport'];
type Execution = components['schemas']['Execution'];
/** `title`: how it is known, for those who point at it. */
type Row = [name: string, value: string, title?: string | undefined];

const MIB = 1024 ** 2;

export function Facts(props: { report: Report; trans: TranslationBundle }): React.JSX.Element | null {
  const { report, trans } = props;
  const rows = [...installed(report, trans), ...settings(report, trans), ...held(report, trans)];
  // Without TensorFlow nothing could have been computed with it.
  if (report.last_execution && report.live?.tensorflow) {
    rows.push(lastCell(report.last_execution, trans));
  }
  return rows.length ? (
    <dl className="tfgpu-facts">
      {rows.map(([name, value, title]) => (
        <React.Fragment key={name}>
          <dt>{name}</dt>
          <dd title={title}>{unbroken(value)}</dd>
        </React.Fragment>
      ))}
    </dl>
  ) : null;
}

/** `GPU:0` of `/physical_device:GPU:0`. */
const short = (device: string) => device.replace(/^.*device:/, '');

/** The version, and the strings that a user meets in code. */
function installed({ live, environment }: Report, trans: TranslationBundle): Row[] {
  const rows: Row[] = [];
  const install = environment?.tensorflow;
  const version = live?.tensorflow?.version ?? install?.version;
  if (version) {
    const build = install?.is_cuda_build;
    const kind = build === true ? trans.__('CUDA build') : build === false ? trans.__('CPU build') : '';
    rows.push([trans.__('TensorFlow'), [version, kind].filter(Boolean).join(' · ')]);
  }
  const devices = live?.tensorflow?.logical_devices ?? live?.tensorflow?.physical_devices;
  if (devices) {
    rows.push([trans.__('Its devices'), devices.map(short).join(', ')]);
  }
  return rows;
}

/** How TensorFlow takes memory, as far as somebody has set it. */
function settings({ live }: Report, trans: TranslationBundle): Row[] {
  if (!live?.tensorflow?.physical_devices?.some(device => device.includes('GPU'))) {
    return []; // there is no memory to take
  }
  const rows: Row[] = [];
  const { memory_growth: growth, memory_limits_mb: limits } = live.tensorflow;
  const forced = live.variables['TF_FORCE_GPU_ALLOW_GROWTH'];
  const word = (isOn: boolean) => (isOn ? trans.__('on') : trans.__('off'));
  if (forced === 'true' || forced === 'false') {
    const title = trans.__('The variable TF_FORCE_GPU_ALLOW_GROWTH says so; it outweighs what code sets.');
    rows.push([trans.__('Memory growth'), word(forced === 'true'), title]);
  } else if (growth) {
    const all = Object.entries(growth);
    const isAlike = all.every(([, isOn]) => isOn === all[0]?.[1]);
    const each = all.map(([device, isOn]) => `${short(device)} ${word(isOn)}`).join(', ');
    rows.push([trans.__('Memory growth'), isAlike && all[0] ? word(all[0][1]) : each, each]);
  }
  if (limits) {
    const each = Object.entries(limits).map(([device, parts]) => {
      const sizes = parts.map(limit => (limit === null ? trans.__('none') : bytes(limit * MIB)));
      return `${short(device)} ${sizes.join(' + ')}`;
    });
    rows.push([trans.__('Memory limit'), each.join(', ')]);
  }
  return rows;
}

/** What the driver says that the kernel holds, and what TensorFlow needs of that. */
function held({ binding, live }: Report, trans: TranslationBundle): Row[] {
  if (!binding?.gpus.length) {
    return [];
  }
  const where = binding.gpus.map(gpu => trans.__('GPU %1', gpu.index)).join(', ');
  const all = binding.memory_used_bytes;
  const rows: Row[] = [
    [trans.__('GPU memory'), all === null ? where : trans.__('%1 on %2', bytes(all), where), binding.reason]
  ];
  const title = trans.__("By TensorFlow's own account. The rest of what it holds is reserve, or CUDA's own.");
  for (const { tensorflow_device, index, tensorflow_used_bytes: used, tensorflow_peak_bytes: peak } of binding.gpus) {
    if (used != null && peak != null) {
      const name = trans.__('Tensors on %1', tensorflow_device ?? trans.__('GPU %1', index));
      rows.push([name, trans.__('%1, peak %2', bytes(used), bytes(peak)), title]);
    }
  }
  const unread = live?.tensorflow?.allocators_unread;
  if (unread && rows.length === 1) {
    rows.push([trans.__('Of that, tensors'), unread]);
  }
  return rows;
}

/** What the last cell did with the GPU, or why that cannot be told. */
function lastCell(cell: Execution, trans: TranslationBundle): Row {
  const { computed_on: on, gpu_memory_after_bytes: after, gpu_memory_before_bytes: before } = cell;
  const name = cell.ended_s === null ? trans.__('This cell') : trans._n('Last cell', 'Last %1 cells', cell.cells);
  const title = [...new Set([cell.reason, ...Object.values(cell.absent)])].join('\n');
  if (on === 'unknown') {
    return [name, cell.reason, title];
  }
  if (on === 'cpu') {
    return [name, trans.__('TensorFlow on the CPU'), title];
  }
  const memory =
    after === null ? '' : before === null ? bytes(after) : trans.__('%1 → %2', bytes(before), bytes(after));
  const share = cell.gpu_time_percent;
  const time = share === null ? '' : trans.__('%1 of GPU time', percent(share / 100));
  return [name, [cell.devices.join(', ') || trans.__('on a GPU'), memory, time].filter(Boolean).join(' · '), title];
}
