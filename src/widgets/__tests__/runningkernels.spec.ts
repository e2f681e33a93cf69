/** The section of the Running panel: who is listed, what is said, and when it is asked. */
import { Signal } from '@lumino/signaling';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { trans } from '../../__tests__/render';
import type { KernelsModel } from '../../model/kernels';
import { RunningKernels } from '../runningkernels';

type Row = NonNullable<KernelsModel['rows']>[number];

const row = (changes: Partial<Row> = {}): Row => ({
  kernel_id: 'a',
  name: 'python3',
  path: 'work/train.ipynb',
  verdict: 'gpu',
  reason: 'TensorFlow computes on GPU:0.',
  gpu_memory_used_bytes: 3 * 1024 ** 3,
  ...changes
});

class FakeKernels {
  readonly changed = new Signal<this, void>(this);
  rows: Row[] | null = null;
  hold = vi.fn();
  release = vi.fn();
  refresh = vi.fn();
  shutDown = vi.fn(() => Promise.resolve());
}

let kernels: FakeKernels;
let section: RunningKernels;
const host = { isSeen: vi.fn(() => true), readGpus: vi.fn(), open: vi.fn() };

beforeEach(() => {
  vi.clearAllMocks();
  vi.useFakeTimers();
  kernels = new FakeKernels();
  host.isSeen.mockReturnValue(true);
  section = new RunningKernels(kernels as unknown as KernelsModel, host, trans);
});

afterEach(() => {
  vi.useRealTimers();
});

describe('an entry', () => {
  it('says which notebook, what it computes on and what it holds', () => {
    kernels.rows = [row()];
    const [item] = section.running();
    expect(item?.label()).toBe('✓ On the GPU · train.ipynb');
    expect(item?.labelTitle?.()).toBe('work/train.ipynb\nTensorFlow computes on GPU:0.');
    expect(item?.detail?.()).toBe('3.0 GiB of GPU memory');
  });

  it('says nothing of memory that is not known', () => {
    kernels.rows = [row({ gpu_memory_used_bytes: null })];
    expect(section.running()[0]?.detail?.()).toBe('');
  });

  it('opens its notebook, where it has one', () => {
    kernels.rows = [row(), row({ kernel_id: 'b', path: null })];
    const [one, other] = section.running();
    one?.open?.();
    expect(host.open).toHaveBeenCalledWith('a', 'work/train.ipynb');
    expect([other?.open, other?.label()]).toEqual([undefined, '✓ On the GPU · python3']);
  });

  it('shuts its kernel down', () => {
    kernels.rows = [row()];
    section.running()[0]?.shutdown?.();
    expect(kernels.shutDown).toHaveBeenCalledWith('a');
  });
});

describe('the section', () => {
  it('leaves out kernels that have nothing to do with a GPU, and shuts down no other', () => {
    const idle = row({ kernel_id: 'b', verdict: 'no-tensorflow', gpu_memory_used_bytes: null });
    const holder = row({ kernel_id: 'c', verdict: 'no-tensorflow', gpu_memory_used_bytes: 1 });
    kernels.rows = [row(), idle, holder];
    expect(section.running()).toHaveLength(2);
    section.shutdownAll();
    expect(kernels.shutDown.mock.calls).toEqual([['a'], ['c']]);
  });

  it('is empty before the first answer', () => {
    expect(section.running()).toEqual([]);
  });

  it('asks only while it is on the screen', () => {
    host.isSeen.mockReturnValue(false);
    section.running();
    vi.runAllTimers();
    expect([kernels.hold, host.readGpus].map(spy => spy.mock.calls.length)).toEqual([0, 0]);

    host.isSeen.mockReturnValue(true);
    section.running();
    section.running();
    vi.runAllTimers();
    expect(kernels.hold).toHaveBeenCalledOnce();
    expect(host.readGpus).toHaveBeenCalled();

    host.isSeen.mockReturnValue(false);
    kernels.changed.emit();
    expect(kernels.release).toHaveBeenCalledOnce();
  });

  it('tells the Running panel of each answer, and asks when it is told to', () => {
    const changed = vi.fn<() => void>();
    section.runningChanged.connect(() => changed());
    kernels.changed.emit();
    expect(changed).toHaveBeenCalledOnce();
    section.refreshRunning();
    expect(kernels.refresh).toHaveBeenCalledOnce();
  });
});
