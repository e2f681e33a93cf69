/** Exactly what will be written or removed, file by file, before it is. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { components } from '../api/types';

export interface IFixPlanProps {
  files: readonly components['schemas']['FileChange'][];
  trans: TranslationBundle;
}

export function FixPlan(props: IFixPlanProps): React.JSX.Element {
  const { files, trans } = props;
  return (
    <div className="tfgpu-fix-plan">
      {files.map(({ path, before, after }) => (
        <section key={path} aria-label={path}>
          <p>
            <strong>
              {after === null
                ? trans.__('This file will be removed:')
                : before === null
                  ? trans.__('This file will be written:')
                  : trans.__('This file will be changed:')}
            </strong>{' '}
            <code>{path}</code>
          </p>
          {before !== null && (
            <>
              <p>{trans.__('Its text now:')}</p>
              <pre className="tfgpu-code" tabIndex={0}>
                {before}
              </pre>
            </>
          )}
          {after !== null && (
            <>
              <p>{before === null ? trans.__('Its text:') : trans.__('Its text afterwards:')}</p>
              <pre className="tfgpu-code" tabIndex={0}>
                {after}
              </pre>
            </>
          )}
        </section>
      ))}
      {!files.length && <p>{trans.__('No file is changed.')}</p>}
    </div>
  );
}
