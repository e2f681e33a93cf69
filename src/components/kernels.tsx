/** All kernels with their verdicts; a click opens the notebook. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { components } from '../api/types';
import { bytes } from '../format';
import { calledBy, namelessKernel } from './names';
import { Section } from './section';
import { verdictMark, verdictWord } from './mark';
import { Waiting } from './waiting';

type KernelRow = components['schemas']['KernelRow'];

export interface IKernelsProps {
  /** Null until the first answer. */
  rows: readonly KernelRow[] | null;
  /** Why there is no fresh answer, one sentence; empty when there is. */
  problem: string;
  frontKernelId: string | null;
  onOpen: (kernelId: string, path: string) => void;
  trans: TranslationBundle;
}

export const KernelList = React.memo(function KernelList(props: IKernelsProps): React.JSX.Element {
  const { problem, rows, trans } = props;
  const called = calledBy((rows ?? []).map(row => row.path));
  return (
    <Section id="kernels" title={trans.__('Kernels')} aside={rows && rows.length > 1 ? rows.length : null}>
      {!rows && !problem && <Waiting text={trans.__('Asking the server…')} trans={trans} />}
      {problem && (
        <p className="tfgpu-notice" role="status">
          {problem}
        </p>
      )}
      {rows?.length === 0 && <p>{trans.__('No kernel runs. Open a notebook or a console to start one.')}</p>}
      {rows && rows.length > 0 && (
        <ul className="tfgpu-list">
          {rows.map(row => (
            <li key={row.kernel_id} aria-current={row.kernel_id === props.frontKernelId ? 'true' : undefined}>
              <Row {...props} row={row} called={called} />
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
});

function Row(props: IKernelsProps & { row: KernelRow; called: (path: string) => string }): React.JSX.Element {
  const { called, onOpen, row, trans } = props;
  const { path } = row;
  const held = row.gpu_memory_used_bytes;
  const content = (
    <>
      <span className="tfgpu-verdict-mark" data-verdict={row.verdict} aria-hidden="true">
        {verdictMark(row.verdict)}
      </span>
      <span className="tfgpu-kernel-name">{path ? called(path) : namelessKernel(row.name, trans)}</span>
      <span className="tfgpu-numbers tfgpu-muted">{held ? bytes(held) : ''}</span>
      <span className="tfgpu-kernel-verdict tfgpu-muted">{verdictWord(row.verdict, trans)}</span>
    </>
  );
  const title = [path, row.reason].filter(Boolean).join('\n');
  return path ? (
    <button type="button" className="tfgpu-kernel" title={title} onClick={() => onOpen(row.kernel_id, path)}>
      {content}
    </button>
  ) : (
    <div className="tfgpu-kernel" title={title}>
      {content}
    </div>
  );
}
