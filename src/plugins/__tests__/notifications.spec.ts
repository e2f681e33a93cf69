/** A fall to the CPU is announced, once, and by those who want it. */
import { Notification } from '@jupyterlab/apputils';
import { Signal } from '@lumino/signaling';
import { beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';

import { FakeTfGpu, fakeApp, fakeRegistry, settled } from '../../__tests__/app';
import { KERNEL, report } from '../../__tests__/samples';
import { CommandIDs } from '../commands';
import { notifications } from '../notifications';

const STANDING = report({ verdict: 'not-loaded' });
const FALLEN = report({ verdict: 'cpu-fallback', reason: 'A library is missing.' });

let warning: MockInstance<typeof Notification.warning>;

beforeEach(() => {
  warning = vi.spyOn(Notification, 'warning').mockReturnValue('id');
});

/** Activate the plugin with settings. */
async function activated(composite: Record<string, unknown> = {}) {
  const tfgpu = new FakeTfGpu();
  const { app, executed, shell } = fakeApp();
  const { registry, set, change } = fakeRegistry(composite);
  void notifications.activate(app, tfgpu, null, registry);
  await settled();
  return { tfgpu, executed, set, change, shell };
}

/** Press a button of the last announcement. */
function press(label: string): void {
  const action = warning.mock.calls[0]?.[1]?.actions?.find(one => one.label === label);
  action?.callback(new MouseEvent('click'));
}

describe('a fall to the CPU', () => {
  it('is announced once, with its reason', async () => {
    const { tfgpu } = await activated();
    tfgpu.tell(STANDING);
    expect(warning).not.toHaveBeenCalled();
    tfgpu.tell(FALLEN);
    tfgpu.tell(FALLEN);
    expect(warning).toHaveBeenCalledOnce();
    expect(warning.mock.calls[0]?.[0]).toBe('A library is missing.');
  });

  it('is not announced to those who do not want it', async () => {
    const { tfgpu } = await activated({ notifications: false });
    tfgpu.tell(STANDING);
    tfgpu.tell(FALLEN);
    expect(warning).not.toHaveBeenCalled();
  });

  it('that nobody wanted to hear of is no news when the setting changes', async () => {
    const { tfgpu, change } = await activated();
    tfgpu.tell(STANDING);
    change({ notifications: false });
    tfgpu.tell(FALLEN);
    change({ notifications: true });
    tfgpu.tell(FALLEN);
    expect(warning).not.toHaveBeenCalled();
  });

  it('leads to the panel', async () => {
    const { tfgpu, executed } = await activated();
    tfgpu.tell(STANDING);
    tfgpu.tell(FALLEN);
    press('Show why');
    expect(executed).toEqual([CommandIDs.openPanel]);
  });

  it('can be announced never again', async () => {
    const { tfgpu, set } = await activated();
    tfgpu.tell(STANDING);
    tfgpu.tell(FALLEN);
    press('Never show');
    expect(set).toHaveBeenCalledWith('tfgpu-lab:plugin', 'notifications', false);
  });

  it('can be announced never again for this notebook, whatever kernel it has', async () => {
    const { tfgpu, set } = await activated({ quietNotebooks: ['former.ipynb'] });
    tfgpu.tell(STANDING);
    tfgpu.tell(FALLEN);
    press("Don't show again for this kernel");
    expect(set).toHaveBeenCalledWith('tfgpu-lab:plugin', 'quietNotebooks', ['former.ipynb', 'train.ipynb']);
    tfgpu.tell({ ...STANDING, kernel_id: 'next' });
    tfgpu.tell({ ...FALLEN, kernel_id: 'next' });
    expect(warning).toHaveBeenCalledOnce();
  });

  it('is not announced for a notebook that is to be quiet', async () => {
    const { tfgpu } = await activated({ quietNotebooks: ['train.ipynb'] });
    tfgpu.tell(STANDING);
    tfgpu.tell(FALLEN);
    expect(warning).not.toHaveBeenCalled();
  });

  it('is not announced before TensorFlow is there', async () => {
    const { tfgpu } = await activated();
    tfgpu.tell(report({ verdict: 'not-loaded', basis: 'observed', forecast: 'gpu-ready' }));
    tfgpu.tell(report({ verdict: 'not-loaded', basis: 'observed', forecast: 'cpu-fallback' }));
    expect(warning).not.toHaveBeenCalled();
  });

  it('is announced only after packages have been installed, if it is one then', async () => {
    const { tfgpu, shell } = await activated();
    const sessionContext = {
      iopubMessage: null as unknown as Signal<object, object>,
      kernelChanged: new Signal<object, void>({}),
      session: { kernel: { id: KERNEL } }
    };
    sessionContext.iopubMessage = new Signal<object, object>(sessionContext);
    const emit = (msg_type: string, content: object) =>
      sessionContext.iopubMessage.emit({ header: { msg_type }, content });
    shell.currentWidget = { sessionContext };
    tfgpu.tell(STANDING);
    emit('execute_input', { code: '%pip install tensorflow' });
    tfgpu.tell(FALLEN);
    expect(warning).not.toHaveBeenCalled();
    emit('status', { execution_state: 'idle' });
    tfgpu.tell(FALLEN);
    expect(warning).toHaveBeenCalledOnce();
  });

  it('is nothing where there is no kernel', async () => {
    const { tfgpu } = await activated();
    tfgpu.tell(null);
    expect(warning).not.toHaveBeenCalled();
  });
});
