/** Where the models of a kernel live: what looking costs is asked first; looked is only when the user wants it. */
import { Signal, type ISignal } from '@lumino/signaling';

import { ApiError, type IClient } from '../api/client';
import type { components } from '../api/types';
import type { KernelReport } from '../tokens';

type Offer = components['schemas']['PlacementOffer'];

/** What is known of one kernel. */
export interface IPlacementState {
  /** What looking means, whether it can be done now, and what was seen last; null until the first answer. */
  readonly offer: Offer | null;
  readonly isLooking: boolean;
  /** Why the last question failed; null when it did not. */
  readonly problem: ApiError | null;
}

const NOTHING: IPlacementState = { offer: null, isLooking: false, problem: null };

export class PlacementModel {
  constructor(private readonly client: IClient) {}

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** What is known of the kernel of a report. */
  state({ kernel_id: id }: KernelReport): IPlacementState {
    return this.of(id);
  }

  /** Ask what looking means, if the kernel may have become another since it was last asked: nothing is run in it. */
  async ask(report: KernelReport): Promise<void> {
    const { kernel_id: id, execution_state, live } = report;
    const moment = [execution_state, live?.pid, live?.execution_count, live?.followed?.execution_count].join();
    const asked = this.asked.get(id);
    if (asked?.moment === moment && (asked.failedAt === null || asked.failedAt === report.at_s)) {
      return;
    }
    this.asked.set(id, { moment, failedAt: null });
    try {
      const offer = await this.client.placement(id);
      const last = this.of(id).offer?.last;
      // The server remembers what was seen, not that the next cell is to be followed.
      const known = offer.last && offer.last.at_s === last?.at_s ? { ...offer, last } : offer;
      this.set(id, { offer: known, problem: null });
    } catch (reason) {
      this.asked.set(id, { moment, failedAt: report.at_s }); // the next report asks again
      this.set(id, { problem: ApiError.of(reason) });
    }
  }

  /** Look in the kernel now; with `follow` TensorFlow also notes what the next cell does. */
  async look({ kernel_id: id }: KernelReport, follow: boolean): Promise<void> {
    const { offer, isLooking } = this.of(id);
    if (!offer || isLooking) {
      return;
    }
    this.set(id, { isLooking: true });
    try {
      const last = await this.client.look(id, follow);
      this.set(id, { offer: { ...(this.of(id).offer ?? offer), last }, isLooking: false, problem: null });
    } catch (reason) {
      this.set(id, { isLooking: false, problem: ApiError.of(reason) });
    }
  }

  private of(id: string): IPlacementState {
    return this.known.get(id) ?? NOTHING;
  }

  private set(id: string, changes: Partial<IPlacementState>): void {
    this.known.set(id, { ...this.of(id), ...changes });
    this._changed.emit();
  }

  /** When each was last asked about; `failedAt`: the time of the report for which there was no answer. */
  private readonly asked = new Map<string, { moment: string; failedAt: number | null }>();
  private readonly known = new Map<string, IPlacementState>();
  private readonly _changed = new Signal<this, void>(this);
}
