/** What is to be measured, and where. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { components } from '../api/types';
import { useChoice } from './choices';
import { useHandover } from './handover';

/** A request without its kernel. */
export type IBenchmarkChoice = Partial<Omit<components['schemas']['BenchmarkRequest'], 'kernel_id'>>;

const ALL = 'all';

export interface IBenchmarkFormProps {
  /** TensorFlow's names for the kernel's GPUs, as far as they are known. */
  gpus: readonly string[];
  isBlocked: boolean;
  /** The id of the text that says why; undefined when it can be run. */
  describedBy: string | undefined;
  isUnderWay: boolean;
  onRun: (choice: IBenchmarkChoice) => void;
  onCancel: () => void;
  trans: TranslationBundle;
}

export function BenchmarkForm(props: IBenchmarkFormProps): React.JSX.Element {
  const { gpus, isBlocked, isUnderWay, trans } = props;
  const [device, setDevice] = useChoice<string>('benchmark:device', ALL);
  const [what, setWhat] = useChoice<string>('benchmark:what', 'quick');
  const devices = ['CPU:0', ...gpus];
  // A choice of another kernel's GPU is none here.
  const chosen = devices.includes(device) ? device : ALL;
  const runButton = React.useRef<HTMLButtonElement>(null);
  const run = () => props.onRun({ ...WHAT[what in WHAT ? what : 'quick'], device: chosen === ALL ? null : chosen });
  return (
    <>
      <div className="tfgpu-benchmark-form">
        <label>
          {trans.__('Device')}{' '}
          <select value={chosen} onChange={event => setDevice(event.target.value)}>
            <option value={ALL}>{gpus.length ? trans.__('CPU and GPUs') : trans.__('All devices')}</option>
            {devices.map(name => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label>
          {trans.__('Measure')}{' '}
          <select value={what in WHAT ? what : 'quick'} onChange={event => setWhat(event.target.value)}>
            <option value="quick">{trans.__('Best size (seconds)')}</option>
            <option value="sweep">{trans.__('All sizes (up to a minute)')}</option>
            <option value="modes">{trans.__('Eager, tf.function, XLA')}</option>
          </select>
        </label>
      </div>
      <div className="tfgpu-row tfgpu-actions">
        <button
          ref={runButton}
          type="button"
          className="tfgpu-button tfgpu-primary"
          aria-disabled={isBlocked}
          aria-describedby={props.describedBy}
          onClick={isBlocked ? undefined : run}
        >
          {trans.__('Run benchmark')}
        </button>
        {isUnderWay && <Cancel next={runButton} onClick={props.onCancel} trans={trans} />}
      </div>
    </>
  );
}

/** It goes away when the benchmark has ended. */
function Cancel(props: {
  next: React.RefObject<HTMLElement>;
  onClick: () => void;
  trans: TranslationBundle;
}): React.JSX.Element {
  const own = useHandover<HTMLButtonElement>(props.next);
  return (
    <button ref={own} type="button" className="tfgpu-button" onClick={props.onClick}>
      {props.trans.__('Cancel')}
    </button>
  );
}

const WHAT: Record<string, IBenchmarkChoice> = {
  quick: {},
  sweep: { sweep: true },
  modes: { modes: ['eager', 'function', 'xla'] }
};
