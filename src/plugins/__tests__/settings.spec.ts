/** The user's settings reach those who use them. */
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import { Signal } from '@lumino/signaling';
import { readFileSync } from 'fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { type ISettings, onSettings, SETTINGS } from '../settings';

class Loaded {
  composite: Partial<ISettings> = {};
  readonly changed = new Signal<this, void>(this);
}

let loaded: Loaded;
let seen: ISettings[];

const registry = (load: () => Promise<unknown>) => {
  const spy = vi.fn(load);
  return { spy, registry: { load: spy } as unknown as ISettingRegistry };
};
const use = (settings: ISettings) => seen.push(settings);
const settle = () => new Promise(resolve => setTimeout(resolve, 0));

const DEFAULTS = { interval: 5, statusItem: true, notifications: true };

beforeEach(() => {
  loaded = new Loaded();
  seen = [];
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the settings', () => {
  it('are the defaults without a registry', () => {
    onSettings(null, use);
    expect(seen).toEqual([DEFAULTS]);
  });

  it('are the defaults until they are loaded, then the users own', async () => {
    loaded.composite = { interval: 30 };
    const { spy, registry: one } = registry(() => Promise.resolve(loaded));
    onSettings(one, use);
    expect(seen).toEqual([DEFAULTS]);
    await settle();
    expect(spy).toHaveBeenCalledWith(SETTINGS);
    expect(seen.slice(1)).toEqual([{ ...DEFAULTS, interval: 30 }]);
  });

  it('are told again whenever they change', async () => {
    onSettings(registry(() => Promise.resolve(loaded)).registry, use);
    await settle();
    loaded.composite = { notifications: false };
    loaded.changed.emit();
    expect(seen[seen.length - 1]).toEqual({ ...DEFAULTS, notifications: false });
  });

  it('stay the defaults when they cannot be loaded, and the console says why', async () => {
    const error = vi.spyOn(console, 'error').mockReturnValue(undefined);
    const reason = new Error('no schema');
    onSettings(registry(() => Promise.reject(reason)).registry, use);
    await settle();
    expect(seen).toEqual([DEFAULTS]);
    expect(error).toHaveBeenCalledWith('TFGPU Lab has no settings:', reason);
  });

  it('have the defaults of the schema', () => {
    const schema = JSON.parse(readFileSync('schema/plugin.json', 'utf8')) as {
      properties: Record<string, { default: unknown }>;
    };
    const defaults = Object.entries(schema.properties).map(([name, property]) => [name, property.default]);
    expect(Object.fromEntries(defaults)).toEqual(DEFAULTS);
  });
});
