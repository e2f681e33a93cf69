/** What to tell the user when the server gave no answer. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { IKernelState } from '../model/kernel';

/** One sentence with its next step; empty without a problem. */
export function sentence(problem: IKernelState['problem'], trans: TranslationBundle): string {
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
