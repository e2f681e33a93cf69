/**
 * Each fault that breaks other monitors: the panel has a sentence for it, and shows the GPUs that are well.
 *
 * The answers are those of the real server on a simulated driver, which tests/server/test_gpu_faults.py keeps current.
 */
import * as React from 'react';
import { describe, expect, it, vi } from 'vitest';

import recorded from '../../__tests__/faults.json';
import { render, trans } from '../../__tests__/render';
import type { components } from '../../api/types';
import { GpuList } from '../gpus';

type Gpus = components['schemas']['Gpus'];
type Fault = keyof typeof recorded;

const LOST =
  'Lost. The driver no longer reaches this GPU (it has fallen off the bus): reset it, or restart the machine.';
const REFUSED = 'This user may not read it.';
const TIMEOUT = 'The driver gave up waiting for the GPU.';

/** What the panel says; null where nothing is amiss that anybody would see. */
const SENTENCES: Record<Fault, string | null> = {
  'one of several lost': LOST,
  'the first lost at the start': LOST,
  'NvLinkVersion fails at the start': null,
  'nvmlInit answers 18':
    "The NVIDIA driver's library and its kernel module have different versions: reboot after a driver update.",
  'nvmlInit answers 9': 'The NVIDIA driver is installed and its module is not loaded.',
  'nvmlInit answers 4': 'This user may not talk to the NVIDIA driver.',
  'nvmlInit answers 999': 'The NVIDIA driver answers with error 999: NVML says: Unknown Error.',
  'nvmlInit hangs': "The NVIDIA driver has not answered since 10:00:00, by the server's clock.",
  'no library': 'This machine has no NVIDIA GPU.',
  'a call takes long on one GPU':
    "Does not answer. The driver has not answered for this GPU since 10:00:00, by the server's clock.",
  'a listed process vanished': '1 process of others512 MiB',
  'utilization_percent fails with 4': `Utilisation: ${REFUSED}`,
  'utilization_percent fails with 10': `Utilisation: ${TIMEOUT}`,
  'power_w fails with 4': `Power: ${REFUSED}`,
  'power_w fails with 10': `Power: ${TIMEOUT}`,
  'nvmlDeviceGetName fails with 4': `Name: ${REFUSED}`,
  'nvmlDeviceGetName fails with 10': `Name: ${TIMEOUT}`,
  'nvmlDeviceGetUUID fails with 4': `Cannot be read. ${REFUSED}`,
  'nvmlDeviceGetUUID fails with 10': `Cannot be read. ${TIMEOUT}`,
  'MIG is on': 'A GPU in MIG mode has no utilisation figure, nor have its instances; their memory is known.',
  'no PCIe figures': null,
  'no GPU': 'The NVIDIA driver answers and lists no GPU.'
};

async function shown(gpus: Gpus) {
  const list = (
    <GpuList
      gpus={gpus}
      latest={gpus.samples[0] ?? null}
      problem=""
      frontKernelId={null}
      frontUuids={[]}
      onShutDown={vi.fn()}
      trans={trans}
    />
  );
  return render(list);
}

describe('a fault', () => {
  it.each(Object.keys(recorded) as Fault[])('has its sentence, and the rest goes on: %s', async fault => {
    const gpus = recorded[fault] as unknown as Gpus;
    const screen = await shown(gpus);
    const sentence = SENTENCES[fault];
    if (sentence === null) {
      expect(screen.text).not.toMatch(/\bnot\b|Lost|Cannot|gave up|error/i);
    } else {
      expect(screen.text).toContain(sentence);
    }
    for (const gpu of gpus.devices) {
      const card = screen.get('article', `GPU ${gpu.index}`);
      const memory = card.querySelector('[role="meter"][aria-label="Memory"]');
      expect(memory?.getAttribute('aria-valuetext')).toBe(gpu.state === 'ok' ? '1.0 of 80.0 GiB' : undefined);
    }
    const isWhole = gpus.driver.state === 'ok' && gpus.devices.length > 0;
    expect(gpus.devices.some(gpu => gpu.state === 'ok')).toBe(isWhole);
  });

  it('of which none is left to be tested', () => {
    expect(Object.keys(SENTENCES).sort()).toEqual(Object.keys(recorded).sort());
  });
});
