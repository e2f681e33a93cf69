/** What other extensions read and add, over the models that our own views use. */
import { DisposableDelegate, type IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';

import type { IFindingProvider, IMetric, ITfGpu, KernelReport } from '../tokens';
import type { KernelModel } from './kernel';
import type { Reports } from './reports';

export class TfGpu implements ITfGpu {
  constructor(
    private readonly kernel: Pick<KernelModel, 'report' | 'changed' | 'refresh'>,
    private readonly reports: Reports
  ) {
    kernel.changed.connect(() => this._changed.emit(), this);
    reports.verdictChanged.connect((_, report) => this._verdictChanged.emit(report), this);
    reports.providersChanged.connect(() => this.kernel.refresh(), this);
  }

  get report(): KernelReport | null {
    return this.kernel.report;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get verdictChanged(): ISignal<this, KernelReport> {
    return this._verdictChanged;
  }

  get metrics(): readonly IMetric[] {
    return [...this.added.values()];
  }

  refresh(): void {
    this.kernel.refresh();
  }

  reportOf(kernelId: string): KernelReport | null {
    return this.reports.of(kernelId);
  }

  ask(kernelId: string): Promise<KernelReport> {
    return this.reports.client.kernel(kernelId);
  }

  addFindings(provider: IFindingProvider): IDisposable {
    return this.reports.add(provider);
  }

  addMetric(metric: IMetric): IDisposable {
    this.added.set(metric.id, metric);
    this._changed.emit();
    return new DisposableDelegate(() => {
      if (this.added.get(metric.id) === metric) {
        this.added.delete(metric.id);
        this._changed.emit();
      }
    });
  }

  private readonly added = new Map<string, IMetric>();
  private readonly _changed = new Signal<this, void>(this);
  private readonly _verdictChanged = new Signal<this, KernelReport>(this);
}
