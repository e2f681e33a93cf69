/** What the server offers to do for a kernel, asked when it may have become another thing. */
import { Signal, type ISignal } from '@lumino/signaling';

import type { components } from '../api/types';
import type { KernelReport } from '../tokens';
import type { Reports } from './reports';

type Offer = components['schemas']['ActionOffer'];

export class OffersModel {
  constructor(private readonly reports: Reports) {}

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The latest offers for the kernel of a report, and a question for newer ones if they may be others by now. */
  of(report: KernelReport): readonly Offer[] {
    const { kernel_id: id, verdict, live } = report;
    const moment = [verdict, live?.pid, live?.tensorflow?.context, report.findings.map(one => one.id)].join();
    if (this.asked.get(id) !== moment) {
      this.asked.set(id, moment);
      void this.ask(id);
    }
    return this.known.get(id) ?? [];
  }

  /** Ask and wait: for a command, which has no view that shows them. */
  async ask(kernelId: string): Promise<readonly Offer[]> {
    let offers: readonly Offer[] = [];
    try {
      ({ offers } = await this.reports.client.actions(kernelId));
    } catch (reason) {
      console.warn('TFGPU Lab has no offers for this kernel:', reason);
    }
    this.known.set(kernelId, offers);
    this._changed.emit();
    return offers;
  }

  private readonly asked = new Map<string, string>();
  private readonly known = new Map<string, readonly Offer[]>();
  private readonly _changed = new Signal<this, void>(this);
}
