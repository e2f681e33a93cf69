/** The GPUs of the server's machine, or exactly why there are none. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { components } from '../api/types';
import { bytes, celsius, percent, watts } from '../format';

type Gpus = components['schemas']['Gpus'];
type Gpu = components['schemas']['Gpu'];
type GpuSample = components['schemas']['GpuSample'];

export interface IGpusProps {
  /** Null until the first answer. */
  gpus: Gpus | null;
  latest: Gpus['samples'][number] | null;
  /** Why there is no fresh answer, one sentence; empty when there is. */
  problem: string;
  trans: TranslationBundle;
}

export function GpuList(props: IGpusProps): React.JSX.Element {
  const { gpus, latest, problem, trans } = props;
  return (
    <section className="tfgpu-card" aria-labelledby="tfgpu-gpus-title">
      <h2 id="tfgpu-gpus-title" className="tfgpu-heading">
        {trans.__('GPUs of this machine')}
      </h2>
      {!gpus && !problem && <p className="tfgpu-muted">{trans.__('Asking the driver…')}</p>}
      {problem && (
        <p className="tfgpu-notice" role="status">
          {problem}
        </p>
      )}
      {gpus?.error && <p>{gpus.error}</p>}
      {gpus?.devices.map(gpu => (
        <GpuCard
          key={gpu.uuid}
          gpu={gpu}
          sample={latest?.gpus.find(sample => sample.uuid === gpu.uuid) ?? null}
          trans={trans}
        />
      ))}
      {gpus?.driver.driver_version && (
        <p className="tfgpu-muted">
          {trans.__('Driver %1 · CUDA up to %2', gpus.driver.driver_version, gpus.driver.cuda_version ?? '?')}
        </p>
      )}
    </section>
  );
}

function GpuCard(props: { gpu: Gpu; sample: GpuSample | null; trans: TranslationBundle }): React.JSX.Element {
  const { gpu, sample, trans } = props;
  const used = sample?.memory_used_bytes ?? null;
  const total = gpu.memory_total_bytes ?? null;
  const busy = sample?.utilization_percent ?? null;
  const absent = { ...gpu.absent, ...sample?.absent };
  const small = [
    sample?.temperature_c != null ? celsius(sample.temperature_c) : '',
    sample?.power_w != null ? watts(sample.power_w) : ''
  ].filter(Boolean);
  return (
    <article className="tfgpu-gpu" aria-label={trans.__('GPU %1', gpu.index)}>
      <h3 className="tfgpu-gpu-name">
        <span>{trans.__('GPU %1', gpu.index)}</span> {gpu.name}
      </h3>
      <Meter
        label={trans.__('Memory')}
        share={used !== null && total ? used / total : null}
        text={used !== null && total ? trans.__('%1 of %2', bytes(used), bytes(total)) : ''}
        reason={absent['memory_used_bytes'] ?? absent['memory_total_bytes']}
        trans={trans}
      />
      <Meter
        label={trans.__('In use')}
        share={busy === null ? null : busy / 100}
        text={busy === null ? '' : percent(busy / 100)}
        reason={absent['utilization_percent']}
        trans={trans}
      />
      {small.length > 0 && <p className="tfgpu-muted tfgpu-numbers">{small.join(' · ')}</p>}
    </article>
  );
}

interface IMeterProps {
  label: string;
  /** 0 to 1; null when it is not known. */
  share: number | null;
  text: string;
  reason?: string | undefined;
  trans: TranslationBundle;
}

function Meter(props: IMeterProps): React.JSX.Element {
  const { label, share, text, trans } = props;
  if (share === null) {
    return (
      <p className="tfgpu-muted">
        {label}: {props.reason ?? trans.__('not known yet')}
      </p>
    );
  }
  const value = Math.round(Math.min(1, share) * 100);
  return (
    <div className="tfgpu-meter">
      <span>{label}</span>
      <span className="tfgpu-numbers">{text}</span>
      <div
        className="tfgpu-bar"
        role="meter"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={value}
        aria-valuetext={text}
      >
        <div style={{ width: `${value}%` }} />
      </div>
    </div>
  );
}
