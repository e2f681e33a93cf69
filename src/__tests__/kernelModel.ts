/** A kernel model on a clock that the test turns, with a client and a focus of the test's own. */
import { afterEach, beforeEach, vi } from 'vitest';

import { KernelModel } from '../model/kernel';
import { FakeClient } from './client';
import { FakeFocus } from './focus';
import { report } from './samples';

export const MINUTE_MS = 60_000;

/** Let what is due happen. */
export const settle = (milliseconds = 0) => vi.advanceTimersByTimeAsync(milliseconds);

/** What a test of the model has, anew for each; call it once at the top of a file. */
export function kernelModel() {
  const made = {
    client: new FakeClient(),
    focus: new FakeFocus(),
    model: null as unknown as KernelModel,
    /** Bring a kernel to the front and answer its first question. */
    async known(id = 'a'): Promise<void> {
      made.focus.set(id);
      await settle();
      made.client.last.answer(report({ kernel_id: id }));
      await settle();
    }
  };
  beforeEach(() => {
    vi.useFakeTimers();
    made.client = new FakeClient();
    made.focus = new FakeFocus();
    made.model = new KernelModel(made.client, made.focus);
  });
  afterEach(() => {
    made.model.dispose();
    vi.useRealTimers();
  });
  return made;
}
