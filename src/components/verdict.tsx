/** The kernel in front and its verdict, in one sentence. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { components } from '../api/types';
import { bytes, clock } from '../format';
import { verdictMark, verdictWord } from './mark';
import { Prose } from './prose';

type Report = components['schemas']['KernelReport'];

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
  const title = React.useId();
  const shown = report.verdict === 'not-loaded' && report.forecast ? report.forecast : report.verdict;
  const basis =
    report.basis === 'observed' && report.verdict !== 'not-loaded'
      ? trans.__('Observed in the running kernel at %1', clock(report.at_s))
      : trans.__('Forecast from its environment at %1', clock(report.at_s));
  return (
    <section className="tfgpu-card" aria-labelledby={title}>
      <h2 id={title} className="tfgpu-heading">
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
  const rows: [name: string, value: string, title?: string][] = [];
  if (version) {
    const build = install?.is_cuda_build;
    const kind = build === true ? trans.__('CUDA build') : build === false ? trans.__('CPU build') : '';
    rows.push([trans.__('TensorFlow'), [version, kind].filter(Boolean).join(' · ')]);
  }
  const devices = live?.logical_devices ?? live?.physical_devices;
  if (devices) {
    rows.push([trans.__('Its devices'), devices.map(name => name.replace(/^.*device:/, '')).join(', ')]);
  }
  const { binding } = report;
  if (binding?.gpus.length) {
    const where = binding.gpus.map(gpu => trans.__('GPU %1', gpu.index)).join(', ');
    const held = binding.memory_used_bytes;
    rows.push([trans.__('Holds'), held === null ? where : trans.__('%1 on %2', bytes(held), where), binding.reason]);
  }
  if (!rows.length) {
    return null;
  }
  return (
    <dl className="tfgpu-facts">
      {rows.map(([name, value, title]) => (
        <React.Fragment key={name}>
          <dt>{name}</dt>
          <dd title={title}>{value}</dd>
        </React.Fragment>
      ))}
    </dl>
  );
}
