/** The user's settings, typed, within their bounds, with their defaults. */
import type { ISettingRegistry } from '@jupyterlab/settingregistry';

export const SETTINGS = 'tfgpu-lab:plugin';

export interface ISettings {
  /** Seconds between two questions while the panel is shown or a cell runs. */
  interval: number;
  /** Minutes of the GPUs' past that the charts can show. */
  history: number;
  /** Whether the status bar has an item. */
  statusItem: boolean;
  /** Whether the toolbars of notebooks and consoles have an item. */
  toolbarItem: boolean;
  /** Whether a kernel's fall to the CPU is announced. */
  notifications: boolean;
  /** Paths of the notebooks and consoles whose fall is not announced. */
  quietNotebooks: readonly string[];
  /** Memory in powers of 1024 or of 1000. */
  memoryUnit: 'GiB' | 'GB';
  /** Degrees. */
  temperatureUnit: 'C' | 'F';
}

const DEFAULTS: ISettings = {
  interval: 5,
  history: 10,
  statusItem: true,
  toolbarItem: true,
  notifications: true,
  quietNotebooks: [],
  memoryUnit: 'GiB',
  temperatureUnit: 'C'
};

export const INTERVAL_S = { least: 1, most: 600 };
export const HISTORY_MIN = { least: 1, most: 60 };

/** What was set, as far as it can be used: a number comes into its bounds, anything else becomes the default. */
export function usable(set: Readonly<Record<string, unknown>>): ISettings {
  const number = (name: 'interval' | 'history', { least, most }: typeof INTERVAL_S) => {
    const value = set[name];
    const isNumber = typeof value === 'number' && !Number.isNaN(value);
    return isNumber ? Math.min(most, Math.max(least, value)) : DEFAULTS[name];
  };
  const quiet: unknown = set['quietNotebooks'];
  const flag = (name: 'statusItem' | 'toolbarItem' | 'notifications') => {
    const value = set[name];
    return typeof value === 'boolean' ? value : DEFAULTS[name];
  };
  return {
    interval: number('interval', INTERVAL_S),
    history: number('history', HISTORY_MIN),
    statusItem: flag('statusItem'),
    toolbarItem: flag('toolbarItem'),
    notifications: flag('notifications'),
    quietNotebooks: Array.isArray(quiet) ? quiet.filter(one => typeof one === 'string') : [],
    memoryUnit: set['memoryUnit'] === 'GB' ? 'GB' : 'GiB',
    temperatureUnit: set['temperatureUnit'] === 'F' ? 'F' : 'C'
  };
}

/** Call `use` with the settings now and whenever they change; without a registry once, with the defaults. */
export function onSettings(registry: ISettingRegistry | null, use: (settings: ISettings) => void): void {
  use(DEFAULTS);
  registry
    ?.load(SETTINGS)
    .then(loaded => {
      const apply = () => use(usable(loaded.composite));
      loaded.changed.connect(apply);
      apply();
    })
    .catch((reason: unknown) => console.error('TFGPU Lab has no settings:', reason));
}
