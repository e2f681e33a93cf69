/** One way to mend a finding: what it is, the code or sentence itself, and what may be done with it here. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { components } from '../api/types';
import { type Deed, deedsFor, FixDesk } from './fixdesk';
import { Prose } from './prose';

type Finding = components['schemas']['Finding'];
type Fix = components['schemas']['Fix'];

const COPIED_MS = 2000;
/** Fixes that are typed as they stand; the others are sentences. */
const VERBATIM: ReadonlySet<Fix['kind']> = new Set(['command', 'kernel-env', 'code']);

export interface IFixProps {
  fix: Fix;
  /** What it mends; null for a check that mends nothing. */
  finding: Finding | null;
  onCopy: (text: string) => void;
  trans: TranslationBundle;
}

export function FixView(props: IFixProps): React.JSX.Element {
  const { fix, finding, trans } = props;
  const desk = React.useContext(FixDesk);
  const where: Record<Fix['kind'], string> = {
    command: trans.__('In a terminal'),
    'kernel-env': trans.__("In the kernel's environment"),
    code: trans.__('In the notebook'),
    'restart-kernel': trans.__('Restart the kernel'),
    'shutdown-kernel': trans.__('Shut a kernel down'),
    admin: trans.__('By an administrator'),
    'runtime-setting': trans.__("In the service's settings")
  };
  const isWorking = desk?.attempt?.state === 'working';
  return (
    <div className="tfgpu-fix">
      <p>
        <strong>{fix.title}</strong> <span className="tfgpu-muted tfgpu-fix-where">{where[fix.kind]}</span>
      </p>
      {VERBATIM.has(fix.kind) ? (
        <pre className="tfgpu-code" tabIndex={0}>
          {fix.text}
        </pre>
      ) : (
        <p className="tfgpu-instruction">
          <Prose text={fix.text} />
        </p>
      )}
      <div className="tfgpu-fix-deeds">
        {deedsFor(fix, desk).map(deed => {
          const { label, title } = words(deed, trans);
          return (
            <button
              key={deed}
              type="button"
              className="tfgpu-button"
              title={title}
              aria-label={`${label}: ${fix.title}`}
              aria-disabled={isWorking}
              onClick={isWorking ? undefined : () => desk?.onCarryOut(deed, fix, finding)}
            >
              {label}
            </button>
          );
        })}
        <CopyButton text={fix.text} title={fix.title} onCopy={props.onCopy} trans={trans} />
      </div>
      <p className="tfgpu-muted">
        <Prose text={trans.__('Then: %1', fix.verified_by)} />
      </p>
    </div>
  );
}

/** What the button of a deed says, and what it does, one sentence. */
function words(deed: Deed, trans: TranslationBundle): { label: string; title: string } {
  const all: Partial<Record<Deed, { label: string; title: string }>> = {
    apply: {
      label: trans.__('Apply…'),
      title: trans.__('Shows exactly what will be written, and asks first. It can be undone.')
    },
    insert: {
      label: trans.__('Insert cell'),
      title: trans.__('Puts it into a new cell below the active one. It is not run.')
    },
    terminal: {
      label: trans.__('Open in terminal'),
      title: trans.__('Opens a terminal with the command typed. It is not run: press Enter there.')
    },
    restart: { label: trans.__('Restart kernel…'), title: trans.__('JupyterLab asks first.') },
    'shut-down': {
      label: trans.__('Shut down a kernel…'),
      title: trans.__('Shows which other kernels hold GPU memory, and asks first.')
    }
  };
  return all[deed] ?? { label: deed, title: '' };
}

function CopyButton(props: Pick<IFixProps, 'onCopy' | 'trans'> & { text: string; title: string }): React.JSX.Element {
  const { trans } = props;
  const [copied, setCopied] = React.useState(false);
  React.useEffect(() => {
    const timer = copied ? window.setTimeout(() => setCopied(false), COPIED_MS) : 0;
    return () => window.clearTimeout(timer);
  }, [copied]);
  const copy = () => {
    props.onCopy(props.text);
    setCopied(true);
  };
  return (
    <button type="button" className="tfgpu-button" onClick={copy} aria-label={trans.__('Copy: %1', props.title)}>
      {copied ? trans.__('Copied') : trans.__('Copy')}
    </button>
  );
}
