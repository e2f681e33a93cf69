/** Run benchmark: progress, cancel, and figures with the proof of where they were computed. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { components } from '../api/types';
import { percent, tflops, times } from '../format';

type Job = components['schemas']['BenchmarkJob'];
type Throughput = components['schemas']['Throughput'];

export interface IBenchmarkProps {
  job: Job | null;
  pending: boolean;
  /** Why the last request failed, one sentence; empty when it did not. */
  problem: string;
  /** Why it cannot be run now, one sentence; empty when it can. */
  disabled: string;
  onRun: () => void;
  onCancel: () => void;
  trans: TranslationBundle;
}

export function BenchmarkCard(props: IBenchmarkProps): React.JSX.Element {
  const { job, trans } = props;
  const underWay = job?.state === 'queued' || job?.state === 'running';
  const blocked = Boolean(props.disabled) || props.pending || underWay;
  const figures = job?.result?.throughputs ?? job?.partial ?? [];
  return (
    <section className="tfgpu-card" aria-labelledby="tfgpu-benchmark-title">
      <h2 id="tfgpu-benchmark-title" className="tfgpu-heading">
        {trans.__('Benchmark')}
      </h2>
      <p className="tfgpu-muted">
        {trans.__("Multiplies matrices in a process of its own, with this kernel's interpreter and environment.")}
      </p>
      <div className="tfgpu-row tfgpu-actions">
        <button
          type="button"
          className="tfgpu-button tfgpu-primary"
          aria-disabled={blocked}
          aria-describedby={props.disabled ? 'tfgpu-benchmark-disabled' : undefined}
          onClick={blocked ? undefined : props.onRun}
        >
          {trans.__('Run benchmark')}
        </button>
        {underWay && (
          <button type="button" className="tfgpu-button" onClick={props.onCancel}>
            {trans.__('Cancel')}
          </button>
        )}
      </div>
      {props.disabled && (
        <p id="tfgpu-benchmark-disabled" className="tfgpu-muted">
          {props.disabled}
        </p>
      )}
      {underWay && <Progress job={job} trans={trans} />}
      {props.problem && (
        <p className="tfgpu-notice" role="alert">
          {props.problem}
        </p>
      )}
      {job && !underWay && job.message && (
        <p className="tfgpu-notice" role="status">
          {job.message}
        </p>
      )}
      {figures.map(figure => (
        <Figure
          key={`${figure.device} ${figure.dtype}`}
          figure={figure}
          speedup={figure.dtype === 'float32' ? job?.result?.speedup_over_cpu[figure.device] : undefined}
          trans={trans}
        />
      ))}
      {job?.result?.copies.map(copy => (
        <p key={copy.device} className="tfgpu-muted tfgpu-numbers">
          {trans.__(
            '%1: %2 GB/s from the host, %3 GB/s back',
            copy.device,
            copy.host_to_device_gbps.toFixed(1),
            copy.device_to_host_gbps.toFixed(1)
          )}
        </p>
      ))}
      {job?.result && (
        <p className="tfgpu-muted">
          {trans.__(
            'TensorFlow %1, Python %2, %3 (%4 threads)',
            job.result.conditions.tensorflow,
            job.result.conditions.python,
            job.result.conditions.cpu,
            job.result.conditions.threads
          )}
        </p>
      )}
    </section>
  );
}

function Progress(props: { job: Job; trans: TranslationBundle }): React.JSX.Element {
  const { job, trans } = props;
  const value = Math.round(job.progress * 100);
  return (
    <div className="tfgpu-progress">
      <div
        className="tfgpu-bar"
        role="progressbar"
        aria-label={trans.__('Benchmark')}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={value}
        aria-valuetext={job.step}
      >
        <div style={{ width: `${value}%` }} />
      </div>
      <p className="tfgpu-muted tfgpu-numbers">{job.message ?? `${job.step}…`}</p>
    </div>
  );
}

function Figure(props: {
  figure: Throughput;
  speedup: number | undefined;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { figure, speedup, trans } = props;
  // Where it was really computed, not where it was asked for.
  const device = figure.flags.includes('fell-back') ? figure.result_device.replace(/^.*device:/, '') : figure.device;
  const flags: Record<Throughput['flags'][number], string> = {
    throttled: trans.__('The GPU slowed itself down during the run.'),
    'busy-gpu': trans.__('Another process used the GPU during the run.'),
    'above-peak': trans.__('Faster than the published peak: do not trust this number.'),
    tf32: trans.__('TensorFlow computes float32 products in TF32 here, with less precision.'),
    'fell-back': trans.__('Asked for %1, computed on the CPU: this is no GPU figure.', figure.device)
  };
  return (
    <div className="tfgpu-figure" role="group" aria-label={`${figure.device} ${figure.dtype}`}>
      <p className="tfgpu-figure-head">
        <strong>
          {device} · {figure.dtype}
        </strong>
        <strong className="tfgpu-numbers">{trans.__('%1 TFLOP/s', tflops(figure.throughput_tflops))}</strong>
      </p>
      <p className="tfgpu-muted tfgpu-numbers">
        {trans.__(
          '%1 × %1, median of %2 runs, 80 %% of them between %3 and %4',
          figure.size,
          figure.repetitions,
          tflops(figure.p10),
          tflops(figure.p90)
        )}
      </p>
      {figure.fraction_of_peak != null && figure.peak_tflops != null && (
        <p className="tfgpu-numbers" title={figure.peak_source ?? ''}>
          {trans.__('%1 of its dense peak of %2 TFLOP/s', percent(figure.fraction_of_peak), tflops(figure.peak_tflops))}
        </p>
      )}
      {speedup !== undefined && <p>{trans.__('%1 times your CPU', times(speedup))}</p>}
      <p className="tfgpu-muted">
        {trans.__('Computed on')} <code>{figure.result_device}</code>
      </p>
      {figure.flags.map(flag => (
        <p key={flag} className="tfgpu-notice">
          {flags[flag]}
        </p>
      ))}
    </div>
  );
}
