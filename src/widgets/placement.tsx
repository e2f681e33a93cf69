/** Binds what is known of where a kernel's models live to its view. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { PlacementCard } from '../components/placement';
import type { PlacementModel } from '../model/placement';
import type { KernelReport } from '../tokens';
import { useSignals } from './machine';
import { sentence } from './problem';

/** Nothing without a kernel, and nothing where there is no TensorFlow whose models could live anywhere. */
export function Placement(props: {
  model: PlacementModel;
  report: KernelReport | null;
  /** Whether somebody can see it: else nothing is asked. */
  isSeen: () => boolean;
  trans: TranslationBundle;
}): React.JSX.Element | null {
  const { isSeen, model, report, trans } = props;
  useSignals([model.changed]);
  if (!report || report.verdict === 'no-tensorflow') {
    return null;
  }
  const { isLooking, offer, problem } = model.state(report);
  return (
    <PlacementCard
      key={report.kernel_id}
      offer={offer}
      isLooking={isLooking}
      problem={sentence(problem, trans)}
      onShown={() => {
        if (isSeen()) {
          void model.ask(report);
        }
      }}
      onLook={follow => void model.look(report, follow)}
      trans={trans}
    />
  );
}
