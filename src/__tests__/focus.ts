/** A kernel in front that a test chooses. */
import { Signal } from '@lumino/signaling';

import type { IFocus, IFocusedKernel } from '../model/focus';

export class FakeFocus implements IFocus {
  kernel: IFocusedKernel | null = null;
  readonly changed: Signal<IFocus, void> = new Signal<IFocus, void>(this);

  set(id: string | null, status: IFocusedKernel['status'] = 'idle'): void {
    this.kernel = id ? { id, status } : null;
    this.changed.emit();
  }
}
