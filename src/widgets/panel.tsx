/** Binds the models to the panel's view; loaded when the panel is first shown. */
import { Clipboard, ReactWidget, UseSignal } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { PanelView } from '../components/panel';
import type { BenchmarkModel } from '../model/benchmark';
import type { GpusModel } from '../model/gpus';
import type { KernelModel } from '../model/kernel';
import { sentence } from './problem';

/** What the panel shows and acts upon. */
export interface IModels {
  kernel: KernelModel;
  gpus: GpusModel;
  benchmark: BenchmarkModel;
}

export class PanelBody extends ReactWidget {
  constructor(
    private readonly models: IModels,
    private readonly trans: TranslationBundle
  ) {
    super();
    this.addClass('tfgpu-panel-body');
  }

  protected render(): React.JSX.Element {
    const { kernel, gpus, benchmark } = this.models;
    return (
      <UseSignal signal={kernel.changed}>
        {() => (
          <UseSignal signal={gpus.changed}>
            {() => <UseSignal signal={benchmark.changed}>{() => this.view()}</UseSignal>}
          </UseSignal>
        )}
      </UseSignal>
    );
  }

  private view(): React.JSX.Element {
    const { trans } = this;
    const { kernel, gpus, benchmark } = this.models;
    const { report } = kernel.state;
    const id = report?.kernel_id ?? null;
    const job = benchmark.state(id);
    return (
      <PanelView
        kernel={{ ...kernel.state, problem: sentence(kernel.state.problem, trans) }}
        gpus={{
          gpus: gpus.state.gpus,
          latest: gpus.state.latest,
          problem: sentence(gpus.state.problem, trans)
        }}
        benchmark={{
          job: job.job,
          pending: job.pending,
          problem: sentence(job.problem, trans),
          disabled: this.whyNoBenchmark(),
          onRun: () => id && void benchmark.start(id),
          onCancel: () => id && void benchmark.cancel(id)
        }}
        onCheckAgain={() => void kernel.checkAgain()}
        onCopy={text => Clipboard.copyToSystem(text)}
        trans={trans}
      />
    );
  }

  private whyNoBenchmark(): string {
    const { report } = this.models.kernel.state;
    if (!report) {
      return this.trans.__('It needs a kernel: open a notebook or a console.');
    }
    return report.verdict === 'no-tensorflow'
      ? this.trans.__("There is no TensorFlow in this kernel's environment.")
      : '';
  }
}
