/** Check in a cell: code that shows with TensorFlow's own words where it computes. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { FixDesk } from './fixdesk';
import { Section } from './section';

export function CellChecks(props: { trans: TranslationBundle }): React.JSX.Element | null {
  const { trans } = props;
  const desk = React.useContext(FixDesk);
  const own = React.useId();
  const offers = desk?.offers.filter(offer => offer.possible && offer.cells.length > 0) ?? [];
  if (!desk || !offers.length) {
    return null;
  }
  const isBlocked = !desk.isOpen || desk.attempt?.state === 'working';
  return (
    <Section id="checks" title={trans.__('Check in a cell')}>
      {!desk.isOpen && (
        <p className="tfgpu-muted">{trans.__('It needs the notebook or console of this kernel to be open.')}</p>
      )}
      {offers.map(offer => (
        <div key={offer.action} className="tfgpu-check">
          <div className="tfgpu-fix-deeds">
            {offer.cells.map(cell => (
              <button
                key={cell.title}
                type="button"
                className="tfgpu-button"
                aria-disabled={isBlocked}
                aria-describedby={own + offer.action}
                title={cell.code}
                onClick={
                  isBlocked ? undefined : () => desk.onCarryOut('insert', { title: cell.title, cells: [cell] }, null)
                }
              >
                {cell.title}
              </button>
            ))}
          </div>
          <p id={own + offer.action} className="tfgpu-muted">
            {offer.explains}
          </p>
        </div>
      ))}
    </Section>
  );
}
