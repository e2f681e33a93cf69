/** What is equal in two answers is the same object. */
import { describe, expect, it } from 'vitest';

import { kept } from '../kept';

const answer = (used: number, names = ['a', 'b']) => ({ devices: names.map(name => ({ name })), now: { used } });

describe('an answer', () => {
  it('that equals the one before is that', () => {
    const before = answer(1);
    expect(kept(before, answer(1))).toBe(before);
  });

  it('keeps its equal parts and has its other ones', () => {
    const before = answer(1);
    const now = kept(before, answer(2));
    expect(now).toEqual(answer(2));
    expect(now).not.toBe(before);
    expect(now.devices).toBe(before.devices);
  });

  it('with one part more or less is another', () => {
    const before = answer(1);
    for (const names of [['a'], ['a', 'b', 'c'], []]) {
      const now = kept(before, answer(1, names));
      expect(now).toEqual(answer(1, names));
      expect(now.devices).not.toBe(before.devices);
      expect(now.now).toBe(before.now);
    }
    expect(kept({ a: 1, b: 2 }, { a: 1 })).toEqual({ a: 1 });
  });

  it('is not taken for one of another kind', () => {
    expect(kept([], {})).toEqual({});
    expect(kept({ 0: 'a' }, ['a'])).toEqual(['a']);
    expect(kept(null, { a: null })).toEqual({ a: null });
    expect(kept({ a: {} }, { a: null })).toEqual({ a: null });
    expect(kept({ a: 0 }, { a: null })).toEqual({ a: null });
  });
});
