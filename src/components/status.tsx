/** The status bar's words for the kernel in front. */
import * as React from 'react';

import type { components } from '../api/types';
import { verdictMark } from './mark';

export interface IStatusProps {
  report: components['schemas']['KernelReport'];
  onOpen: () => void;
}

export function StatusItem(props: IStatusProps): React.JSX.Element {
  const { report, onOpen } = props;
  const shown = report.verdict === 'not-loaded' ? (report.forecast ?? 'unknown') : report.verdict;
  return (
    <button type="button" className="tfgpu-status" data-verdict={shown} title={report.reason} onClick={onOpen}>
      <span aria-hidden="true">{verdictMark(shown)}</span> {report.label}
    </button>
  );
}
