/** The whole panel: every state has a sentence, none is blank. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { components } from '../api/types';
import { Findings } from './finding';
import { VerdictCard } from './verdict';
import { Waiting } from './waiting';

export interface IPanelProps {
  kernel: {
    kind: 'none' | 'asking' | 'known' | 'failed';
    report: components['schemas']['KernelReport'] | null;
    checking: boolean;
    /** Why the last question failed, one sentence; empty when it did not. */
    problem: string;
  };
  /** Where the kernel's models live. */
  placement: React.ReactNode;
  /** GPUs, charts, kernels and the timeline. */
  machine: React.ReactNode;
  benchmark: React.ReactNode;
  onCheckAgain: () => void;
  onCopy: (text: string) => void;
  trans: TranslationBundle;
}

export function PanelView(props: IPanelProps): React.JSX.Element {
  const { kernel, trans } = props;
  return (
    <div className="tfgpu-panel-content">
      <div className="tfgpu-column">
        {kernel.report ? (
          <>
            <VerdictCard
              report={kernel.report}
              checking={kernel.checking}
              stale={kernel.problem}
              onCheckAgain={props.onCheckAgain}
              trans={trans}
            />
            <Findings findings={kernel.report.findings} onCopy={props.onCopy} trans={trans} />
            {props.placement}
          </>
        ) : (
          <NoReport {...kernel} onCheckAgain={props.onCheckAgain} trans={trans} />
        )}
      </div>
      <div className="tfgpu-column">{props.machine}</div>
      <div className="tfgpu-column">{props.benchmark}</div>
    </div>
  );
}

function NoReport(props: IPanelProps['kernel'] & Pick<IPanelProps, 'onCheckAgain' | 'trans'>): React.JSX.Element {
  const { kind, problem, trans } = props;
  const title = React.useId();
  return (
    <section className="tfgpu-card" aria-labelledby={title}>
      <h2 id={title} className="tfgpu-heading">
        {trans.__('This kernel')}
      </h2>
      {kind === 'none' && <p>{trans.__('Open a notebook or a console to see what its kernel computes on.')}</p>}
      {kind === 'asking' && <Waiting text={trans.__('Asking the kernel…')} trans={trans} />}
      {kind === 'failed' && (
        <>
          <p className="tfgpu-notice" role="alert">
            {problem}
          </p>
          <button type="button" className="tfgpu-button" onClick={props.onCheckAgain}>
            {trans.__('Try again')}
          </button>
        </>
      )}
    </section>
  );
}
