/** The models are made once, with the user's interval, and others get the report from the same one. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import { ServerConnection } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';
import { describe, expect, it, vi } from 'vitest';

import { fakeRegistry, settled } from '../../__tests__/app';
import { KernelModel } from '../../model/kernel';
import { models, tfgpu } from '../model';

function fakeLab(): JupyterFrontEnd {
  const shell = { currentWidget: null, currentChanged: new Signal<object, void>({}) };
  return { serviceManager: { serverSettings: ServerConnection.makeSettings() }, shell } as unknown as JupyterFrontEnd;
}

describe('the models', () => {
  it('are asked at the interval of the settings, in seconds', async () => {
    const interval = vi.spyOn(KernelModel.prototype, 'interval', 'set');
    const { registry, change } = fakeRegistry({ interval: 120 });
    void models.activate(fakeLab(), registry);
    await settled();
    change({ interval: 2 });
    expect(interval.mock.calls).toEqual([[5000], [120_000], [2000]]);
  });

  it('are the ones behind what other extensions use', async () => {
    const made = await models.activate(fakeLab(), null);
    expect(await tfgpu.activate(fakeLab(), made)).toBe(made.kernel);
  });
});
