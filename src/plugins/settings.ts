/** The user's settings, typed, within their bounds, with their defaults. */
import type { ISettingRegistry } from '@jupyterlab/settingregistry';

export const SETTINGS = 'tfgpu-lab:plugin';

export interface ISettings {
  /** Seconds between two questions while the panel is shown or a cell runs. */
  interval: number;
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
  statusItem: true,
  toolbarItem: true,
  notifications: true,
  quietNotebooks: [],
  memoryUnit: 'GiB',
  temperatureUnit: 'C'
};

export const INTERVAL_S = { least: 1, most: 600 };

/** What was set, as far as it can be used: a number comes into its bounds, anything else becomes the default. */
export function usable(set: Readonly<Record<string, unknown>>): ISettings {
  const interval = typeof set['interval'] === 'number' && !Number.isNaN(set['interval']) ? set['interval'] : null;
  const quiet: unknown = set['quietNotebooks'];
  const flag = (name: 'statusItem' | 'toolbarItem' | 'notifications') => {
    const value = set[name];
    return typeof value === 'boolean' ? value : DEFAULTS[name];
  };
  return {
    interval: interval === null ? DEFAULTS.interval : Math.min(INTERVAL_S.most, Math.max(INTERVAL_S.least, interval)),
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
