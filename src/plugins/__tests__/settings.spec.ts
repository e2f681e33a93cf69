/** The user's settings reach those who use them. */
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import { Signal } from '@lumino/signaling';
import { readFileSync } from 'fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { HISTORY_MIN, INTERVAL_S, type ISettings, onSettings, SETTINGS, usable } from '../settings';

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

const DEFAULTS = {
  interval: 5,
  history: 10,
  statusItem: true,
  toolbarItem: true,
  notifications: true,
  quietNotebooks: [],
  memoryUnit: 'GiB',
  temperatureUnit: 'C'
};
const SCHEMA = JSON.parse(readFileSync('schema/plugin.json', 'utf8')) as {
  properties: Record<
    string,
    { title: string; description: string; default: unknown; minimum?: number; maximum?: number; enum?: string[] }
  >;
};

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
    const defaults = Object.entries(SCHEMA.properties).map(([name, property]) => [name, property.default]);
    expect(Object.fromEntries(defaults)).toEqual(DEFAULTS);
  });

  it('have the bounds of the schema, and each says what it does', () => {
    const { history, interval } = SCHEMA.properties;
    expect([interval?.minimum, interval?.maximum]).toEqual([INTERVAL_S.least, INTERVAL_S.most]);
    expect([history?.minimum, history?.maximum]).toEqual([HISTORY_MIN.least, HISTORY_MIN.most]);
    for (const [name, { title, description }] of Object.entries(SCHEMA.properties)) {
      expect([title.length > 3, description.endsWith('.')], name).toEqual([true, true]);
    }
  });
});

describe('a setting that cannot be used', () => {
  it.each([
    [{ interval: 0 }, { interval: 1 }],
    [{ interval: -5 }, { interval: 1 }],
    [{ interval: 1e9 }, { interval: 600 }],
    [{ interval: Infinity }, { interval: 600 }],
    [{ interval: NaN }, {}],
    [{ interval: '5' }, {}],
    [{ history: 0 }, { history: 1 }],
    [{ history: 1e9 }, { history: 60 }],
    [{ history: NaN }, {}],
    [{ history: '5' }, {}],
    [{ statusItem: 'no' }, {}],
    [{ toolbarItem: null }, {}],
    [{ notifications: 0 }, {}],
    [{ quietNotebooks: 'a.ipynb' }, {}],
    [{ quietNotebooks: ['a.ipynb', 3] }, { quietNotebooks: ['a.ipynb'] }],
    [{ memoryUnit: 'MiB' }, {}],
    [{ temperatureUnit: 'K' }, {}]
  ])('%j becomes one that can', (set, changes) => {
    expect(usable(set)).toEqual({ ...DEFAULTS, ...changes });
  });

  it.each([{ interval: 2.5 }, { history: 30 }, { memoryUnit: 'GB' }, { temperatureUnit: 'F' }, { statusItem: false }])(
    '%j is none',
    set => {
      expect(usable(set)).toEqual({ ...DEFAULTS, ...set });
    }
  );
});
