/** The values that cannot be read and have no row of their own: each with its reason, those of one reason together. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

export interface IUntoldProps {
  /** Field to reason. */
  absent: Readonly<Record<string, string>>;
  /** The fields that are told here, and what they are called. */
  labels: Readonly<Record<string, string>>;
  trans: TranslationBundle;
}

export function Untold({ absent, labels, trans }: IUntoldProps): React.JSX.Element {
  const byReason = new Map<string, string[]>();
  for (const [field, label] of Object.entries(labels)) {
    const reason = absent[field];
    if (reason) {
      byReason.set(reason, [...(byReason.get(reason) ?? []), label]);
    }
  }
  return (
    <>
      {[...byReason].map(([reason, names]) => (
        <p key={reason} className="tfgpu-muted">
          {trans.__('%1: %2', names.join(', '), reason)}
        </p>
      ))}
    </>
  );
}
