/** One cause: what it is, how certain, what shows it, what mends it. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { components } from '../api/types';
import { Added } from './added';
import { FixView } from './fix';
import { CellChecks } from './fixchecks';
import { FixOutcome } from './fixoutcome';

type Finding = components['schemas']['Finding'];

export interface IFindingProps {
  finding: Finding;
  /** Puts text on the clipboard. */
  onCopy: (text: string) => void;
  trans: TranslationBundle;
}

export function FindingCard(props: IFindingProps): React.JSX.Element {
  const { finding, trans } = props;
  const certainty = {
    certain: trans.__('Certain'),
    likely: trans.__('Likely'),
    hint: trans.__('A hint')
  }[finding.certainty];
  return (
    <article className="tfgpu-finding" data-severity={finding.severity}>
      <h3 className="tfgpu-finding-title">{finding.title}</h3>
      <p className="tfgpu-muted">
        {certainty} ·{' '}
        <a
          href={finding.docs}
          target="_blank"
          rel="noreferrer"
          title={finding.id}
          aria-label={trans.__('About this cause: %1', finding.title)}
        >
          {trans.__('About this cause')}
        </a>
      </p>
      {finding.fixes.map((fix, index) => (
        <FixView key={index} fix={fix} finding={finding} onCopy={props.onCopy} trans={trans} />
      ))}
      <details className="tfgpu-details">
        <summary>{trans._n('Evidence (%1)', 'Evidence (%1)', finding.evidence.length)}</summary>
        {finding.evidence.map((evidence, index) => (
          <dl key={index} className="tfgpu-evidence">
            <dt>{trans.__('Looked at')}</dt>
            <dd>{evidence.source}</dd>
            <dt>{trans.__('Found')}</dt>
            <dd>{evidence.observed}</dd>
            <dt>{trans.__('Expected')}</dt>
            <dd>{evidence.expected}</dd>
          </dl>
        ))}
      </details>
    </article>
  );
}

export interface IFindingsProps {
  findings: readonly Finding[];
  onCopy: (text: string) => void;
  trans: TranslationBundle;
}

/** What others add, what came of the latest fix, why there is no GPU and what mends it, and what can be tried in a cell. */
export function Findings(props: IFindingsProps): React.JSX.Element {
  const { trans } = props;
  return (
    <>
      <Added />
      <FixOutcome trans={trans} />
      {props.findings.length > 0 && <Causes {...props} />}
      <CellChecks trans={trans} />
    </>
  );
}

/** The cause first; what would also fail and the notes are folded. */
function Causes(props: IFindingsProps): React.JSX.Element {
  const { findings, onCopy, trans } = props;
  const own = React.useId();
  const by = (role: Finding['role']) => findings.filter(finding => finding.role === role);
  const cards = (some: Finding[]) =>
    some.map(finding => <FindingCard key={finding.id} finding={finding} onCopy={onCopy} trans={trans} />);
  const [causes, later, notes] = [by('cause'), by('would-also-fail'), by('note')];
  return (
    <section className="tfgpu-card" aria-labelledby={own}>
      <h2 id={own} className="tfgpu-heading">
        {causes.length ? trans.__('Why') : trans.__('Good to know')}
      </h2>
      {cards(causes)}
      {later.length > 0 && (
        <details className="tfgpu-details">
          <summary>{trans.__('Also in the way (%1)', later.length)}</summary>
          {cards(later)}
        </details>
      )}
      {notes.length > 0 &&
        (causes.length ? (
          <details className="tfgpu-details">
            <summary>{trans.__('Notes (%1)', notes.length)}</summary>
            {cards(notes)}
          </details>
        ) : (
          cards(notes)
        ))}
    </section>
  );
}
