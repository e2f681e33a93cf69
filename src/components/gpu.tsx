/** One GPU: what it does, who holds it, and in which state it is. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { components } from '../api/types';
import { bytes, bytesOf, celsius, clock, megahertz, percent, watts } from '../format';
import { useChoice } from './choices';
import { Holders, type IHoldersProps } from './holders';
import { Bar, Figure, Meter } from './meter';
import { Caret } from './section';
import { Untold } from './untold';

type Gpu = components['schemas']['Gpu'];
type GpuSample = components['schemas']['GpuSample'];
type GpuProcesses = components['schemas']['GpuProcesses'];

export interface IGpuProps extends Omit<IHoldersProps, 'on' | 'migUuid'> {
  gpu: Gpu;
  sample: GpuSample | null;
  /** Null until it is known. */
  on: GpuProcesses | null;
  /** Whether the kernel in front uses it. */
  isInFront: boolean;
  /** Whether it can be folded to one row, as where there are many. */
  isFoldable: boolean;
  /** Whether the product's name stands here; where all are the same it stands above them. */
  isNamed: boolean;
}

/** Drawn anew only when something of this GPU has changed: there may be many. */
export const GpuCard = React.memo(function GpuCard(props: IGpuProps): React.JSX.Element {
  const { gpu, isFoldable, isInFront, trans } = props;
  const [isOpen, setOpen] = useChoice<boolean>(`open:${gpu.uuid}`, isInFront || gpu.state !== 'ok');
  const body = React.useId();
  const title = trans.__('GPU %1', gpu.index);
  const said = isFoldable ? summary(props) : '';
  // What stands at the beginning of the row stays; what follows changes at every reading.
  const head = React.useMemo(
    () => (
      <>
        <Caret />
        <span className="tfgpu-gpu-title">
          {title}
          {isInFront && <span aria-hidden="true"> ◆</span>}
        </span>
      </>
    ),
    [title, isInFront]
  );
  return (
    <article className="tfgpu-gpu" data-state={gpu.state} aria-label={title}>
      <h3 className="tfgpu-gpu-name">
        {isFoldable ? (
          <button
            type="button"
            className="tfgpu-fold tfgpu-gpu-row"
            aria-expanded={isOpen}
            aria-controls={body}
            aria-label={title + said}
            title={gpu.name + said}
            onClick={() => setOpen(!isOpen)}
          >
            {head}
            <GpuRow {...props} />
          </button>
        ) : (
          title
        )}
        {isInFront && !isFoldable && <span className="tfgpu-badge">{trans.__("this kernel's")}</span>}
      </h3>
      <div id={body}>
        {(isOpen || !isFoldable) && (
          <>
            {props.isNamed && <p className="tfgpu-muted tfgpu-product">{gpu.name}</p>}
            <GpuBody {...props} />
          </>
        )}
      </div>
    </article>
  );
});

/** What the folded row says to those who cannot see its bar. */
function summary({ gpu, isInFront, sample, trans }: IGpuProps): string {
  const used = sample?.memory_used_bytes ?? null;
  const total = gpu.memory_total_bytes;
  return [
    isInFront ? trans.__('used by this kernel') : '',
    gpu.state === 'ok' ? '' : stateWord(gpu, trans),
    used !== null && total ? trans.__('%1 of %2 in use', bytes(used), bytes(total)) : '',
    sample?.utilization_percent != null ? trans.__('utilisation %1', percent(sample.utilization_percent / 100)) : ''
  ]
    .filter(Boolean)
    .map(one => `, ${one}`)
    .join('');
}

function GpuRow({ gpu, sample, trans }: IGpuProps): React.JSX.Element {
  const used = sample?.memory_used_bytes ?? null;
  const total = gpu.memory_total_bytes;
  if (gpu.state !== 'ok') {
    return <span className="tfgpu-state">{stateWord(gpu, trans)}</span>;
  }
  return (
    <>
      {used !== null && total ? <Bar share={used / total} /> : <span />}
      <Figure text={used !== null ? bytes(used) : ''} />
      <Figure text={sample?.utilization_percent != null ? percent(sample.utilization_percent / 100) : ''} />
    </>
  );
}

function stateWord(gpu: Gpu, trans: TranslationBundle): string {
  return {
    ok: '',
    lost: trans.__('Lost'),
    stalled: trans.__('Does not answer'),
    unreadable: trans.__('Cannot be read')
  }[gpu.state];
}

function GpuBody(props: IGpuProps): React.JSX.Element {
  const { gpu, isFoldable, on, sample, trans } = props;
  const absent = { ...gpu.absent, ...sample?.absent };
  const of = (part: string, whole: string) => trans.__('%1 of %2', part, whole);
  const used = sample?.memory_used_bytes ?? null;
  const total = gpu.memory_total_bytes;
  const busy = sample?.utilization_percent ?? null;
  if (gpu.state !== 'ok') {
    return (
      <>
        <p className="tfgpu-notice">
          {!isFoldable && <strong>{stateWord(gpu, trans)}. </strong>}
          {gpu.problem}
          {gpu.stalled_since_s !== null && ` ${trans.__('So since %1.', clock(gpu.stalled_since_s))}`}
        </p>
        {on && <Holders {...props} on={{ ...on, absent: null }} migUuid={null} />}
      </>
    );
  }
  return (
    <>
      <div className="tfgpu-meters">
        <Meter
          label={trans.__('Memory')}
          share={used !== null && total ? used / total : null}
          text={used !== null && total ? bytesOf(used, total, of) : ''}
          reason={absent['memory_used_bytes'] ?? absent['memory_total_bytes']}
          trans={trans}
        />
        <Meter
          label={trans.__('Utilisation')}
          share={busy !== null ? busy / 100 : null}
          text={busy !== null ? percent(busy / 100) : ''}
          reason={absent['utilization_percent']}
          trans={trans}
        />
      </div>
      <Small gpu={gpu} sample={sample} trans={trans} />
      <Untold
        trans={trans}
        absent={absent}
        labels={{
          name: trans.__('Name'),
          temperature_c: trans.__('Temperature'),
          power_w: trans.__('Power'),
          clock_sm_mhz: trans.__('Clock'),
          throttle_reasons: trans.__('What holds its clock back'),
          mig: trans.__('MIG instances')
        }}
      />
      {gpu.mig_enabled && !gpu.mig.length && !absent['mig'] && (
        <p>{trans.__('It is in MIG mode and has no instance: nothing can compute on it.')}</p>
      )}
      {on && <Holders {...props} on={on} migUuid={null} />}
      {gpu.mig.map(instance => {
        const now = sample?.mig.find(one => one.uuid === instance.uuid);
        const held = now?.memory_used_bytes ?? null;
        const whole = instance.memory_total_bytes;
        return (
          <div key={instance.uuid} className="tfgpu-mig" role="group" aria-label={migTitle(instance.index, trans)}>
            <h4 className="tfgpu-mig-name" title={instance.uuid}>
              {migTitle(instance.index, trans)}
            </h4>
            <p className="tfgpu-muted tfgpu-product">{instance.name}</p>
            <div className="tfgpu-meters">
              <Meter
                label={trans.__('Memory')}
                share={held !== null && whole ? held / whole : null}
                text={held !== null && whole ? bytesOf(held, whole, of) : ''}
                reason={now?.absent['memory_used_bytes'] ?? instance.absent['memory_total_bytes']}
                trans={trans}
              />
            </div>
            {on && <Holders {...props} on={on} migUuid={instance.uuid} />}
          </div>
        );
      })}
    </>
  );
}

const migTitle = (index: number, trans: TranslationBundle) => trans.__('MIG instance %1', index);

/** Temperature, power and clock in one line, and what holds the clock back. */
function Small(props: Pick<IGpuProps, 'gpu' | 'sample' | 'trans'>): React.JSX.Element {
  const { gpu, sample, trans } = props;
  const [power, limit] = [sample?.power_w ?? null, gpu.power_limit_w];
  const words = [
    sample?.temperature_c != null ? celsius(sample.temperature_c) : '',
    power !== null ? (limit ? trans.__('%1 of %2', Math.round(power), watts(limit)) : watts(power)) : '',
    sample?.clock_sm_mhz != null ? megahertz(sample.clock_sm_mhz) : ''
  ].filter(Boolean);
  const throttled = sample?.throttle_reasons ?? [];
  return (
    <>
      {words.length > 0 && <p className="tfgpu-muted tfgpu-numbers">{words.join(' · ')}</p>}
      {throttled.length > 0 && (
        <p className="tfgpu-muted">{trans.__('Its clock is held back: %1.', throttled.join(', '))}</p>
      )}
      {gpu.compute_mode === 'prohibited' && <p>{trans.__('Its compute mode lets nobody compute on it.')}</p>}
      {gpu.compute_mode === 'exclusive-process' && (
        <p className="tfgpu-muted">{trans.__('Its compute mode lets one process compute on it at a time.')}</p>
      )}
    </>
  );
}
