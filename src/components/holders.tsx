/** Who holds a GPU's memory: kernels by their notebooks, other processes, and those of others as one sum. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { components } from '../api/types';
import { bytes, clock, unbroken } from '../format';
import { namelessKernel } from './names';

type GpuProcess = components['schemas']['GpuProcess'];
type GpuProcesses = components['schemas']['GpuProcesses'];
type IdleHolder = components['schemas']['IdleHolder'];

/** One row: a kernel with all its processes on a GPU or MIG instance, or one process that is no kernel's. */
export interface IHolder {
  readonly kernelId: string | null;
  readonly processes: readonly GpuProcess[];
  /** Null when it is not known of one of its processes. */
  readonly memoryBytes: number | null;
}

/** The processes, those of one kernel together, most memory first. */
export function holdersOf(processes: readonly GpuProcess[]): IHolder[] {
  const groups = new Map<string, GpuProcess[]>();
  for (const process of processes) {
    const key = process.kernel_id ?? `pid ${process.pid}`;
    groups.set(key, [...(groups.get(key) ?? []), process]);
  }
  return [...groups.values()]
    .map(group => ({
      kernelId: group[0]?.kernel_id ?? null,
      processes: group,
      memoryBytes: group.reduce<number | null>(
        (sum, { memory_used_bytes: held }) => (sum === null || held === null ? null : sum + held),
        0
      )
    }))
    .sort((one, other) => (other.memoryBytes ?? 0) - (one.memoryBytes ?? 0));
}

/** What the dialog that asks before a kernel is shut down says. */
export interface IShutDownRequest {
  readonly kernelId: string;
  /** The notebook, or what the kernel is called without one. */
  readonly name: string;
  /** What it holds on all GPUs together; null when that is not known. */
  readonly memoryBytes: number | null;
}

export interface IHoldersProps {
  on: GpuProcesses;
  /** Only those on this MIG instance; null: those on the whole GPU. */
  migUuid: string | null;
  idle: readonly IdleHolder[];
  frontKernelId: string | null;
  called: (path: string) => string;
  onShutDown: (request: Omit<IShutDownRequest, 'memoryBytes'>) => void;
  trans: TranslationBundle;
}

export function Holders(props: IHoldersProps): React.JSX.Element | null {
  const { idle, on, migUuid, trans } = props;
  const holders = holdersOf(on.processes.filter(process => process.mig_uuid === migUuid));
  const others = migUuid === null ? on.others : 0; // the server does not say on which instance they are
  if (!holders.length && !others && (!on.absent || migUuid !== null)) {
    return null;
  }
  return (
    <>
      <ul className="tfgpu-holders" aria-label={trans.__('Who holds its memory')}>
        {holders.map(holder => (
          <HolderRow
            key={holder.kernelId ?? holder.processes[0]?.pid}
            {...props}
            holder={holder}
            idleSince={idle.find(one => one.kernel_id === holder.kernelId && one.gpu_uuid === on.uuid) ?? null}
          />
        ))}
        {others > 0 && (
          <li className="tfgpu-holder">
            <span
              className="tfgpu-holder-name"
              title={trans.__('Of other users, or outside this container: more is not told.')}
            >
              {trans._n('%1 process of others', '%1 processes of others', others)}
            </span>
            <Memory value={on.others_memory_used_bytes} trans={trans} />
          </li>
        )}
      </ul>
      {on.absent && migUuid === null && <p className="tfgpu-muted">{on.absent}</p>}
    </>
  );
}

function HolderRow(props: IHoldersProps & { holder: IHolder; idleSince: IdleHolder | null }): React.JSX.Element | null {
  const { called, holder, idleSince, trans } = props;
  const [first] = holder.processes;
  if (!first) {
    return null;
  }
  const { kernelId } = holder;
  const isInFront = kernelId !== null && kernelId === props.frontKernelId;
  const name = kernelId ? (first.path ? called(first.path) : namelessKernel(first.kernel_name, trans)) : '';
  return (
    <li className="tfgpu-holder" aria-current={isInFront ? 'true' : undefined}>
      <span className="tfgpu-holder-name" title={first.path ?? first.process_name ?? undefined}>
        {kernelId ? name : processName(first, trans)}
      </span>
      <Memory value={holder.memoryBytes} trans={trans} />
      {kernelId && (
        <div className="tfgpu-holder-more">
          {isInFront && <span className="tfgpu-badge">{trans.__('this kernel')}</span>}
          {holder.processes.length > 1 && (
            <span className="tfgpu-muted">{trans.__('%1 processes', holder.processes.length)}</span>
          )}
          <button
            type="button"
            className="tfgpu-button tfgpu-quiet"
            aria-label={trans.__('Shut down the kernel of %1', name)}
            title={trans.__('Shut down the kernel of %1', name)}
            onClick={() => props.onShutDown({ kernelId, name })}
          >
            {trans.__('Shut down…')}
          </button>
          {idleSince && (
            <span className="tfgpu-muted tfgpu-holder-idle">
              {unbroken(
                trans.__(
                  'Idle since %1; shutting it down would free %2.',
                  clock(idleSince.idle_since_s),
                  bytes(idleSince.memory_used_bytes)
                )
              )}
            </span>
          )}
        </div>
      )}
    </li>
  );
}

function Memory(props: { value: number | null; trans: TranslationBundle }): React.JSX.Element {
  const { value, trans } = props;
  return value === null ? (
    <span className="tfgpu-muted" title={trans.__('The driver does not say how much memory it holds.')}>
      {trans.__('memory not known')}
    </span>
  ) : (
    <span className="tfgpu-numbers">{bytes(value)}</span>
  );
}

function processName(process: GpuProcess, trans: TranslationBundle): string {
  const name = process.process_name ?? trans.__('a process');
  return process.owner === 'other'
    ? trans.__("%1 (pid %2), another user's", name, process.pid)
    : trans.__('%1 (pid %2), yours', name, process.pid);
}
