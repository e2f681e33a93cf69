/** What came of the latest fix: not run yet, verified, still there, or why it could not be done. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { FixDesk, type IFixAttempt, type IFixDesk } from './fixdesk';
import { useHandover } from './handover';
import { verdictMark, verdictWord } from './mark';

export function FixOutcome(props: { trans: TranslationBundle }): React.JSX.Element | null {
  const { trans } = props;
  const desk = React.useContext(FixDesk);
  const own = React.useRef<HTMLDivElement>(null);
  if (!desk) {
    return null;
  }
  const { attempt } = desk;
  return (
    // It stands there before it has words, or a screen reader would not say them.
    <div ref={own} tabIndex={-1} role="status" className="tfgpu-fix-outcome" data-state={attempt?.state}>
      {attempt && (
        <>
          <p>
            <span aria-hidden="true">{MARKS[attempt.state]}</span> <strong>{attempt.title}</strong>
          </p>
          <p>{sentence(attempt, trans)}</p>
          {attempt.after !== null && <Change attempt={attempt} after={attempt.after} trans={trans} />}
          {attempt.state !== 'working' && <NextSteps desk={desk} attempt={attempt} around={own} trans={trans} />}
        </>
      )}
    </div>
  );
}

const MARKS: Record<IFixAttempt['state'], string> = {
  working: '…',
  waiting: '…',
  verified: '✓',
  'still-there': '⚠',
  failed: '✗'
};

/** The verdict before and after, in words. */
function Change(props: { attempt: IFixAttempt; after: IFixAttempt['before']; trans: TranslationBundle }) {
  const { attempt, after, trans } = props;
  const say = ({ verdict, forecast }: IFixAttempt['before']) => {
    const word = `${verdictMark(verdict)} ${verdictWord(verdict, trans)}`;
    return forecast ? trans.__('%1 (foreseen: %2)', word, verdictWord(forecast, trans)) : word;
  };
  return (
    <p className="tfgpu-fix-change">
      <span>
        <span className="tfgpu-muted">{trans.__('Before:')}</span> {say(attempt.before)}
      </span>{' '}
      <span>
        <span aria-hidden="true">{'→ '}</span>
        <span className="tfgpu-muted">{isAhead(attempt) ? trans.__('Foreseen there:') : trans.__('After:')}</span>{' '}
        {say(after)}
      </span>
    </p>
  );
}

/** Whether a kernelspec was written that the notebook does not use yet. */
function isAhead({ made }: IFixAttempt): boolean {
  return made !== null && !made.isChosen;
}

function NextSteps(props: {
  desk: IFixDesk;
  attempt: IFixAttempt;
  around: React.RefObject<HTMLElement>;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { attempt, desk, trans } = props;
  const own = useHandover<HTMLDivElement>(props.around);
  const step = (label: string, title: string, onClick: () => void, isFirst = false) => (
    <button
      type="button"
      className={`tfgpu-button${isFirst ? ' tfgpu-primary' : ''}`}
      aria-label={`${label}: ${attempt.title}`}
      title={title}
      onClick={onClick}
    >
      {label}
    </button>
  );
  return (
    <div ref={own} className="tfgpu-fix-deeds">
      {isAhead(attempt) &&
        desk.isOpen &&
        step(
          trans.__('Choose this kernel…'),
          trans.__('The notebook gets a new kernel. Asks first.'),
          desk.onUse,
          true
        )}
      {attempt.made &&
        step(trans.__('Undo…'), trans.__('Removes what was written, after showing what. Asks first.'), desk.onUndo)}
      {step(trans.__('Hide'), trans.__('Puts this message aside.'), desk.onDismiss)}
    </div>
  );
}

function sentence(attempt: IFixAttempt, trans: TranslationBundle): string {
  const { deed, finding, state } = attempt;
  switch (state) {
    case 'working':
      return trans.__('Under way…');
    case 'failed':
      return trans.__('That was not possible: %1', attempt.problem);
    case 'verified':
      return trans.__('Verified: "%1" is no longer found.', finding?.title ?? '');
    case 'still-there':
      return trans.__('"%1" is still there. Try the next fix, or read about this cause.', finding?.title ?? '');
    case 'waiting':
      if (attempt.says) {
        return attempt.says;
      }
      if (deed === 'insert') {
        return attempt.hasRun
          ? trans.__(
              'It is in the notebook. Once it has run, and the kernel is restarted where the fix says so, check again.'
            )
          : trans.__('It is in the notebook, not run yet: run the cell with Shift+Enter.');
      }
      if (deed === 'terminal') {
        return trans.__(
          'It is typed in the terminal, not run yet: press Enter there, then restart the kernel and check again.'
        );
      }
      return trans.__('Done; the kernel is looked at again…');
  }
}
