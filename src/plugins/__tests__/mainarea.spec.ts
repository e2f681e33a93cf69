/** The tab of the main area: one, by a command, restored with the layout, and not where there are no tabs. */
import { Widget } from '@lumino/widgets';
import { describe, expect, it, vi } from 'vitest';

import { fakeApp } from '../../__tests__/app';
import { TAB_ID } from '../../widgets/tab';
import { CommandIDs } from '../commands';
import { mainarea } from '../mainarea';
import { opener } from '../open';

function activated() {
  const fake = fakeApp();
  const restorer = { restore: vi.fn() };
  const palette = { addItem: vi.fn() };
  const shell = { add: vi.fn((widget: Widget) => Widget.attach(widget, document.body)), activateById: vi.fn() };
  void mainarea.activate(fake.app, {}, shell, null, restorer, palette);
  return { ...fake, shell, restorer, palette };
}

describe('the tab', () => {
  it('opens in the main area by its command, and a second time the same one comes to the front', async () => {
    const { app, shell } = activated();
    await app.commands.execute(CommandIDs.openTab);
    await app.commands.execute(CommandIDs.openTab);
    expect(shell.add).toHaveBeenCalledTimes(1);
    const [tab, area] = shell.add.mock.calls[0] as unknown as [Widget, string];
    expect([tab.id, area]).toEqual([TAB_ID, 'main']);
    expect(shell.activateById.mock.calls).toEqual([[TAB_ID], [TAB_ID]]);
    tab.dispose();
  });

  it('that was closed is made anew', async () => {
    const { app, shell } = activated();
    await app.commands.execute(CommandIDs.openTab);
    (shell.add.mock.calls[0] as unknown as [Widget])[0].dispose();
    await app.commands.execute(CommandIDs.openTab);
    expect(shell.add).toHaveBeenCalledTimes(2);
    (shell.add.mock.calls[1] as unknown as [Widget])[0].dispose();
  });

  it('comes back with the layout by the same command, which the palette has too', () => {
    const { restorer, palette } = activated();
    const [, options] = restorer.restore.mock.calls[0] as [unknown, { command: string; name: () => string }];
    expect([options.command, options.name()]).toEqual([CommandIDs.openTab, TAB_ID]);
    expect(palette.addItem.mock.calls).toEqual([[{ command: CommandIDs.openTab, category: 'GPU Status' }]]);
  });

  it('has no command where there are no tabs, as in Notebook 7', () => {
    const fake = fakeApp();
    void mainarea.activate(fake.app, {}, null, null, null, null);
    expect(fake.commands.size).toBe(0);
  });
});

describe('opening a kernel', () => {
  it.each([
    ['notebook', 'docmanager:open'],
    ['console', 'console:open'],
    [null, 'docmanager:open']
  ])('of a session that is %s uses %s', (kind, command) => {
    const execute = vi.fn(async () => undefined);
    opener({ commands: { execute } } as never, () => kind)('k1', 'a/b.ipynb');
    expect(execute.mock.calls).toEqual([[command, { path: 'a/b.ipynb', activate: true }]]);
  });
});
