/** One GPU: its values, its state, and the reason for each value that is absent. */
import * as React from 'react';
import { describe, expect, it } from 'vitest';

import { process, processes } from '../../__tests__/machine';
import { render, trans } from '../../__tests__/render';
import { gpu, gpus, sample } from '../../__tests__/samples';
import { GpuList } from '../gpus';

/** A machine with this one GPU. */
const one = (
  device: Parameters<typeof gpu>[0] = {},
  now: Parameters<typeof sample>[0] | null = {},
  rest: Parameters<typeof gpus>[0] = {}
) => (
  <GpuList
    gpus={gpus({ devices: [gpu(device)], ...rest })}
    latest={now && sample(now)}
    problem=""
    frontKernelId={null}
    frontUuids={[]}
    onShutDown={() => undefined}
    trans={trans}
  />
);

describe('a GPU', () => {
  it('shows memory, utilisation, temperature, power of its limit, and clock', async () => {
    const screen = await render(one());
    const memory = screen.get('meter', 'Memory');
    expect(memory.getAttribute('aria-valuenow')).toBe('25');
    expect(memory.getAttribute('aria-valuetext')).toBe('2.0 of 8.0 GiB');
    const use = screen.get('meter', 'Utilisation');
    expect(use.getAttribute('aria-valuenow')).toBe('37');
    expect(use.getAttribute('aria-valuetext')).toBe('37 %');
    expect(screen.text).toContain('41 °C · 120 of 700 W · 1980 MHz');
  });

  it('that is idle is in use by 0 % and not unknown', async () => {
    const screen = await render(one({}, { utilization_percent: 0, memory_used_bytes: 0 }));
    expect(screen.get('meter', 'Utilisation').getAttribute('aria-valuenow')).toBe('0');
    expect(screen.get('meter', 'Memory').getAttribute('aria-valuenow')).toBe('0');
  });

  it('without a value gives the reason and shows no meter', async () => {
    const absent = { memory_used_bytes: 'No permission.', utilization_percent: 'Not supported under MIG.' };
    const screen = await render(one({}, { memory_used_bytes: null, utilization_percent: null, absent }));
    expect(screen.all('meter')).toHaveLength(0);
    expect(screen.text).toContain('Memory: No permission.');
    expect(screen.text).toContain('Utilisation: Not supported under MIG.');
  });

  it('whose size is not known gives the reason for that', async () => {
    const screen = await render(
      one({ memory_total_bytes: null, absent: { memory_total_bytes: 'Shared with the host.' } })
    );
    expect(screen.text).toContain('Memory: Shared with the host.');
  });

  it('of which there is no sample yet says so, without a number', async () => {
    const screen = await render(one({}, null));
    expect(screen.text).toContain('Memory: not known yet');
    expect(screen.text).toContain('Utilisation: not known yet');
    expect(screen.text).not.toContain('°C');
  });

  it('leaves out what it does not measure', async () => {
    const screen = await render(one({ power_limit_w: null }, { temperature_c: null, clock_sm_mhz: null }));
    expect(screen.text).toContain('120 W');
    expect(screen.text).not.toContain('of 700');
    expect(screen.text).not.toContain('°C');
  });

  it('says why it does not tell what has no meter, once for each reason', async () => {
    const absent = { temperature_c: 'No permission.', clock_sm_mhz: 'No permission.', power_w: 'Too old.' };
    const screen = await render(one({}, { temperature_c: null, clock_sm_mhz: null, power_w: null, absent }));
    expect(screen.text).toContain('Temperature, Clock: No permission.');
    expect(screen.text).toContain('Power: Too old.');
  });

  it('has its own values and not those of its neighbour', async () => {
    const devices = [gpu(), gpu({ index: 1, uuid: 'GPU-1', name: 'NVIDIA T4' })];
    const [first] = sample({ utilization_percent: 11 }).gpus;
    const [second] = sample({ uuid: 'GPU-1', utilization_percent: 22 }).gpus;
    const latest = { ...sample(), gpus: [second!, first!] };
    const screen = await render(React.cloneElement(one(), { gpus: gpus({ devices }), latest }));
    expect(screen.get('article', 'GPU 0').textContent).toContain('11 %');
    expect(screen.get('article', 'GPU 1').textContent).toContain('22 %');
  });

  it('says in words what holds its clock back, and nothing when nothing does', async () => {
    const screen = await render(one({}, { throttle_reasons: ['power limit', 'heat (hardware)'] }));
    expect(screen.text).toContain('Its clock is held back: power limit, heat (hardware).');
    await screen.show(one({}, { throttle_reasons: [] }));
    expect(screen.text).not.toContain('held back');
  });

  it('says who may compute on it when not anybody may', async () => {
    const screen = await render(one({ compute_mode: 'exclusive-process' }));
    expect(screen.text).toContain('lets one process compute on it at a time');
    await screen.show(one({ compute_mode: 'prohibited' }));
    expect(screen.text).toContain('lets nobody compute on it');
  });
});

describe('a GPU that is not in order', () => {
  it('says what is wrong, and shows no old values', async () => {
    const screen = await render(one({ state: 'lost', problem: 'It has fallen off the bus.' }));
    expect(screen.text).toContain('Lost. It has fallen off the bus.');
    expect(screen.all('meter')).toHaveLength(0);
  });

  it('says since when it does not answer', async () => {
    const problem = 'A question to it has not been answered.';
    const screen = await render(one({ state: 'stalled', problem, stalled_since_s: 1_700_000_000 }));
    expect(screen.text).toContain('Does not answer. A question to it has not been answered. So since ');
  });
});

describe('a GPU in MIG mode', () => {
  const instance = (index: number) => ({
    uuid: `MIG-${index}`,
    index,
    name: 'NVIDIA H100 MIG 1g.10gb',
    gpu_instance_id: index,
    compute_instance_id: 0,
    memory_total_bytes: 10 * 1024 ** 3,
    absent: {}
  });
  const mig = [instance(0), instance(1)];
  const now = {
    mig: [
      { uuid: 'MIG-0', memory_used_bytes: 1024 ** 3, memory_reserved_bytes: null, absent: {} },
      {
        uuid: 'MIG-1',
        memory_used_bytes: null,
        memory_reserved_bytes: null,
        absent: { memory_used_bytes: 'No permission.' }
      }
    ]
  };

  it('shows its instances with their memory, or why it is not known', async () => {
    const screen = await render(one({ mig_enabled: true, mig }, now));
    expect(screen.get('group', 'MIG instance 0').textContent).toContain('1.0 of 10.0 GiB');
    expect(screen.get('group', 'MIG instance 1').textContent).toContain('Memory: No permission.');
  });

  it('says so when it has no instance, or none that can be seen', async () => {
    const screen = await render(one({ mig_enabled: true }));
    expect(screen.text).toContain('It is in MIG mode and has no instance: nothing can compute on it.');
    await screen.show(one({ mig_enabled: true, absent: { mig: 'No permission.' } }));
    expect(screen.text).toContain('MIG instances: No permission.');
    expect(screen.text).not.toContain('has no instance');
  });

  it('shows a kernel on the instance that it uses, and nowhere else', async () => {
    const on = processes({ processes: [process({ mig_uuid: 'MIG-1' })] });
    const screen = await render(one({ mig_enabled: true, mig }, now, { processes: [on] }));
    expect(screen.get('group', 'MIG instance 1').textContent).toContain('train.ipynb');
    expect(screen.text.match(/train\.ipynb/g)).toHaveLength(1);
  });
});
