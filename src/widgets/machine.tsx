/** Binds the models of the machine to its views: GPUs, charts, kernels and the timeline. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ISignal } from '@lumino/signaling';
import * as React from 'react';

import { Charts } from '../components/charts';
import { GpuList } from '../components/gpus';
import { KernelList } from '../components/kernels';
import { fileOf } from '../components/names';
import { Timeline } from '../components/timeline';
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

export function Machine(props: { models: IModels; machine: IMachine; trans: TranslationBundle }): React.JSX.Element {
  const { trans } = props;
  const { kernel, kernels, open } = props.models;
  const { events, gpus } = props.machine;
  useSignals([kernel.changed, gpus.changed, kernels.changed, events.changed]);
  const { report } = kernel.state;
  const frontKernelId = report?.kernel_id ?? null;
  const state = gpus.state;
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
  return (
    <>
      <GpuList
        gpus={state.gpus}
        latest={state.latest}
        problem={problemOf(state.problem, state.gpus !== null)}
        frontKernelId={frontKernelId}
        frontUuids={report?.binding?.gpus.map(gpu => gpu.uuid) ?? []}
        onShutDown={request => void confirmShutDown(request, id => kernels.shutDown(id), trans)}
        trans={trans}
      />
      <Charts gpus={state.gpus} history={state.history} trans={trans} />
      <KernelList
        rows={kernels.rows}
        problem={problemOf(kernels.problem, kernels.rows !== null)}
        frontKernelId={frontKernelId}
        onOpen={open}
        trans={trans}
      />
      <Timeline
        events={events.events}
        problem={problemOf(events.problem, events.events !== null)}
        nameOf={id => {
          const path = kernels.rows?.find(row => row.kernel_id === id)?.path;
          return path ? fileOf(path) : null;
        }}
        trans={trans}
      />
    </>
  );
}
