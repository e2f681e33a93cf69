/** Binds the models to the panel's view; loaded when the panel is first shown. */
import { Clipboard, ReactWidget, UseSignal } from '@jupyterlab/apputils';
import type { IStateDB } from '@jupyterlab/statedb';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import * as React from 'react';

import { ChoicesContext } from '../components/choices';
import { PanelView } from '../components/panel';
import type { BenchmarkModel } from '../model/benchmark';
import type { KernelModel } from '../model/kernel';
import type { KernelsModel } from '../model/kernels';
import { machineOf, type IMachine } from '../model/machine';
import type { Past } from '../model/past';
import type { Reports } from '../model/reports';
import type { TfGpu } from '../model/tfgpu';
import { addSheet } from '../sheet';
import { Benchmark } from './benchmark';
import { VersionFit } from './fit';
import { type IFixing, WithFixes } from './fixdesk';
import { Machine } from './machine';
import { Placement } from './placement';
import { sentence } from './problem';
import { SHEETS } from './sheets';

addSheet(...SHEETS);

/** What the panel shows and acts upon. */
export interface IModels {
  kernel: KernelModel;
  kernels: KernelsModel;
  /** What carries fixes out: one for all, made when it is first asked for. */
  fixing: () => Promise<IFixing>;
  reports: Reports;
  tfgpu: TfGpu;
  benchmark: BenchmarkModel;
  /** How far back the charts go. */
  past: Past;
  /** Where the arrangement of the views is kept; null: nowhere. */
  database: IStateDB | null;
  /** Brings a kernel's notebook or console to the front. */
  open: (kernelId: string, path: string) => void;
}

export class PanelBody extends ReactWidget {
  constructor(
    private readonly models: IModels,
    private readonly trans: TranslationBundle
  ) {
    super();
    this.addClass('tfgpu-panel-body');
    this.machine = machineOf(models.reports.client, models.database, models.past);
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.look();
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    if (this.isVisible) {
      this.look();
    }
  }

  protected override onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this.leave();
  }

  protected override onBeforeDetach(message: Message): void {
    this.leave();
    super.onBeforeDetach(message);
  }

  protected render(): React.JSX.Element {
    const { kernel, fixing, reports, tfgpu } = this.models;
    const { choices } = this.machine;
    const view = () => (
      <ChoicesContext.Provider value={{ get: key => choices.get(key), set: (key, choice) => choices.set(key, choice) }}>
        {this.view()}
      </ChoicesContext.Provider>
    );
    return (
      <WithFixes tfgpu={tfgpu} fixing={fixing}>
        <VersionFit ask={() => reports.client.version()} trans={this.trans} />
        <UseSignal signal={kernel.changed}>{() => <UseSignal signal={choices.changed}>{view}</UseSignal>}</UseSignal>
      </WithFixes>
    );
  }

  private view(): React.JSX.Element {
    const { trans } = this;
    const { kernel } = this.models;
    const { report } = kernel.state;
    return (
      <PanelView
        kernel={{ ...kernel.state, problem: sentence(kernel.state.problem, trans) }}
        placement={
          <Placement model={this.machine.placement} report={report} isSeen={() => this.isHeld} trans={trans} />
        }
        machine={<Machine models={this.models} machine={this.machine} trans={trans} />}
        benchmark={<Benchmark model={this.models.benchmark} report={report} trans={trans} />}
        onCheckAgain={() => void kernel.checkAgain()}
        onCopy={text => Clipboard.copyToSystem(text)}
        trans={trans}
      />
    );
  }

  /** What is asked on a clock while somebody looks; all views share it. */
  private get watched(): { hold: () => void; release: () => void }[] {
    return [this.models.kernel, this.models.kernels, this.machine.gpus, this.machine.events];
  }

  private look(): void {
    if (!this.isHeld) {
      this.isHeld = true;
      this.watched.forEach(model => model.hold());
    }
  }

  private leave(): void {
    if (this.isHeld) {
      this.isHeld = false;
      this.watched.forEach(model => model.release());
    }
  }

  private readonly machine: IMachine;
  private isHeld = false;
}
