/** What a fix may be asked to do here; views read it from a context, so that no card between has to hand it on. */
import * as React from 'react';

import type { components } from '../api/types';

type Fix = components['schemas']['Fix'];
type Finding = components['schemas']['Finding'];
type Offer = components['schemas']['ActionOffer'];
type Judged = Pick<components['schemas']['KernelReport'], 'verdict' | 'forecast'>;

export type Deed = 'insert' | 'terminal' | 'restart' | 'shut-down' | 'apply' | 'use' | 'undo';

/** The latest fix that was tried for the kernel that is shown, and what came of it. */
export interface IFixAttempt {
  deed: Deed;
  title: string;
  finding: Pick<Finding, 'id' | 'title'> | null;
  state: 'working' | 'waiting' | 'verified' | 'still-there' | 'failed';
  before: Judged;
  after: Judged | null;
  /** What the server says of it; empty where it did nothing. */
  says: string;
  /** Why it failed, one sentence; empty when it did not. */
  problem: string;
  /** Whether the kernel has run cells since. */
  hasRun: boolean;
  /** The kernelspec that was written for it, and whether this kernel was started from it; null when none was. */
  made: { name: string; isChosen: boolean } | null;
}

/** A fix, or code that shows something by itself, as far as it is carried out. */
export type Plan = Pick<Fix, 'title'> & Partial<Pick<Fix, 'text' | 'action'>> & { cells?: Offer['cells'] };

export interface IFixDesk {
  /** Whether a notebook or a console of this kernel is open, to put code into. */
  isOpen: boolean;
  hasTerminals: boolean;
  /** What the server offers to do here; only what hands over code is shown. */
  offers: readonly Offer[];
  attempt: IFixAttempt | null;
  /** Do it; `finding` is what it is to mend, null for a check that mends nothing. */
  onCarryOut: (deed: Deed, plan: Plan, finding: Finding | null) => void;
  /** Give the notebook the kernelspec that was written. */
  onUse: () => void;
  /** Remove the kernelspec that was written. */
  onUndo: () => void;
  /** Put the message about the latest attempt aside. */
  onDismiss: () => void;
}

/** Null where nothing can be done but copy. */
export const FixDesk = React.createContext<IFixDesk | null>(null);

/** What can be done with a fix here, the best first. */
export function deedsFor(fix: Fix, desk: IFixDesk | null): Deed[] {
  if (!desk) {
    return [];
  }
  if (fix.action && fix.kind !== 'restart-kernel') {
    return ['apply'];
  }
  // A terminal would run each line but the last.
  const isOneLine = !/[\r\n]/.test(fix.text.trim());
  const possible: Partial<Record<Fix['kind'], [Deed, boolean]>> = {
    code: ['insert', desk.isOpen],
    command: ['terminal', desk.hasTerminals && isOneLine],
    'restart-kernel': ['restart', desk.isOpen],
    'shutdown-kernel': ['shut-down', true]
  };
  const [deed, isPossible] = possible[fix.kind] ?? [];
  return deed && isPossible ? [deed] : [];
}
