/** What other extensions read and add. */
import { Signal } from '@lumino/signaling';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { FakeClient } from '../../__tests__/client';
import { finding, KERNEL, report } from '../../__tests__/samples';
import type { KernelReport } from '../../tokens';
import { Reports } from '../reports';
import { TfGpu } from '../tfgpu';

class FakeKernel {
  report: KernelReport | null = null;
  readonly changed = new Signal<never, void>(this as never);
  refresh = vi.fn();
}

let client: FakeClient;
let kernel: FakeKernel;
let tfgpu: TfGpu;

beforeEach(() => {
  client = new FakeClient();
  kernel = new FakeKernel();
  tfgpu = new TfGpu(kernel, new Reports(client));
});

it('the kernel in front is the one of our own views', () => {
  const changed = vi.fn<() => void>();
  tfgpu.changed.connect(() => changed());
  kernel.report = report();
  kernel.changed.emit();
  expect(changed).toHaveBeenCalledOnce();
  expect(tfgpu.report).toBe(kernel.report);
  tfgpu.refresh();
  expect(kernel.refresh).toHaveBeenCalledOnce();
});

it('any kernel can be asked about, and is remembered and told', async () => {
  const changed = vi.fn<(id: string) => void>();
  tfgpu.verdictChanged.connect((_, { kernel_id }) => changed(kernel_id));
  expect(tfgpu.reportOf(KERNEL)).toBeNull();
  const asked = tfgpu.ask(KERNEL);
  client.last.answer(report());
  expect((await asked).kernel_id).toBe(KERNEL);
  expect(tfgpu.reportOf(KERNEL)?.verdict).toBe('gpu');
  expect(changed.mock.calls).toEqual([[KERNEL]]);
});

describe('what is added', () => {
  it('is asked for at once, and when it ends', () => {
    const added = tfgpu.addFindings({ id: 'a', find: () => [finding()] });
    expect(kernel.refresh).toHaveBeenCalledOnce();
    added.dispose();
    expect(kernel.refresh).toHaveBeenCalledTimes(2);
  });

  it('as a metric stands in its order until it ends', () => {
    const changed = vi.fn<() => void>();
    tfgpu.changed.connect(() => changed());
    const metric = (id: string) => ({ id, label: id, value: () => '1' });
    const added = tfgpu.addMetric(metric('a'));
    tfgpu.addMetric(metric('b'));
    expect(tfgpu.metrics.map(one => one.id)).toEqual(['a', 'b']);
    added.dispose();
    added.dispose();
    expect(tfgpu.metrics.map(one => one.id)).toEqual(['b']);
    expect(changed).toHaveBeenCalledTimes(3);
  });
});
