/** The body of the question that is asked before files are written. */
import { ReactWidget } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Widget } from '@lumino/widgets';
import * as React from 'react';

import { FixPlan, type IFixPlanProps } from '../components/fixplan';

export function plan(files: IFixPlanProps['files'], trans: TranslationBundle): Widget {
  return ReactWidget.create(<FixPlan files={files} trans={trans} />);
}
