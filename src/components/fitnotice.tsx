/** Says that the page and the server are of different versions, and what to do. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { Prose } from './prose';

export interface IFitProps {
  fit: 'same' | 'server-older' | 'page-older';
  /** The two versions. */
  server: string;
  page: string;
  trans: TranslationBundle;
}

export function FitNotice({ fit, server, page, trans }: IFitProps): React.JSX.Element | null {
  if (fit === 'same') {
    return null;
  }
  const words =
    fit === 'server-older'
      ? trans.__(
          "The Jupyter server runs TFGPU Lab %1, this page is %2: what is shown may be incomplete. Run `pip install --upgrade tfgpu-lab` in the server's environment, restart the server and reload this page.",
          server,
          page
        )
      : trans.__('The Jupyter server runs TFGPU Lab %1, this page is still %2: reload it.', server, page);
  return (
    <p className="tfgpu-notice tfgpu-fit" role="status">
      <Prose text={words} />
    </p>
  );
}
