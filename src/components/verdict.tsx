/** The kernel in front and its verdict, in one sentence. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { components } from '../api/types';
import { clock, unbroken } from '../format';
import { Facts } from './facts';
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
      <Facts report={report} trans={trans} />
      <div className="tfgpu-row">
        <span className="tfgpu-muted">{unbroken(basis)}</span>
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
