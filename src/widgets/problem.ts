/** What to tell the user when the server gave no answer. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { IKernelState } from '../model/kernel';

export type Problem = IKernelState['problem'];

/** Whether it is the server as a whole that gives no answer, which is then the same for all parts of a view. */
export function isOfServer(problem: Problem): boolean {
  return problem?.reason === 'offline' || problem?.reason === 'no-server-extension';
}

/** One sentence with its next step; empty without a problem. */
export function sentence(problem: Problem, trans: TranslationBundle): string {
  switch (problem?.reason) {
    case undefined:
      return '';
    case 'offline':
      return trans.__('The Jupyter server cannot be reached; what is shown may be old. It is asked again by itself.');
    case 'no-server-extension':
      return trans.__(
        'TFGPU Lab is not enabled in the Jupyter server. Run "jupyter server extension enable tfgpu_lab" in its environment and restart it.'
      );
    default:
      return problem?.message ?? '';
  }
}
