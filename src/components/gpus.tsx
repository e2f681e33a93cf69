/** The GPUs of the server's machine, or exactly why there are none. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { components } from '../api/types';
import { GpuCard } from './gpu';
import type { IShutDownRequest } from './holders';
import { calledBy } from './names';
import { Section } from './section';
import { Untold } from './untold';
import { Waiting } from './waiting';

type Gpus = components['schemas']['Gpus'];

/** More GPUs than this are rows that unfold. */
const MOST_OPEN = 2;

export interface IGpusProps {
  /** Null until the first answer. */
  gpus: Gpus | null;
  latest: Gpus['samples'][number] | null;
  /** Why there is no fresh answer, one sentence; empty when there is. */
  problem: string;
  /** The kernel in front; null when there is none. */
  frontKernelId: string | null;
  /** The GPUs on which the kernel in front is known to be, besides those whose processes say so. */
  frontUuids: readonly string[];
  onShutDown: (request: IShutDownRequest) => void;
  trans: TranslationBundle;
}

export function GpuList(props: IGpusProps): React.JSX.Element {
  const { gpus, problem, trans } = props;
  const count = gpus?.devices.length ?? 0;
  return (
    <Section id="gpus" title={trans.__('GPUs of this machine')} aside={count > 1 ? count : null}>
      {!gpus && !problem && <Waiting text={trans.__('Asking the driver…')} trans={trans} />}
      {problem && (
        <p className="tfgpu-notice" role="status">
          {problem}
        </p>
      )}
      {gpus?.error && <p className={count ? 'tfgpu-notice' : undefined}>{gpus.error}</p>}
      {gpus && count > 0 && <Cards {...props} gpus={gpus} />}
      {gpus && (
        <Untold
          trans={trans}
          absent={gpus.driver.absent}
          labels={{ driver_version: trans.__('Version of the driver'), cuda_version: trans.__('Its newest CUDA') }}
        />
      )}
      {gpus?.driver.driver_version && (
        <p className="tfgpu-muted">
          {trans.__('Driver %1 · CUDA up to %2', gpus.driver.driver_version, gpus.driver.cuda_version ?? '?')}
        </p>
      )}
    </Section>
  );
}

function Cards(props: IGpusProps & { gpus: Gpus }): React.JSX.Element {
  const { frontKernelId, gpus, latest, trans } = props;
  const { devices, idle_holders: idle, processes } = gpus;
  const isFoldable = devices.length > MOST_OPEN;
  // One that is lost may never have told its name.
  const names = new Set(devices.filter(gpu => gpu.state === 'ok').map(gpu => gpu.name));
  const [name] = names;
  const isAlike = devices.length > 1 && names.size === 1;
  const inFront = new Set([
    ...props.frontUuids,
    ...processes
      .filter(on => frontKernelId !== null && on.processes.some(one => one.kernel_id === frontKernelId))
      .map(on => on.uuid)
  ]);
  const everyone = React.useMemo(() => processes.flatMap(on => on.processes), [processes]);
  const called = React.useMemo(() => calledBy(everyone.map(one => one.path)), [everyone]);
  const onShutDown = React.useCallback(
    ({ kernelId, name: its }: Pick<IShutDownRequest, 'kernelId' | 'name'>) => {
      const held = everyone.filter(one => one.kernel_id === kernelId).map(one => one.memory_used_bytes);
      const isKnown = held.every(one => one !== null);
      const memoryBytes = isKnown ? held.reduce((sum, one) => sum + one, 0) : null;
      props.onShutDown({ kernelId, name: its, memoryBytes });
    },
    [everyone, props.onShutDown]
  );
  // Those of the kernel in front come first; the others stay where they are.
  const ordered = [...devices].sort((one, other) => Number(inFront.has(other.uuid)) - Number(inFront.has(one.uuid)));
  return (
    <>
      {isAlike && <p className="tfgpu-muted tfgpu-product">{trans.__('%1 × %2', devices.length, name)}</p>}
      <div className="tfgpu-gpus" data-foldable={isFoldable}>
        {ordered.map(gpu => (
          <GpuCard
            key={gpu.uuid}
            gpu={gpu}
            sample={latest?.gpus.find(sample => sample.uuid === gpu.uuid) ?? null}
            on={processes.find(on => on.uuid === gpu.uuid) ?? null}
            idle={idle}
            frontKernelId={frontKernelId}
            isInFront={inFront.has(gpu.uuid)}
            isFoldable={isFoldable}
            isNamed={!isAlike}
            called={called}
            onShutDown={onShutDown}
            trans={trans}
          />
        ))}
      </div>
    </>
  );
}
