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

/** When a kernel was last asked about. */
interface IAsked {
  readonly moment: string;
  /** The time of the report whose answer is not final: the next report asks again. Null for one that is. */
  openSince: number | null;
}

/** Of so many kernels what was learned is kept, those that were asked about last: others may be long gone. */
const REMEMBERED = 50;

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
    const { at_s, kernel_id: id, execution_state, live } = report;
    const moment = [execution_state, live?.pid, live?.execution_count, live?.followed?.execution_count].join();
    const before = this.asked.get(id);
    const isSame = before?.moment === moment && (before.openSince === null || before.openSince === at_s);
    if (isSame || this.of(id).isLooking) {
      return; // looking makes the kernel busy, which is no reason against it
    }
    const asked: IAsked = { moment, openSince: null };
    this.asked.set(id, asked);
    const answer = await this.client.placement(id).catch(ApiError.of);
    if (this.asked.get(id) !== asked) {
      return; // asked anew meanwhile
    }
    if (answer instanceof ApiError) {
      asked.openSince = at_s;
      this.set(id, { problem: answer });
      return;
    }
    if (!live || (!answer.possible && execution_state === 'idle')) {
      asked.openSince = at_s; // that may change without a sign
    }
    const last = this.of(id).offer?.last;
    // The server remembers what was seen, not that the next cell is to be followed.
    const offer = answer.last && answer.last.at_s === last?.at_s ? { ...answer, last } : answer;
    this.set(id, { offer, problem: null });
  }

  /** Look in the kernel now; with `follow` TensorFlow also notes what the next cell does. */
  async look({ kernel_id: id }: KernelReport, follow: boolean): Promise<void> {
    const { offer, isLooking } = this.of(id);
    if (!offer || isLooking) {
      return;
    }
    this.asked.delete(id); // what is still to be answered is of before
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
    const state = { ...this.of(id), ...changes };
    this.known.delete(id); // the newest stands last
    this.known.set(id, state);
    for (const old of [...this.known.keys()].slice(0, -REMEMBERED)) {
      this.known.delete(old);
      this.asked.delete(old);
    }
    this._changed.emit();
  }

  private readonly asked = new Map<string, IAsked>();
  private readonly known = new Map<string, IPlacementState>();
  private readonly _changed = new Signal<this, void>(this);
}
