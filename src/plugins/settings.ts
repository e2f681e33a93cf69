/** The user's settings, typed, with their defaults. */
import type { ISettingRegistry } from '@jupyterlab/settingregistry';

export const SETTINGS = 'tfgpu-lab:plugin';

export interface ISettings {
  /** Seconds between two questions while the panel is shown or a cell runs. */
  interval: number;
  /** Whether the status bar has an item. */
  statusItem: boolean;
  /** Whether a kernel's fall to the CPU is announced. */
  notifications: boolean;
}

const DEFAULTS: ISettings = { interval: 5, statusItem: true, notifications: true };

/** Call `use` with the settings now and whenever they change; without a registry once, with the defaults. */
export function onSettings(registry: ISettingRegistry | null, use: (settings: ISettings) => void): void {
  use(DEFAULTS);
  registry
    ?.load(SETTINGS)
    .then(loaded => {
      const apply = () => use({ ...DEFAULTS, ...(loaded.composite as Partial<ISettings>) });
      loaded.changed.connect(apply);
      apply();
    })
    .catch((reason: unknown) => console.error('TFGPU Lab has no settings:', reason));
}
