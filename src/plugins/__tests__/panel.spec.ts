/** The panel's place and its commands. */
import { Signal } from '@lumino/signaling';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { fakeApp } from '../../__tests__/app';
import { KERNEL, report } from '../../__tests__/samples';
import type { KernelReport } from '../../tokens';
import { PANEL_ID } from '../../widgets/sidebar';
import { CommandIDs } from '../commands';
import { panel } from '../panel';

class FakeKernel {
  readonly changed = new Signal<this, void>(this);
  report: KernelReport | null = null;
  checkAgain = vi.fn();

  get state() {
    return { kind: this.report ? 'known' : 'none' };
  }
}

let fake: ReturnType<typeof fakeApp>;
let kernel: FakeKernel;
const start = vi.fn();
const restorer = { add: vi.fn() };
const palette = { addItem: vi.fn() };

const command = (id: string) => fake.commands.get(id)!;

beforeEach(() => {
  vi.clearAllMocks();
  fake = fakeApp();
  kernel = new FakeKernel();
  void panel.activate(fake.app, { kernel, benchmark: { start } }, null, restorer, palette);
});

describe('the panel', () => {
  it('is in the right sidebar, and is restored there', () => {
    const [widget, area] = fake.shell.add.mock.calls[0] as [{ id: string }, string];
    expect([widget.id, area]).toEqual([PANEL_ID, 'right']);
    expect(restorer.add).toHaveBeenCalledWith(widget, PANEL_ID);
  });

  it('needs neither a restorer nor a palette', () => {
    const models = { kernel, benchmark: { start } };
    expect(() => void panel.activate(fakeApp().app, models, null, null, null)).not.toThrow();
  });

  it('has every command in the palette, each with a label', () => {
    const inPalette = palette.addItem.mock.calls.map(([item]: { command: string }[]) => item?.command);
    expect(inPalette).toEqual(Object.values(CommandIDs));
    expect(Object.values(CommandIDs).every(id => command(id).label)).toBe(true);
  });

  it('is opened by its command', () => {
    command(CommandIDs.openPanel).execute();
    expect(fake.shell.activateById).toHaveBeenCalledWith(PANEL_ID);
  });
});

describe('the other commands', () => {
  it('are disabled without a kernel', () => {
    expect(command(CommandIDs.checkAgain).isEnabled?.()).toBe(false);
    expect(command(CommandIDs.runBenchmark).isEnabled?.()).toBe(false);
  });

  it('are enabled with one, and whoever shows them is told', () => {
    kernel.report = report();
    kernel.changed.emit();
    expect(fake.notifyCommandChanged).toHaveBeenCalledOnce();
    expect(command(CommandIDs.checkAgain).isEnabled?.()).toBe(true);
    expect(command(CommandIDs.runBenchmark).isEnabled?.()).toBe(true);
  });

  it('run no benchmark where there is no TensorFlow', () => {
    kernel.report = report({ verdict: 'no-tensorflow' });
    expect(command(CommandIDs.runBenchmark).isEnabled?.()).toBe(false);
  });

  it('check again', () => {
    command(CommandIDs.checkAgain).execute();
    expect(kernel.checkAgain).toHaveBeenCalledOnce();
  });

  it('run the benchmark of the kernel in front, and show it', async () => {
    kernel.report = report();
    await command(CommandIDs.runBenchmark).execute();
    expect(start).toHaveBeenCalledWith(KERNEL);
    expect(fake.shell.activateById).toHaveBeenCalledWith(PANEL_ID);
  });

  it('run nothing without a kernel, even when they are called', async () => {
    await command(CommandIDs.runBenchmark).execute();
    expect(start).not.toHaveBeenCalled();
  });
});
