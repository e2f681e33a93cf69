/** The lines of facts under the verdict. */
import * as React from 'react';
import { describe, expect, it } from 'vitest';

import { GIB } from '../../__tests__/machine';
import { render, trans } from '../../__tests__/render';
import { GPU_UUID, report } from '../../__tests__/samples';
import { Facts } from '../facts';

type Report = ReturnType<typeof report>;
type Execution = NonNullable<Report['last_execution']>;
type Use = NonNullable<Report['binding']>['gpus'][number];

const facts = (changes: Partial<Report>) => <Facts report={report(changes)} trans={trans} />;

/** What the agent says, as far as a test is about it. */
const live = (tensorflow: object, variables: Record<string, string> = {}) =>
  ({
    tensorflow: { physical_devices: ['/physical_device:GPU:0'], ...tensorflow },
    variables
  }) as unknown as NonNullable<Report['live']>;

const use = (changes: Partial<Use> = {}): Use => ({
  uuid: GPU_UUID,
  index: 0,
  mig_uuid: null,
  tensorflow_device: 'GPU:0',
  pids: [1],
  memory_used_bytes: 70 * GIB,
  tensorflow_used_bytes: null,
  tensorflow_peak_bytes: null,
  certainty: 'exact',
  note: null,
  ...changes
});

const binding = (...gpus: Use[]): Report['binding'] => ({
  certainty: 'exact',
  gpus,
  memory_used_bytes: 70 * GIB,
  reason: 'The driver lists the kernel.',
  at_s: 1
});

const execution = (changes: Partial<Execution> = {}): Execution => ({
  execution_count: 3,
  cells: 1,
  began_s: 1,
  ended_s: 2,
  computed_on: 'gpu',
  devices: ['GPU:0'],
  reason: 'The driver saw it compute.',
  gpu_memory_before_bytes: 1.25 * GIB,
  gpu_memory_after_bytes: 3.5 * GIB,
  tensorflow_peak_before_bytes: null,
  tensorflow_peak_after_bytes: null,
  gpu_time_percent: 63,
  gpu_time_span_s: 25,
  absent: {},
  ...changes
});

describe('the memory', () => {
  it('is what the kernel holds, and what its tensors need of that now and needed at most', async () => {
    const gpus = use({ tensorflow_used_bytes: GIB, tensorflow_peak_bytes: 4 * GIB });
    const screen = await render(facts({ binding: binding(gpus) }));
    expect(screen.text).toContain('GPU memory70.0 GiB on GPU 0');
    expect(screen.text).toContain('Tensors on GPU:01.0 GiB, peak 4.0 GiB');
  });

  it('is told apart by GPU, by its own number where TensorFlow has none for it', async () => {
    const known = { tensorflow_used_bytes: GIB, tensorflow_peak_bytes: GIB };
    const gpus = [use(known), use({ ...known, index: 3, tensorflow_device: null })];
    const screen = await render(facts({ binding: binding(...gpus) }));
    expect(screen.text).toContain('Tensors on GPU:01.0 GiB');
    expect(screen.text).toContain('Tensors on GPU 31.0 GiB');
  });

  it('of its tensors is said to be unknown, with the reason', async () => {
    const told = live({ allocators_unread: 'A cell runs.' });
    const screen = await render(facts({ binding: binding(use()), live: told }));
    expect(screen.text).toContain('Of that, tensorsA cell runs.');
  });

  it('has no line where the kernel holds no GPU', async () => {
    const screen = await render(facts({ binding: binding(), live: live({ allocators_unread: 'None.' }) }));
    expect(screen.text).toBe('Its devicesGPU:0');
  });
});

describe('the settings of memory', () => {
  it.each([
    [{ '/physical_device:GPU:0': true, '/physical_device:GPU:1': true }, 'on'],
    [{ '/physical_device:GPU:0': false }, 'off'],
    [{ '/physical_device:GPU:0': true, '/physical_device:GPU:1': false }, 'GPU:0 on, GPU:1 off']
  ])('growth %j is %s', async (memory_growth, words) => {
    const screen = await render(facts({ live: live({ memory_growth }) }));
    expect(screen.text).toContain(`Memory growth${words}`);
  });

  it('growth is what the variable says, which outweighs the code', async () => {
    const code = { memory_growth: { '/physical_device:GPU:0': true } };
    const screen = await render(facts({ live: live(code, { TF_FORCE_GPU_ALLOW_GROWTH: 'false' }) }));
    expect(screen.text).toContain('Memory growthoff');
  });

  it('is not told where TensorFlow has no GPU, or has not looked', async () => {
    const growing = { TF_FORCE_GPU_ALLOW_GROWTH: 'true' };
    for (const physical_devices of [['/physical_device:CPU:0'], null]) {
      const screen = await render(facts({ live: live({ physical_devices }, growing) }));
      expect(screen.text).not.toContain('Memory growth');
    }
  });

  it('limits are in bytes as all else, one for each logical GPU', async () => {
    const memory_limits_mb = { '/physical_device:GPU:0': [2048, 512], '/physical_device:GPU:1': [null] };
    const screen = await render(facts({ live: live({ memory_limits_mb }) }));
    expect(screen.text).toContain('Memory limitGPU:0 2.0 GiB + 512 MiB, GPU:1 none');
  });
});

describe('the last cell', () => {
  it.each([
    [{}, 'Last cellGPU:0 · 1.3 GiB → 3.5 GiB · 63 % of GPU time'],
    [{ cells: 3 }, 'Last 3 cellsGPU:0'],
    [{ ended_s: null, gpu_memory_after_bytes: null }, 'This cellGPU:0 · 63 % of GPU time'],
    [{ gpu_memory_before_bytes: null, gpu_time_percent: null }, 'Last cellGPU:0 · 3.5 GiB'],
    [{ devices: [] }, 'Last cellon a GPU · '],
    [{ computed_on: 'cpu', devices: [] }, 'Last cellTensorFlow on the CPU'],
    [{ computed_on: 'unknown', reason: 'It was too short.' }, 'Last cellIt was too short.']
  ] satisfies [Partial<Execution>, string][])('%j is told as %s', async (changes: Partial<Execution>, words) => {
    const screen = await render(facts({ live: live({}), last_execution: execution(changes) }));
    expect(screen.text).toContain(words);
  });

  it('is not told of a kernel without TensorFlow', async () => {
    const screen = await render(facts({ last_execution: execution({ computed_on: 'unknown' }) }));
    expect(screen.text).toBe('');
  });

  it('says how that is known, and why a figure is missing, to those who point at it', async () => {
    const absent = { gpu_time_percent: 'The driver was not read meanwhile.' };
    const screen = await render(
      facts({ live: live({}), last_execution: execution({ gpu_time_percent: null, absent }) })
    );
    const title = [...screen.node.querySelectorAll('dd')].pop()?.title;
    expect(title).toBe('The driver saw it compute.\nThe driver was not read meanwhile.');
  });
});
