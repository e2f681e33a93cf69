/** One figure: how fast, of how much, with the proof of where it was computed and what to know before it is trusted. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { components } from '../api/types';
import { day, megahertz, percent, tflops, times, unbroken, watts } from '../format';
import { Bar } from './meter';

type Throughput = components['schemas']['Throughput'];
type Circumstances = components['schemas']['Circumstances'];

interface IFigureProps {
  figure: Throughput;
  trans: TranslationBundle;
}

export function Figure(props: IFigureProps): React.JSX.Element {
  const { figure, trans } = props;
  // Where it was really computed, not where it was asked for.
  const device = figure.flags.includes('fell-back') ? figure.result_device.replace(/^.*device:/, '') : figure.device;
  const unit = figure.dtype === 'int8' ? trans.__('TOP/s') : trans.__('TFLOP/s');
  const flags = flagWords(figure, trans);
  return (
    <div
      className="tfgpu-figure"
      role="group"
      aria-label={`${figure.device} ${figure.dtype} ${modeWord(figure.mode, trans)}`}
    >
      <p className="tfgpu-figure-head">
        <strong>
          {device} · {figure.dtype}
          {figure.mode !== 'function' && ` · ${modeWord(figure.mode, trans)}`}
        </strong>
        <strong className="tfgpu-numbers">{`${tflops(figure.throughput_tflops)} ${unit}`}</strong>
      </p>
      {figure.fraction_of_peak != null && figure.peak_tflops != null && (
        <>
          <Bar share={figure.fraction_of_peak} />
          <p className="tfgpu-numbers" title={figure.peak_source ?? ''}>
            {unbroken(
              trans.__(
                '%1 of its dense peak of %2 %3',
                percent(figure.fraction_of_peak),
                tflops(figure.peak_tflops),
                unit
              )
            )}
          </p>
        </>
      )}
      {figure.speedup_over_cpu != null && (
        <p>{trans.__("%1 times your CPU's float32", times(figure.speedup_over_cpu))}</p>
      )}
      {figure.flags.map(flag => (
        <p key={flag} className="tfgpu-notice">
          {flags[flag]}
        </p>
      ))}
      <Before figure={figure} trans={trans} />
      <p className="tfgpu-muted tfgpu-numbers">
        {trans.__(
          '%1 × %1, median of %2 runs, 80 %% of them between %3 and %4',
          figure.size,
          figure.repetitions,
          tflops(figure.p10),
          tflops(figure.p90)
        )}
        {figure.settled === false && ` · ${trans.__('the times had not settled')}`}
      </p>
      <details className="tfgpu-details">
        <summary>{trans.__('How it was measured')}</summary>
        <p className="tfgpu-muted">
          {trans.__('Products queued as: %1', modeWord(figure.mode, trans))}
          {' · '}
          {trans.__('%1 products a run', figure.products)}
        </p>
        <p className="tfgpu-muted">
          {trans.__('Computed on')} <code>{figure.result_device}</code>
        </p>
        {figure.device_name && <p className="tfgpu-muted">{figure.device_name}</p>}
        {figure.peak_source && <p className="tfgpu-muted">{trans.__('Peak: %1', figure.peak_source)}</p>}
        {figure.circumstances && <Readings seen={figure.circumstances} trans={trans} />}
      </details>
    </div>
  );
}

/** Beside the last time; a regression is a warning, all else a remark. */
function Before({ figure, trans }: IFigureProps): React.JSX.Element | null {
  const { before } = figure;
  if (!before) {
    return null;
  }
  if (before.regression) {
    return <p className="tfgpu-notice">{before.regression}</p>;
  }
  const change = Math.round(before.change * 100);
  return (
    <p className="tfgpu-muted tfgpu-numbers">
      {change === 0
        ? trans.__('As fast as on %1', day(before.at_s))
        : change > 0
          ? trans.__('%1 % faster than on %2 (%3)', change, day(before.at_s), tflops(before.throughput_tflops))
          : trans.__('%1 % slower than on %2 (%3)', -change, day(before.at_s), tflops(before.throughput_tflops))}
    </p>
  );
}

/** What the GPU's driver said meanwhile. */
function Readings(props: { seen: Circumstances; trans: TranslationBundle }): React.JSX.Element {
  const { seen, trans } = props;
  if (seen.absent) {
    return <p className="tfgpu-muted">{trans.__('No readings of the GPU: %1', seen.absent)}</p>;
  }
  const said = [
    seen.clock_sm_mhz != null &&
      (seen.clock_sm_max_mhz == null
        ? megahertz(seen.clock_sm_mhz)
        : trans.__('%1 of at most %2', megahertz(seen.clock_sm_mhz), megahertz(seen.clock_sm_max_mhz))),
    seen.power_w != null &&
      (seen.power_limit_w == null
        ? watts(seen.power_w)
        : trans.__('%1 of at most %2', watts(seen.power_w), watts(seen.power_limit_w)))
  ].filter(Boolean);
  return (
    <>
      <p className="tfgpu-muted tfgpu-numbers">
        {unbroken(
          trans.__('During it (%1 readings): %2', seen.samples, said.join(' · ') || trans.__('nothing was told'))
        )}
      </p>
      {seen.holders && <p className="tfgpu-muted">{trans.__('Also on this GPU: %1', seen.holders)}</p>}
    </>
  );
}

export function modeWord(mode: Throughput['mode'], trans: TranslationBundle): string {
  return { eager: trans.__('eager'), function: trans.__('tf.function'), xla: trans.__('XLA') }[mode];
}

function flagWords(figure: Throughput, trans: TranslationBundle): Record<Throughput['flags'][number], string> {
  const reasons = figure.circumstances?.throttle_reasons.join(', ');
  return {
    throttled: reasons
      ? trans.__('The GPU slowed itself down during the run: %1.', reasons)
      : trans.__('The GPU slowed itself down during the run.'),
    'busy-gpu': trans.__('Other work was on the GPU when the run began: this is not all it can do.'),
    'above-peak': trans.__('Faster than the published peak: do not trust this number.'),
    tf32: trans.__('This is float32 as TensorFlow computes it by default here: in TF32, with less precision.'),
    'fell-back': trans.__('Asked for %1, computed on the CPU: this is no GPU figure.', figure.device)
  };
}
