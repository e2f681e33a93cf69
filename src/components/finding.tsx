/** One cause: what it is, how certain, what shows it, what mends it. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { components } from '../api/types';
import { Prose } from './prose';

type Finding = components['schemas']['Finding'];
type Fix = components['schemas']['Fix'];

const COPIED_MS = 2000;
/** Fixes that are typed as they stand; the others are sentences. */
const VERBATIM: ReadonlySet<Fix['kind']> = new Set(['command', 'kernel-env', 'code']);

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
        <FixView key={index} fix={fix} onCopy={props.onCopy} trans={trans} />
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

function FixView(props: { fix: Fix; onCopy: (text: string) => void; trans: TranslationBundle }): React.JSX.Element {
  const { fix, trans } = props;
  const [copied, setCopied] = React.useState(false);
  React.useEffect(() => {
    const timer = copied ? window.setTimeout(() => setCopied(false), COPIED_MS) : 0;
    return () => window.clearTimeout(timer);
  }, [copied]);
  const where: Record<Fix['kind'], string> = {
    command: trans.__('In a terminal'),
    'kernel-env': trans.__("In the kernel's environment"),
    code: trans.__('In the notebook'),
    'restart-kernel': trans.__('Restart the kernel'),
    'shutdown-kernel': trans.__('Shut a kernel down'),
    admin: trans.__('By an administrator'),
    'runtime-setting': trans.__("In the service's settings")
  };
  const copy = () => {
    props.onCopy(fix.text);
    setCopied(true);
  };
  return (
    <div className="tfgpu-fix">
      <div className="tfgpu-row">
        <span>
          <strong>{fix.title}</strong> <span className="tfgpu-muted">{where[fix.kind]}</span>
        </span>
        <button type="button" className="tfgpu-button" onClick={copy} aria-label={trans.__('Copy: %1', fix.title)}>
          {copied ? trans.__('Copied') : trans.__('Copy')}
        </button>
      </div>
      {VERBATIM.has(fix.kind) ? (
        <pre className="tfgpu-code" tabIndex={0}>
          {fix.text}
        </pre>
      ) : (
        <p className="tfgpu-instruction">
          <Prose text={fix.text} />
        </p>
      )}
      <p className="tfgpu-muted">
        <Prose text={fix.verified_by} />
      </p>
    </div>
  );
}

export interface IFindingsProps {
  findings: readonly Finding[];
  onCopy: (text: string) => void;
  trans: TranslationBundle;
}

/** The cause first; what would also fail and the notes are folded. */
export function Findings(props: IFindingsProps): React.JSX.Element | null {
  const { findings, onCopy, trans } = props;
  if (!findings.length) {
    return null;
  }
  const by = (role: Finding['role']) => findings.filter(finding => finding.role === role);
  const cards = (some: Finding[]) =>
    some.map(finding => <FindingCard key={finding.id} finding={finding} onCopy={onCopy} trans={trans} />);
  const [causes, later, notes] = [by('cause'), by('would-also-fail'), by('note')];
  return (
    <section className="tfgpu-card" aria-labelledby="tfgpu-findings-title">
      <h2 id="tfgpu-findings-title" className="tfgpu-heading">
        {causes.length ? trans.__('Why') : trans.__('Good to know')}
      </h2>
      {cards(causes)}
      {later.length > 0 && (
        <details className="tfgpu-details">
          <summary>{trans.__('Would also fail (%1)', later.length)}</summary>
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
