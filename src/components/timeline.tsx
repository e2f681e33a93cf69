/** What happened to the GPUs and to the kernels' use of them, newest first. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { components } from '../api/types';
import { clock } from '../format';
import { moments, sentenceOf } from './moments';
import { Section } from './section';
import { Waiting } from './waiting';

type Event = components['schemas']['Event'];

/** So many are shown before the user asks for the others. */
const FEW = 8;

export interface ITimelineProps {
  /** Newest first; null until the first answer. */
  events: readonly Event[] | null;
  /** Why there is no fresh answer, one sentence; empty when there is. */
  problem: string;
  /** What a kernel's notebook is called; null when none is known. */
  nameOf: (kernelId: string) => string | null;
  trans: TranslationBundle;
}

export const Timeline = React.memo(function Timeline(props: ITimelineProps): React.JSX.Element {
  const { events, nameOf, problem, trans } = props;
  const [isWhole, setWhole] = React.useState(false);
  const rows = React.useMemo(() => moments(events ?? []), [events]);
  const shown = isWhole ? rows : rows.slice(0, FEW);
  return (
    <Section id="timeline" title={trans.__('What happened')}>
      {!events && !problem && <Waiting text={trans.__('Asking the server…')} trans={trans} />}
      {problem && (
        <p className="tfgpu-notice" role="status">
          {problem}
        </p>
      )}
      {events?.length === 0 && (
        <p className="tfgpu-muted">
          {trans.__('Nothing yet. What changes on the GPUs or in a kernel while this is open is noted here.')}
        </p>
      )}
      <ol className="tfgpu-timeline">
        {shown.map(({ event, gpus }) => (
          <li key={event.seq}>
            <time className="tfgpu-numbers tfgpu-muted" dateTime={new Date(event.at_s * 1000).toISOString()}>
              {clock(event.at_s)}
            </time>
            <span>
              {event.kernel_id && nameOf(event.kernel_id) && <strong>{nameOf(event.kernel_id)}: </strong>}
              {sentenceOf({ event, gpus }, trans)}
            </span>
          </li>
        ))}
      </ol>
      {rows.length > FEW && (
        <button type="button" className="tfgpu-button" onClick={() => setWhole(!isWhole)}>
          {isWhole ? trans.__('Show fewer') : trans.__('Show all %1', rows.length)}
        </button>
      )}
    </Section>
  );
});
