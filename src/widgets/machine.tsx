/** Binds the models of the machine to its views: GPUs, charts, kernels and the timeline. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ISignal } from '@lumino/signaling';
import * as React from 'react';

import { Charts } from '../components/charts';
import { GpuList } from '../components/gpus';
import type { IShutDownRequest } from '../components/holders';
import { KernelList } from '../components/kernels';
import { fileOf } from '../components/names';
import { Timeline } from '../components/timeline';
import { unitsInUse } from '../format';
import type { IMachine } from '../model/machine';
import type { IModels } from './panel';
import { isOfServer, sentence, type Problem } from './problem';
import { confirmShutDown } from './shutdown';

/** Renders anew whenever one of the signals says so. */
export function useSignals(signals: readonly ISignal<unknown, void>[]): void {
  const [, renew] = React.useReducer((count: number) => count + 1, 0);
  React.useEffect(() => {
    signals.forEach(signal => signal.connect(renew));
    return () => signals.forEach(signal => signal.disconnect(renew));
  }, signals);
}

export interface IMachineProps {
  models: IModels;
  machine: IMachine;
  trans: TranslationBundle;
}

/** Each part is drawn anew only when what it shows has changed: the machine is read every second or two. */
export const Machine = React.memo(function Machine(props: IMachineProps): React.JSX.Element {
  const { trans } = props;
  const { kernel, kernels, open, past } = props.models;
  const { events, gpus } = props.machine;
  useSignals([kernel.changed, gpus.changed, kernels.changed, events.changed, past.changed]);
  const { report } = kernel.state;
  const frontKernelId = report?.kernel_id ?? null;
  const state = gpus.state;
  const { rows } = kernels;
  const onShutDown = React.useCallback(
    (request: IShutDownRequest) => void confirmShutDown(request, id => kernels.shutDown(id), trans),
    [kernels, trans]
  );
  const nameOf = React.useCallback(
    (id: string) => {
      const path = rows?.find(row => row.kernel_id === id)?.path;
      return path ? fileOf(path) : null;
    },
    [rows]
  );
  // What is wrong with the server is said once: at the kernel, else at the first part below.
  let isSaid = isOfServer(kernel.state.problem);
  const problemOf = (problem: Problem, isKnown: boolean) => {
    if (!isOfServer(problem)) {
      return sentence(problem, trans);
    }
    const isNews = !isSaid;
    isSaid = true;
    return isNews ? sentence(problem, trans) : isKnown ? '' : trans.__('Not known: the server gave no answer.');
  };
  // What was written in other units is written anew. (The charts see to that themselves: they may be paused.)
  const units = unitsInUse();
  return (
    <>
      <GpuList
        key={`gpus ${units}`}
        gpus={state.gpus}
        latest={state.latest}
        problem={problemOf(state.problem, state.gpus !== null)}
        frontKernelId={frontKernelId}
        frontUuids={report?.binding?.gpus.map(gpu => gpu.uuid) ?? []}
        onShutDown={onShutDown}
        trans={trans}
      />
      <Charts gpus={state.gpus} history={state.history} mostMinutes={past.minutes} trans={trans} />
      <KernelList
        key={`kernels ${units}`}
        rows={rows}
        problem={problemOf(kernels.problem, rows !== null)}
        frontKernelId={frontKernelId}
        onOpen={open}
        trans={trans}
      />
      <Timeline
        events={events.events}
        problem={problemOf(events.problem, events.events !== null)}
        nameOf={nameOf}
        trans={trans}
      />
    </>
  );
});
