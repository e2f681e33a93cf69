/** Binds the fixes' model, and what other extensions add, to the views that show them. */
import * as React from 'react';

import { AddedLines, type IAddedLine } from '../components/added';
import { FixDesk, type IFixDesk } from '../components/fixdesk';
import type { FixesModel } from '../model/fixes';
import type { OffersModel } from '../model/offers';
import type { ITfGpu } from '../tokens';

/** What carries fixes out. */
export interface IFixing {
  fixes: FixesModel;
  offers: OffersModel;
}

interface IProps {
  tfgpu: ITfGpu;
  fixing: () => Promise<IFixing>;
  children: React.ReactNode;
}

/** Everything within may offer fixes for the kernel in front, once what carries them out is loaded. */
export function WithFixes({ tfgpu, fixing, children }: IProps): React.JSX.Element {
  const [made, setMade] = React.useState<IFixing | null>(null);
  React.useEffect(() => {
    fixing()
      .then(setMade)
      .catch((reason: unknown) => console.error('TFGPU Lab can offer no fixes:', reason));
  }, [fixing]);
  const [, redraw] = React.useReducer((drawn: number) => drawn + 1, 0);
  React.useEffect(() => {
    const changes = [tfgpu.changed, ...(made ? [made.fixes.changed, made.offers.changed] : [])];
    changes.forEach(changed => changed.connect(redraw));
    return () => changes.forEach(changed => changed.disconnect(redraw));
  }, [tfgpu, made]);
  return (
    <FixDesk.Provider value={made && desk(tfgpu, made)}>
      <AddedLines.Provider value={lines(tfgpu)}>{children}</AddedLines.Provider>
    </FixDesk.Provider>
  );
}

function desk({ report }: ITfGpu, { fixes, offers }: IFixing): IFixDesk | null {
  if (!report) {
    return null;
  }
  const id = report.kernel_id;
  const attempt = fixes.attempt(id);
  const made = attempt?.made ? { name: attempt.made.name, isChosen: attempt.made.name === report.name } : null;
  return {
    isOpen: fixes.isOpen(id),
    hasTerminals: fixes.hasTerminals,
    offers: offers.of(report),
    attempt: attempt && { ...attempt, made },
    onCarryOut: (deed, plan, finding) => void fixes.carryOut(deed, plan, finding, report),
    onUse: () => void fixes.use(id),
    onUndo: () => void fixes.undo(id),
    onDismiss: () => fixes.dismiss(id)
  };
}

/** What other extensions say of this kernel; a line whose extension fails is left out. */
function lines({ report, metrics }: ITfGpu): IAddedLine[] {
  return metrics.flatMap(metric => {
    const { id, label } = metric;
    try {
      const text = report && metric.value(report);
      return text === null ? [] : [{ id, label, text }];
    } catch (reason) {
      console.warn(`TFGPU Lab leaves out the line of ${id}:`, reason);
      return [];
    }
  });
}
