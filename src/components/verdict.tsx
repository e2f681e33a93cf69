/** The kernel in front and its verdict, in one sentence. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { components } from '../api/types';
import { clock } from '../format';
import { Prose } from './prose';

type Report = components['schemas']['KernelReport'];
export type Verdict = Report['verdict'];

/** A mark and a word for each verdict: colour alone says nothing. */
export function verdictWord(verdict: Verdict, trans: TranslationBundle): string {
  const words: Record<Verdict, string> = {
    gpu: trans.__('On the GPU'),
    'gpu-ready': trans.__('GPU ready'),
    'cpu-fallback': trans.__('Falls back to the CPU'),
    'cpu-only': trans.__('On the CPU'),
    'not-loaded': trans.__('TensorFlow not imported'),
    'no-tensorflow': trans.__('No TensorFlow'),
    unknown: trans.__('Cannot tell')
  };
  return words[verdict];
}

export function verdictMark(verdict: Verdict): string {
  return { gpu: '✓', 'gpu-ready': '✓', 'cpu-fallback': '⚠' }[verdict as string] ?? '○';
}

export interface IVerdictProps {
  report: Report;
  checking: boolean;
  /** Why the report may be old, one sentence; empty when it is not. */
  stale: string;
  onCheckAgain: () => void;
  trans: TranslationBundle;
}

export function VerdictCard(props: IVerdictProps): React.JSX.Element {
  const { report, trans } = props;
  const shown = report.verdict === 'not-loaded' && report.forecast ? report.forecast : report.verdict;
  const basis =
    report.basis === 'observed' && report.verdict !== 'not-loaded'
      ? trans.__('Observed in the running kernel at %1', clock(report.at_s))
      : trans.__('Forecast from its environment at %1', clock(report.at_s));
  return (
    <section className="tfgpu-card" aria-labelledby="tfgpu-kernel-title">
      <h2 id="tfgpu-kernel-title" className="tfgpu-heading">
        {trans.__('This kernel')}
      </h2>
      <p className="tfgpu-subject">
        {report.path ? `${report.path} · ` : ''}
        {report.display_name}
      </p>
      <div className="tfgpu-verdict" data-verdict={shown}>
        <span className="tfgpu-verdict-mark" aria-hidden="true">
          {verdictMark(shown)}
        </span>
        <div>
          <strong className="tfgpu-verdict-word">{verdictWord(report.verdict, trans)}</strong>
          <p className="tfgpu-verdict-reason" role="status">
            <Prose text={report.reason} />
          </p>
        </div>
      </div>
      <Devices report={report} trans={trans} />
      <div className="tfgpu-row">
        <span className="tfgpu-muted">{basis}</span>
        <button
          type="button"
          className="tfgpu-button"
          aria-disabled={props.checking}
          onClick={props.checking ? undefined : props.onCheckAgain}
        >
          {props.checking ? trans.__('Checking…') : trans.__('Check again')}
        </button>
      </div>
      {props.stale && (
        <p className="tfgpu-notice" role="status">
          {props.stale}
        </p>
      )}
    </section>
  );
}

/** What TensorFlow itself lists: the strings that a user meets in code. */
function Devices(props: { report: Report; trans: TranslationBundle }): React.JSX.Element | null {
  const { report, trans } = props;
  const live = report.live?.tensorflow;
  const install = report.environment?.tensorflow;
  const version = live?.version ?? install?.version;
  const rows: [string, string][] = [];
  if (version) {
    const build = install?.is_cuda_build;
    const kind = build === true ? trans.__('CUDA build') : build === false ? trans.__('CPU build') : '';
    rows.push([trans.__('TensorFlow'), [version, kind].filter(Boolean).join(' · ')]);
  }
  const devices = live?.logical_devices ?? live?.physical_devices;
  if (devices) {
    rows.push([trans.__('Its devices'), devices.map(name => name.replace(/^.*device:/, '')).join(', ')]);
  }
  if (!rows.length) {
    return null;
  }
  return (
    <dl className="tfgpu-facts">
      {rows.map(([name, value]) => (
        <React.Fragment key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </React.Fragment>
      ))}
    </dl>
  );
}
