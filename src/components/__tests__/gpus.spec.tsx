/** The GPUs, or why there are none. */
import * as React from 'react';
import { describe, expect, it, vi } from 'vitest';

import { GIB, process, processes } from '../../__tests__/machine';
import { render, trans } from '../../__tests__/render';
import { gpu, GPU_UUID, gpus, KERNEL, sample } from '../../__tests__/samples';
import { GpuList, type IGpusProps } from '../gpus';

const list = (props: Partial<IGpusProps> = {}) => (
  <GpuList
    gpus={gpus()}
    latest={sample()}
    problem=""
    frontKernelId={KERNEL}
    frontUuids={[]}
    onShutDown={vi.fn()}
    trans={trans}
    {...props}
  />
);

/** A machine with so many GPUs, all alike unless named. */
const many = (count: number, changes: (index: number) => Parameters<typeof gpu>[0] = () => ({})) =>
  gpus({
    devices: Array.from({ length: count }, (_, index) => gpu({ index, uuid: `GPU-${index}`, ...changes(index) }))
  });

const order = (screen: Awaited<ReturnType<typeof render>>) =>
  screen.all('article').map(node => node.getAttribute('aria-label'));

describe('the GPUs of this machine', () => {
  it('are being asked for until there is an answer, and after some seconds that is said', async () => {
    vi.useFakeTimers();
    const screen = await render(list({ gpus: null, latest: null }));
    expect(screen.get('region', 'GPUs of this machine').textContent).toContain('Asking the driver…');
    expect(screen.text).not.toContain('There is no answer yet');
    await React.act(async () => vi.advanceTimersByTime(6000));
    expect(screen.text).toContain('There is no answer yet. The server may be busy');
    vi.useRealTimers();
  });

  it('are not being asked for once there is a problem instead', async () => {
    const screen = await render(list({ gpus: null, latest: null, problem: 'The server cannot be reached.' }));
    expect(screen.get('status').textContent).toBe('The server cannot be reached.');
    expect(screen.text).not.toContain('Asking');
  });

  it('that are known stay beside a problem', async () => {
    const screen = await render(list({ problem: 'The server cannot be reached.' }));
    expect(screen.get('status').textContent).toBe('The server cannot be reached.');
    expect(screen.get('article', 'GPU 0').textContent).toContain('NVIDIA H200');
  });

  it('that are none say why', async () => {
    const screen = await render(list({ gpus: gpus({ devices: [], error: 'There is no NVIDIA driver.' }) }));
    expect(screen.text).toContain('There is no NVIDIA driver.');
    expect(screen.all('article')).toHaveLength(0);
  });

  it('whose driver does not answer say so beside what is known', async () => {
    const error = 'The NVIDIA driver has not answered since 10:00:00: these values are old.';
    const screen = await render(list({ gpus: gpus({ error }) }));
    expect(screen.text).toContain(error);
    expect(screen.get('article', 'GPU 0')).toBeTruthy();
  });

  it('have a driver with its versions', async () => {
    const screen = await render(list());
    expect(screen.text).toContain('Driver 550.54.14 · CUDA up to 12.4');
    const why = 'The driver gave up waiting.';
    const without = { ...gpus().driver, driver_version: null, absent: { driver_version: why } };
    await screen.show(list({ gpus: gpus({ driver: without }) }));
    expect(screen.text).not.toContain('Driver');
    expect(screen.text).toContain(`Version of the driver: ${why}`);
  });

  it('have their name once when they are alike, and each its own when they are not', async () => {
    const screen = await render(list({ gpus: many(8) }));
    expect(screen.text.match(/NVIDIA H200/g)).toHaveLength(1);
    expect(screen.text).toContain('8 × NVIDIA H200');
    await screen.show(list({ gpus: many(2, index => ({ name: `GPU of kind ${index}` })) }));
    expect(screen.get('article', 'GPU 1').textContent).toContain('GPU of kind 1');
    expect(screen.text).not.toContain('×');
  });
});

it('draws anew only the GPUs of which something has changed', async () => {
  const words = vi.spyOn(trans, '__');
  const drawn = () => words.mock.calls.flatMap(([text, index]) => (text === 'GPU %1' ? [index as number] : []));
  const devices = many(8);
  const of = (percents: number[]) =>
    percents.map((utilization_percent, index) => sample({ uuid: `GPU-${index}`, utilization_percent }).gpus[0]!);
  const before = { ...sample(), gpus: of([1, 2, 3, 4, 5, 6, 7, 8]) };
  const onShutDown = () => undefined;
  const screen = await render(list({ gpus: devices, latest: before, onShutDown }));
  words.mockClear();
  const latest = {
    ...before,
    gpus: before.gpus.map((one, index) => (index === 5 ? of([1, 2, 3, 4, 5, 60])[5]! : one))
  };
  await screen.show(list({ gpus: { ...devices, seq: 2 }, latest, onShutDown }));
  expect(drawn()).toEqual([5]);
  expect(screen.get('article', 'GPU 5').textContent).toContain('60 %');
});

describe('many GPUs', () => {
  it('are rows that say what is in them and unfold', async () => {
    const latest = { ...sample(), gpus: [{ ...sample({ uuid: 'GPU-3' }).gpus[0]! }] };
    const screen = await render(list({ gpus: many(16), latest }));
    expect(screen.all('meter')).toHaveLength(0);
    const name = 'GPU 3, 2.0 GiB of 8.0 GiB in use, utilisation 37 %';
    expect(screen.get('button', name).getAttribute('aria-expanded')).toBe('false');
    await screen.click('button', name);
    expect(screen.get('button', name).getAttribute('aria-expanded')).toBe('true');
    expect(screen.all('meter')).toHaveLength(2);
    await screen.click('button', name);
    expect(screen.all('meter')).toHaveLength(0);
  });

  it('are open cards as long as they are few', async () => {
    const screen = await render(list({ gpus: many(2) }));
    expect(screen.all('button').map(node => node.textContent)).toEqual(['GPUs of this machine']);
  });

  it('begin with those of the kernel in front, open and marked, and keep their order otherwise', async () => {
    const on = processes({ uuid: 'GPU-2', processes: [process()] });
    const screen = await render(list({ gpus: { ...many(4), processes: [on] } }));
    expect(order(screen)).toEqual(['GPU 2', 'GPU 0', 'GPU 1', 'GPU 3']);
    expect(screen.get('button', 'GPU 2, used by this kernel').getAttribute('aria-expanded')).toBe('true');
    expect(screen.get('article', 'GPU 2').textContent).toContain('train.ipynb');
    expect(screen.get('article', 'GPU 0').textContent).not.toContain('◆');
  });

  it('of the kernel in front are also those that its report names', async () => {
    const screen = await render(list({ gpus: many(4), frontUuids: ['GPU-1'] }));
    expect(order(screen)[0]).toBe('GPU 1');
  });

  it('are nobody in particular without a kernel in front', async () => {
    const on = processes({ uuid: 'GPU-2', processes: [process({ kernel_id: null, owner: 'user', path: null })] });
    const screen = await render(list({ gpus: { ...many(4), processes: [on] }, frontKernelId: null }));
    expect(order(screen)[0]).toBe('GPU 0');
    expect(screen.text).not.toContain("this kernel's");
  });

  it('are open where something is wrong, and say what', async () => {
    const wrong = { state: 'lost', problem: 'It has fallen off the bus. Restart the machine.' } as const;
    const screen = await render(list({ gpus: many(8, index => (index === 5 ? wrong : {})) }));
    expect(screen.get('button', 'GPU 5, Lost').getAttribute('aria-expanded')).toBe('true');
    expect(screen.get('article', 'GPU 5').textContent).toContain('It has fallen off the bus. Restart the machine.');
    expect(screen.get('button', 'GPU 4').getAttribute('aria-expanded')).toBe('false');
  });
});

describe('shutting a kernel down', () => {
  it('is asked for with the name and with what the kernel holds on all GPUs together', async () => {
    const onShutDown = vi.fn();
    const devices = [gpu(), gpu({ index: 1, uuid: 'GPU-1' })];
    const both = [processes(), processes({ uuid: 'GPU-1', processes: [process({ memory_used_bytes: 3 * GIB })] })];
    const screen = await render(list({ gpus: gpus({ devices, processes: both }), onShutDown }));
    React.act(() => screen.all('button', 'Shut down the kernel of train.ipynb')[0]!.click());
    expect(onShutDown.mock.calls).toEqual([[{ kernelId: KERNEL, name: 'train.ipynb', memoryBytes: 15 * GIB }]]);
  });

  it('frees an unknown amount when one of its processes does not tell', async () => {
    const onShutDown = vi.fn();
    const both = [process(), process({ pid: 124, memory_used_bytes: null })];
    const on = processes({ uuid: GPU_UUID, processes: both });
    const screen = await render(list({ gpus: gpus({ processes: [on] }), onShutDown }));
    await screen.click('button', 'Shut down the kernel of train.ipynb');
    expect(onShutDown.mock.calls).toMatchObject([[{ memoryBytes: null }]]);
  });
});
