/** What other extensions may use. */
import { Token } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';

import type { components } from './api/types';

/** Everything that is known of one kernel. */
export type KernelReport = components['schemas']['KernelReport'];

/** One cause, with its evidence and what mends it. */
export type Finding = components['schemas']['Finding'];

/** Names causes that the server does not know of. */
export interface IFindingProvider {
  /** Unique and stable, such as `my-extension:causes`; a later provider of the same id replaces the earlier one. */
  readonly id: string;
  /**
   * What else holds for this kernel; an empty list when nothing does.
   * It is called for each report that comes in, has a second to answer, and is left out when it fails.
   */
  find(report: KernelReport): readonly Finding[] | Promise<readonly Finding[]>;
}

/** One more line of figures under the verdict. */
export interface IMetric {
  /** Unique and stable, such as `my-extension:steps`; a later metric of the same id replaces the earlier one. */
  readonly id: string;
  /** What it is, a word or two, translated. */
  readonly label: string;
  /** The value with its unit, ready to read; null when there is none for this kernel. */
  value(report: KernelReport): string | null;
}

/** What is said of the kernels: of the one in front, and of any other by its id. */
export interface ITfGpu {
  /** The latest report of the kernel in front; null when there is no kernel or no answer yet. */
  readonly report: KernelReport | null;
  /** Emitted whenever `report` may have changed. */
  readonly changed: ISignal<ITfGpu, void>;
  /** Ask again now, for the kernel in front. */
  refresh(): void;
  /** The latest report of any kernel; null when nobody has asked for it yet. */
  reportOf(kernelId: string): KernelReport | null;
  /** Ask for the report of any kernel now; rejects with a sentence when there is no answer. */
  ask(kernelId: string): Promise<KernelReport>;
  /** Emitted with the report of any kernel whose verdict is another than the one before. */
  readonly verdictChanged: ISignal<ITfGpu, KernelReport>;
  /** Add causes to every report from now on, until the answer is disposed of. */
  addFindings(provider: IFindingProvider): IDisposable;
  /** Add a line under the verdict, until the answer is disposed of. */
  addMetric(metric: IMetric): IDisposable;
  /** The lines that were added, in their order. */
  readonly metrics: readonly IMetric[];
}

export const ITfGpu = new Token<ITfGpu>(
  'tfgpu-lab:ITfGpu',
  'Tells whether the kernel in front computes on the GPU, and if not, why; takes causes and figures of others.'
);
