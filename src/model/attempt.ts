/** A fix that was tried for a kernel, and what came of it. */
import type { components } from '../api/types';
import type { Finding, KernelReport } from '../tokens';

type Schemas = components['schemas'];
/** A verdict, and what is foreseen where TensorFlow is not imported yet. */
export type Judged = Pick<KernelReport, 'verdict' | 'forecast'>;

/** A fix, or a check that mends nothing, as far as it is carried out. */
export type Plan = Pick<Schemas['Fix'], 'title'> &
  Partial<Pick<Schemas['Fix'], 'text' | 'action'>> & { cells?: readonly Schemas['Cell'][] };

/** What a user may do with a fix; `use` and `undo` follow an `apply`. */
export type Deed = 'insert' | 'terminal' | 'restart' | 'shut-down' | 'apply' | 'use' | 'undo';

/** The latest fix that was tried for a kernel, and what came of it. */
export interface IAttempt {
  readonly kernelId: string;
  readonly deed: Deed;
  /** Title of the fix. */
  readonly title: string;
  /** What it is to mend; null for a check that mends nothing. */
  readonly finding: Pick<Finding, 'id' | 'title'> | null;
  /** `working`: under way. `waiting`: done, not yet looked at again. `verified`: the finding is gone. */
  readonly state: 'working' | 'waiting' | 'verified' | 'still-there' | 'failed';
  readonly before: Judged;
  /** The verdict that was asked, or is foreseen, afterwards; null until then. */
  readonly after: Judged | null;
  /** What the server says of it; empty where it did nothing. */
  readonly says: string;
  /** Why it failed, one sentence; empty when it did not. */
  readonly problem: string;
  /** How many cells the kernel had run when code was put into its notebook; null where that is not known. */
  readonly cells: number | null;
  /** Whether cells have run since. */
  readonly hasRun: boolean;
  /** The kernelspec that was written for it and the one it was made from; null when none was. */
  readonly made: { readonly name: string; readonly from: string } | null;
}
