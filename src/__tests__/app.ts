/** JupyterLab's application, as far as our plugins use it, and the words our plugins share. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import { vi } from 'vitest';

import type { IFindingProvider, IMetric, ITfGpu, KernelReport } from '../tokens';

export class FakeTfGpu implements ITfGpu {
  report: KernelReport | null = null;
  readonly changed: Signal<ITfGpu, void> = new Signal<ITfGpu, void>(this);
  readonly verdictChanged: Signal<ITfGpu, KernelReport> = new Signal<ITfGpu, KernelReport>(this);
  readonly metrics: IMetric[] = [];
  refresh = vi.fn();
  reportOf = (id: string) => (this.report?.kernel_id === id ? this.report : null);
  ask = (id: string) => (this.report?.kernel_id === id ? Promise.resolve(this.report) : Promise.reject(new Error(id)));
  addFindings = vi.fn<(provider: IFindingProvider) => IDisposable>();
  addMetric = vi.fn<(metric: IMetric) => IDisposable>();

  tell(report: KernelReport | null): void {
    this.report = report;
    this.changed.emit();
  }
}

type Args = Record<string, unknown>;

interface ICommand {
  label: string | ((args: Args) => string);
  caption?: string;
  describedBy?: { args: object };
  isEnabled?: () => boolean;
  isToggled?: () => boolean;
  execute: (args: Args) => unknown;
}

/** Commands are kept and can be executed; what is added to the shell is kept. */
export function fakeApp() {
  const commands = new Map<string, ICommand>();
  const currentChanged = new Signal<object, void>({});
  const widgets = vi.fn<(area: string) => unknown[]>(() => []);
  const shell = { add: vi.fn(), activateById: vi.fn(), currentWidget: null as unknown, currentChanged, widgets };
  const executed: string[] = [];
  const registry = {
    addCommand: (id: string, command: ICommand) => commands.set(id, command),
    execute: async (id: string) => {
      executed.push(id);
      await commands.get(id)?.execute({});
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
