/** What other extensions may use. */
import { Token } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';

import type { components } from './api/types';

/** Everything that is known of one kernel. */
export type KernelReport = components['schemas']['KernelReport'];

/** What is said of the kernel in front of the user. */
export interface ITfGpu {
  /** The latest report of the kernel in front; null when there is no kernel or no answer yet. */
  readonly report: KernelReport | null;
  /** Emitted whenever `report` may have changed. */
  readonly changed: ISignal<ITfGpu, void>;
  /** Ask again now. */
  refresh(): void;
}

export const ITfGpu = new Token<ITfGpu>(
  'tfgpu-lab:ITfGpu',
  'Tells whether the kernel in front computes on the GPU, and if not, why.'
);
