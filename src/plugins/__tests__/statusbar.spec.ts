/** The status bar has an item where there is a status bar, something to say, and somebody who wants it. */
import type { IStatusBar } from '@jupyterlab/statusbar';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { FakeTfGpu, fakeApp, fakeRegistry, settled } from '../../__tests__/app';
import { report } from '../../__tests__/samples';
import { CommandIDs } from '../commands';
import { statusbar } from '../statusbar';

beforeEach(() => {
  // Lumino draws when it likes; nothing here looks at what it draws.
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', false);
});

async function activated(composite: Record<string, unknown> = {}) {
  const tfgpu = new FakeTfGpu();
  const { app, executed } = fakeApp();
  const { registry, change } = fakeRegistry(composite);
  const registerStatusItem = vi.fn<(id: string, item: IStatusBar.IItem) => void>();
  void statusbar.activate(app, tfgpu, { registerStatusItem }, registry);
  await settled();
  const item = registerStatusItem.mock.calls[0]![1];
  return { tfgpu, executed, change, item };
}

describe('the item', () => {
  it('is active while there is something to say', async () => {
    const { tfgpu, item } = await activated();
    expect(item.isActive?.()).toBe(false);
    tfgpu.tell(report());
    expect(item.isActive?.()).toBe(true);
    tfgpu.tell(report({ label: '' }));
    expect(item.isActive?.()).toBe(false);
  });

  it('tells the status bar when that may have changed', async () => {
    const { tfgpu, item } = await activated();
    const changed = vi.fn();
    item.activeStateChanged?.connect(changed);
    tfgpu.tell(report());
    expect(changed).toHaveBeenCalledOnce();
  });

  it('is hidden from those who do not want it, and comes back when they do', async () => {
    const { tfgpu, item, change } = await activated({ statusItem: false });
    tfgpu.tell(report());
    expect(item.isActive?.()).toBe(false);
    tfgpu.refresh.mockClear();
    change({ statusItem: true });
    expect(item.isActive?.()).toBe(true);
    expect(tfgpu.refresh).toHaveBeenCalledOnce();
  });

  it('opens the panel', async () => {
    const { tfgpu, item, executed } = await activated();
    tfgpu.tell(report());
    const { onOpen } = (item.item as unknown as { render: () => { props: { onOpen: () => void } } }).render().props;
    onOpen();
    expect(executed).toEqual([CommandIDs.openPanel]);
  });
});

it('is not there where there is no status bar', () => {
  const tfgpu = new FakeTfGpu();
  expect(() => void statusbar.activate(fakeApp().app, tfgpu, null, null)).not.toThrow();
  expect(tfgpu.refresh).not.toHaveBeenCalled();
});
