/** What the user has arranged: kept, and there again. */
import type { IStateDB } from '@jupyterlab/statedb';
import { describe, expect, it, vi } from 'vitest';

import { Choices } from '../choices';

function fakeDatabase(kept: unknown) {
  const save = vi.fn(async () => undefined);
  return { save, database: { fetch: async () => kept, save } as unknown as IStateDB };
}

const settled = () => new Promise(resolve => setTimeout(resolve, 0));

describe('a choice', () => {
  it('is undefined until it is made, and then kept with the others', async () => {
    const { database, save } = fakeDatabase(undefined);
    const choices = new Choices(database);
    await settled();
    expect(choices.get('open:gpus')).toBeUndefined();
    choices.set('open:gpus', false);
    choices.set('chart:minutes', 10);
    expect(choices.get('open:gpus')).toBe(false);
    expect(save.mock.lastCall).toEqual(['tfgpu-lab:choices', { 'open:gpus': false, 'chart:minutes': 10 }]);
  });

  it('is there again, and those who look are told', async () => {
    const choices = new Choices(fakeDatabase({ 'open:gpus': false }).database);
    const told = vi.fn();
    choices.changed.connect(told);
    await settled();
    expect(choices.get('open:gpus')).toBe(false);
    expect(told).toHaveBeenCalledTimes(1);
  });

  it('that is made before the kept ones are there is not lost', async () => {
    const choices = new Choices(fakeDatabase({ 'open:gpus': false, 'chart:minutes': 10 }).database);
    choices.set('open:gpus', true);
    await settled();
    expect(choices.get('open:gpus')).toBe(true);
    expect(choices.get('chart:minutes')).toBe(10);
  });

  it('lives as long as the page where nothing is kept', () => {
    const choices = new Choices(null);
    choices.set('open:gpus', false);
    expect(choices.get('open:gpus')).toBe(false);
  });

  it('can be made although the kept ones cannot be read', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue(undefined);
    const database = { fetch: () => Promise.reject(new Error('broken')), save: async () => undefined };
    const choices = new Choices(database as unknown as IStateDB);
    await settled();
    choices.set('open:gpus', false);
    expect(choices.get('open:gpus')).toBe(false);
    expect(warn).toHaveBeenCalledTimes(1);
  });
});
