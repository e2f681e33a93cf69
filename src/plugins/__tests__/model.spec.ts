/** The models are made once, with the user's interval, and others get the report from the same one. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import { ServerConnection } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { fakeRegistry, settled } from '../../__tests__/app';
import { bytes, celsius, chooseUnits } from '../../format';
import { KernelModel } from '../../model/kernel';
import { models, tfgpu } from '../model';

function fakeLab(): JupyterFrontEnd {
  const shell = { currentWidget: null, currentChanged: new Signal<object, void>({}) };
  return { serviceManager: { serverSettings: ServerConnection.makeSettings() }, shell } as unknown as JupyterFrontEnd;
}

afterEach(() => {
  chooseUnits({ memory: 'GiB', temperature: 'C' });
});

describe('the models', () => {
  it('are asked at the interval of the settings, in seconds', async () => {
    const interval = vi.spyOn(KernelModel.prototype, 'interval', 'set');
    const { registry, change } = fakeRegistry({ interval: 120 });
    void models.activate(fakeLab(), registry);
    await settled();
    change({ interval: 2 });
    expect(interval.mock.calls).toEqual([[5000], [120_000], [2000]]);
  });

  it('show as much of the past as is set, at once', async () => {
    const { registry, change } = fakeRegistry({ history: 30 });
    const { past } = await models.activate(fakeLab(), registry);
    await settled();
    expect(past.minutes).toBe(30);
    const changed = vi.fn<() => void>();
    past.changed.connect(() => changed());
    change({ history: 5 });
    change({ history: 5, interval: 9 });
    expect([past.minutes, changed.mock.calls.length]).toEqual([5, 1]);
  });

  it('are the ones behind what other extensions use', async () => {
    const made = await models.activate(fakeLab(), null);
    const theirs = await tfgpu.activate(fakeLab(), made);
    const changed = vi.fn<() => void>();
    theirs.changed.connect(() => changed());
    (made.kernel.changed as unknown as { emit: () => void }).emit();
    expect(changed).toHaveBeenCalledOnce();
    expect(theirs).toBe(made.tfgpu);
  });

  it('leave numbers to the units of the settings', async () => {
    const { registry, change } = fakeRegistry({ memoryUnit: 'GB', temperatureUnit: 'F' });
    void models.activate(fakeLab(), registry);
    await settled();
    expect([bytes(8 * 1024 ** 3), celsius(41.4)]).toEqual(['8.6 GB', '107 °F']);
    change({ memoryUnit: 'GiB', temperatureUnit: 'C' });
    expect([bytes(8 * 1024 ** 3), celsius(41.4)]).toEqual(['8.0 GiB', '41 °C']);
  });

  it('make what carries fixes out once, when it is first asked for', async () => {
    const made = await models.activate(fakeLab(), null);
    const [one, another] = await Promise.all([made.fixing(), made.fixing()]);
    expect(one).toBe(another);
    expect(one.fixes.attempt('a')).toBeNull();
  });
});
