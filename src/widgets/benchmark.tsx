/** Binds the benchmark's model to its view. */
import { Clipboard } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { BenchmarkCard } from '../components/benchmark';
import type { BenchmarkModel } from '../model/benchmark';
import type { KernelReport } from '../tokens';
import { useSignals } from './machine';
import { sentence } from './problem';

/** The benchmark of the kernel with this report; null: no kernel. */
export function Benchmark(props: {
  model: BenchmarkModel;
  report: KernelReport | null;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { model, report, trans } = props;
  useSignals([model.changed]);
  const id = report?.kernel_id ?? null;
  React.useEffect(() => {
    if (id) {
      void model.look(id);
    }
  }, [model, id]);
  const state = model.state(id);
  return (
    <BenchmarkCard
      job={state.job}
      pending={state.pending}
      problem={sentence(state.problem, trans)}
      disabled={whyNot(report, trans)}
      gpus={gpusOf(report)}
      history={state.history ?? []}
      historyProblem={state.historyProblem}
      cell={report?.live?.tensorflow?.logical_devices?.length ? state.cell : ''}
      onRun={choice => void (id && model.start(id, choice))}
      onCancel={() => void (id && model.cancel(id))}
      onCopy={text => Clipboard.copyToSystem(text)}
      trans={trans}
    />
  );
}

function whyNot(report: KernelReport | null, trans: TranslationBundle): string {
  if (!report) {
    return trans.__('It needs a kernel: open a notebook or a console.');
  }
  return report.verdict === 'no-tensorflow' ? trans.__("There is no TensorFlow in this kernel's environment.") : '';
}

/** The GPUs as TensorFlow lists them in the kernel, else as CUDA lists them for it. */
function gpusOf(report: KernelReport | null): string[] {
  const listed = report?.live?.tensorflow?.physical_devices?.filter(name => name.includes('GPU:'));
  const count = listed?.length ?? report?.environment?.cuda?.devices.length ?? 0;
  return Array.from({ length: count }, (_, index) => `GPU:${index}`);
}
