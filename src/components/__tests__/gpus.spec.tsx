/** The GPUs, or why there are none. */
import * as React from 'react';
import { describe, expect, it } from 'vitest';

import { render, trans } from '../../__tests__/render';
import { gpu, gpus, sample } from '../../__tests__/samples';
import { GpuList, type IGpusProps } from '../gpus';

const list = (props: Partial<IGpusProps> = {}) => (
  <GpuList gpus={gpus()} latest={sample()} problem="" trans={trans} {...props} />
);

describe('the GPUs of this machine', () => {
  it('are being asked for until there is an answer', async () => {
    const screen = await render(list({ gpus: null, latest: null }));
    expect(screen.get('region', 'GPUs of this machine').textContent).toContain('Asking the driver…');
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

  it('have a driver with its versions', async () => {
    const screen = await render(list());
    expect(screen.text).toContain('Driver 550.54.14 · CUDA up to 12.4');
    const without = { state: 'ok', reason: '', nvml_code: 0, driver_version: null, cuda_version: null } as const;
    await screen.show(list({ gpus: gpus({ driver: without }) }));
    expect(screen.text).not.toContain('Driver');
  });
});

describe('a GPU', () => {
  it('shows memory, use, temperature and power', async () => {
    const screen = await render(list());
    const memory = screen.get('meter', 'Memory');
    expect(memory.getAttribute('aria-valuenow')).toBe('25');
    expect(memory.getAttribute('aria-valuetext')).toBe('2.0 GiB of 8.0 GiB');
    const use = screen.get('meter', 'In use');
    expect(use.getAttribute('aria-valuenow')).toBe('37');
    expect(use.getAttribute('aria-valuetext')).toBe('37 %');
    expect(screen.text).toContain('41 °C · 120 W');
  });

  it('that is idle is in use by 0 % and not unknown', async () => {
    const screen = await render(list({ latest: sample({ utilization_percent: 0, memory_used_bytes: 0 }) }));
    expect(screen.get('meter', 'In use').getAttribute('aria-valuenow')).toBe('0');
    expect(screen.get('meter', 'Memory').getAttribute('aria-valuenow')).toBe('0');
  });

  it('without a value gives the reason and shows no meter', async () => {
    const absent = { memory_used_bytes: 'No permission.', utilization_percent: 'Not supported under MIG.' };
    const latest = sample({ memory_used_bytes: null, utilization_percent: null, absent });
    const screen = await render(list({ latest }));
    expect(screen.all('meter')).toHaveLength(0);
    expect(screen.text).toContain('Memory: No permission.');
    expect(screen.text).toContain('In use: Not supported under MIG.');
  });

  it('whose size is not known gives the reason for that', async () => {
    const device = gpu({ memory_total_bytes: null, absent: { memory_total_bytes: 'Shared with the host.' } });
    const screen = await render(list({ gpus: gpus({ devices: [device] }) }));
    expect(screen.text).toContain('Memory: Shared with the host.');
  });

  it('of which there is no sample yet says so, without a number', async () => {
    const screen = await render(list({ latest: null }));
    expect(screen.text).toContain('Memory: not known yet');
    expect(screen.text).toContain('In use: not known yet');
    expect(screen.text).not.toContain('°C');
  });

  it('leaves out what it does not measure', async () => {
    const screen = await render(list({ latest: sample({ temperature_c: null }) }));
    expect(screen.text).toContain('120 W');
    expect(screen.text).not.toContain('°C');
  });

  it('has its own values and not those of its neighbour', async () => {
    const devices = [gpu(), gpu({ index: 1, uuid: 'GPU-1', name: 'NVIDIA T4' })];
    const [first] = sample({ utilization_percent: 11 }).gpus;
    const [second] = sample({ uuid: 'GPU-1', utilization_percent: 22 }).gpus;
    const latest = { ...sample(), gpus: [second!, first!] };
    const screen = await render(list({ gpus: gpus({ devices }), latest }));
    expect(screen.get('article', 'GPU 0').textContent).toContain('11 %');
    expect(screen.get('article', 'GPU 1').textContent).toContain('22 %');
  });
});
