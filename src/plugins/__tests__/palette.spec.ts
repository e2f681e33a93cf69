/** Our commands: labelled, described, enabled when they can do something. */
import { Notification } from '@jupyterlab/apputils';
import { Signal } from '@lumino/signaling';
import { readFileSync } from 'fs';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { fakeApp, fakeRegistry, settled } from '../../__tests__/app';
import { KERNEL, offer, report } from '../../__tests__/samples';
import type { KernelReport } from '../../tokens';
import { PANEL_ID } from '../../widgets/sidebar';
import { CommandIDs } from '../commands';
import { palette } from '../palette';

class FakeKernel {
  readonly changed = new Signal<this, void>(this);
  report: KernelReport | null = null;
  checkAgain = vi.fn();

  get state() {
    return { kind: this.report ? 'known' : 'none' };
  }
}

const start = vi.fn();
const fixes = { carryOut: vi.fn() };
const offers = { ask: vi.fn(() => Promise.resolve([offer()])) };
const commandPalette = { addItem: vi.fn<(item: { command: string; args: object }) => void>() };

let fake: ReturnType<typeof fakeApp>;
let kernel: FakeKernel;
let settings: ReturnType<typeof fakeRegistry>;

const command = (id: string) => fake.commands.get(id)!;
const execute = (id: string, args = {}) => command(id).execute(args);

/** Commands of other plugins than this one. */
const ELSEWHERE: string[] = [CommandIDs.openTab];
const OURS = Object.values(CommandIDs).filter(id => !ELSEWHERE.includes(id));

beforeEach(async () => {
  vi.clearAllMocks();
  fake = fakeApp();
  kernel = new FakeKernel();
  settings = fakeRegistry({ statusItem: false });
  const fixing = () => Promise.resolve({ fixes, offers });
  void palette.activate(fake.app, { kernel, benchmark: { start }, fixing }, null, commandPalette, settings.registry);
  await settled();
});

describe('every command', () => {
  it('has a label, a caption and a schema of its arguments', () => {
    expect([...fake.commands.keys()].sort()).toEqual([...OURS].sort());
    for (const id of OURS) {
      const { label, caption, describedBy } = command(id);
      expect(typeof label === 'function' ? label({}) : label, id).toMatch(/^[A-Z].{5}/);
      expect(caption, id).toMatch(/^[A-Z].{5}/);
      expect(describedBy?.args, id).toMatchObject({ type: 'object', additionalProperties: false });
    }
  });

  it('is in the palette, once for each choice', () => {
    const items = commandPalette.addItem.mock.calls.map(([item]) => item);
    expect(new Set(items.map(item => item.command))).toEqual(new Set(OURS));
    const { describedBy } = command(CommandIDs.insertVerification);
    const { enum: choices } = (describedBy as { args: { properties: { action: { enum: string[] } } } }).args.properties
      .action;
    const inserts = items.filter(item => item.command === CommandIDs.insertVerification);
    expect(inserts.map(item => item.args)).toEqual(choices.map(action => ({ action })));
    const labels = inserts.map(item => (command(item.command).label as (args: object) => string)(item.args));
    expect(new Set(labels).size).toBe(choices.length);
  });

  it('needs neither a palette nor settings', () => {
    const models = { kernel, benchmark: { start }, fixing: vi.fn() };
    expect(() => void palette.activate(fakeApp().app, models, null, null, null)).not.toThrow();
  });
});

describe('the schema', () => {
  const schema = JSON.parse(readFileSync('schema/plugin.json', 'utf8')) as {
    'jupyter.lab.menus': { main: { id: string; items: { command: string }[] }[] };
    'jupyter.lab.shortcuts': { command: string; keys: string[] }[];
  };

  it('puts the panel into the View menu', () => {
    const view = schema['jupyter.lab.menus'].main.find(menu => menu.id === 'jp-mainmenu-view');
    expect(view?.items.map(item => item.command)).toContain(CommandIDs.openPanel);
  });

  it('has shortcuts only for commands that exist', () => {
    expect(schema['jupyter.lab.shortcuts'].map(one => one.command).every(id => fake.commands.has(id))).toBe(true);
  });
});

describe('the commands of a kernel', () => {
  it('are disabled without one, and do nothing when they are called', async () => {
    for (const id of [CommandIDs.checkAgain, CommandIDs.runBenchmark, CommandIDs.insertVerification]) {
      expect(command(id).isEnabled?.(), id).toBe(false);
    }
    await execute(CommandIDs.runBenchmark);
    await execute(CommandIDs.insertVerification);
    expect([start, offers.ask].map(spy => spy.mock.calls.length)).toEqual([0, 0]);
  });

  it('are enabled with one, and whoever shows them is told', () => {
    const before = fake.notifyCommandChanged.mock.calls.length;
    kernel.report = report();
    kernel.changed.emit();
    expect(fake.notifyCommandChanged).toHaveBeenCalledTimes(before + 1);
    for (const id of [CommandIDs.checkAgain, CommandIDs.runBenchmark, CommandIDs.insertVerification]) {
      expect(command(id).isEnabled?.(), id).toBe(true);
    }
  });

  it('compute nothing where there is no TensorFlow', () => {
    kernel.report = report({ verdict: 'no-tensorflow' });
    expect(command(CommandIDs.runBenchmark).isEnabled?.()).toBe(false);
    expect(command(CommandIDs.insertVerification).isEnabled?.()).toBe(false);
  });

  it('check again', async () => {
    await execute(CommandIDs.checkAgain);
    expect(kernel.checkAgain).toHaveBeenCalledOnce();
  });

  it('run the benchmark of the kernel in front, and show it', async () => {
    kernel.report = report();
    await execute(CommandIDs.runBenchmark);
    expect(start).toHaveBeenCalledWith(KERNEL);
    expect(fake.shell.activateById).toHaveBeenCalledWith(PANEL_ID);
  });

  it('insert the cells that the server offers', async () => {
    kernel.report = report();
    await execute(CommandIDs.insertVerification, { action: 'verify' });
    const { title, cells } = offer();
    expect(fixes.carryOut).toHaveBeenCalledWith('insert', { title, cells }, null, kernel.report);
  });

  it('say why there is nothing to insert', async () => {
    const info = vi.spyOn(Notification, 'info').mockReturnValue('id');
    kernel.report = report();
    offers.ask.mockResolvedValueOnce([
      offer({ action: 'memory-growth', possible: false, why_not: 'Memory growth is on already.' })
    ]);
    await execute(CommandIDs.insertVerification, { action: 'memory-growth' });
    await execute(CommandIDs.insertVerification, { action: 'preload-library' });
    expect(fixes.carryOut).not.toHaveBeenCalled();
    expect(info.mock.calls.map(([words]) => words)).toEqual([
      'Memory growth is on already.',
      'The server offers no such code for this kernel.'
    ]);
  });
});

it('the panel is opened by its command', async () => {
  await execute(CommandIDs.openPanel);
  expect(fake.shell.activateById).toHaveBeenCalledWith(PANEL_ID);
});

describe('a setting', () => {
  it('is shown as it is, and turned over', async () => {
    const toggle = command(CommandIDs.toggleStatusItem);
    expect(toggle.isToggled?.()).toBe(false);
    await execute(CommandIDs.toggleStatusItem);
    expect(settings.set).toHaveBeenCalledWith('tfgpu-lab:plugin', 'statusItem', true);
    settings.change({ statusItem: true });
    expect(toggle.isToggled?.()).toBe(true);
  });

  it.each([
    [CommandIDs.toggleToolbarItem, 'toolbarItem'],
    [CommandIDs.toggleNotifications, 'notifications']
  ])('%s is on by default', async (id, name) => {
    expect(command(id).isToggled?.()).toBe(true);
    await execute(id);
    expect(settings.set).toHaveBeenCalledWith('tfgpu-lab:plugin', name, false);
  });
});
