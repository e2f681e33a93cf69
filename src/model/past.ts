/** How much of the GPUs' past the charts can show: the user's setting, the same for all views. */
import { Signal, type ISignal } from '@lumino/signaling';

export class Past {
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get minutes(): number {
    return this._minutes;
  }

  set minutes(minutes: number) {
    if (minutes !== this._minutes) {
      this._minutes = minutes;
      this._changed.emit();
    }
  }

  private readonly _changed = new Signal<this, void>(this);
  private _minutes = 10;
}
