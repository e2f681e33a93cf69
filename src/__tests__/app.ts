/** JupyterLab's application, as far as our plugins use it, and the words our plugins share. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import { Signal } from '@lumino/signaling';
import { vi } from 'vitest';

import type { ITfGpu, KernelReport } from '../tokens';

export class FakeTfGpu implements ITfGpu {
  report: KernelReport | null = null;
  readonly changed: Signal<ITfGpu, void> = new Signal<ITfGpu, void>(this);
  refresh = vi.fn();

  tell(report: KernelReport | null): void {
    this.report = report;
    this.changed.emit();
  }
}

interface ICommand {
  label: string;
  isEnabled?: () => boolean;
  execute: () => unknown;
}

/** Commands are kept and can be executed; what is added to the shell is kept. */
export function fakeApp() {
  const commands = new Map<string, ICommand>();
  const shell = { add: vi.fn(), activateById: vi.fn() };
  const executed: string[] = [];
  const registry = {
    addCommand: (id: string, command: ICommand) => commands.set(id, command),
    execute: async (id: string) => {
      executed.push(id);
      await commands.get(id)?.execute();
    },
    notifyCommandChanged: vi.fn()
  };
  const app = { commands: registry, shell } as unknown as JupyterFrontEnd;
  return { app, commands, executed, shell, notifyCommandChanged: registry.notifyCommandChanged };
}

/** A registry whose settings a test changes. */
export function fakeRegistry(composite: Record<string, unknown>) {
  const loaded = { composite, changed: null as unknown as Signal<object, void> };
  loaded.changed = new Signal<object, void>(loaded);
  const set = vi.fn(() => Promise.resolve());
  const change = (next: Record<string, unknown>) => {
    loaded.composite = next;
    loaded.changed.emit();
  };
  return { registry: { load: () => Promise.resolve(loaded), set } as unknown as ISettingRegistry, set, change };
}

/** Let what was promised be done. */
export const settled = () => new Promise(resolve => setTimeout(resolve, 0));
