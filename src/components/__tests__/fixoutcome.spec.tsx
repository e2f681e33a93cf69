/** What came of a fix is said in words, with what can be done next. */
import * as React from 'react';
import { describe, expect, it, vi } from 'vitest';

import { render, trans } from '../../__tests__/render';
import { FixDesk, type IFixAttempt, type IFixDesk } from '../fixdesk';
import { FixOutcome } from '../fixoutcome';
import { FixPlan } from '../fixplan';

const ATTEMPT: IFixAttempt = {
  deed: 'restart',
  title: 'Restart the kernel',
  finding: { id: 'a', title: 'The cause' },
  state: 'waiting',
  before: { verdict: 'cpu-fallback', forecast: null },
  after: null,
  says: '',
  problem: '',
  hasRun: false,
  made: null
};

const GPU = { verdict: 'gpu', forecast: null } as const;

function deskOf(changes: Partial<IFixAttempt> | null, at: Partial<IFixDesk> = {}): IFixDesk {
  return {
    isOpen: true,
    hasTerminals: true,
    offers: [],
    attempt: changes && { ...ATTEMPT, ...changes },
    onCarryOut: vi.fn(),
    onUse: vi.fn(),
    onUndo: vi.fn(),
    onDismiss: vi.fn(),
    ...at
  };
}

const outcome = (desk: IFixDesk) => (
  <FixDesk.Provider value={desk}>
    <FixOutcome trans={trans} />
  </FixDesk.Provider>
);

async function shown(changes: Partial<IFixAttempt> | null, at: Partial<IFixDesk> = {}) {
  const desk = deskOf(changes, at);
  const screen = await render(outcome(desk));
  return Object.assign(screen, { desk });
}

describe('the outcome', () => {
  it('keeps the focus in its place when its buttons go away', async () => {
    const screen = await shown({});
    screen.get('button', 'Hide: Restart the kernel').focus();
    await screen.show(outcome(deskOf(null)));
    expect(document.activeElement).toBe(screen.get('status'));
  });

  it.each([
    [{ state: 'working' }, 'Under way…'],
    [{ state: 'waiting' }, 'Done; the kernel is looked at again…'],
    [{ state: 'waiting', deed: 'insert' }, 'not run yet: run the cell with Shift+Enter.'],
    [{ state: 'waiting', deed: 'insert', hasRun: true }, 'Once it has run, and the kernel is restarted'],
    [
      { state: 'waiting', deed: 'terminal' },
      'not run yet: press Enter there, then restart the kernel and check again.'
    ],
    [{ state: 'waiting', deed: 'apply', says: 'The kernelspec was written.' }, 'The kernelspec was written.'],
    [{ state: 'verified' }, 'Verified: "The cause" is no longer found.'],
    [{ state: 'still-there' }, '"The cause" is still there. Try the next fix'],
    [{ state: 'failed', problem: 'it is closed.' }, 'That was not possible: it is closed.']
  ] as const)('%j says: %s', async (changes, words) => {
    const screen = await shown(changes);
    expect(screen.get('status').textContent).toContain(words);
  });

  it('shows the verdict before and after in words', async () => {
    const screen = await shown({ state: 'verified', after: GPU });
    expect(screen.text).toContain('Before: ⚠ Falls back to the CPU → After: ✓ On the GPU');
  });

  it('says what is foreseen where TensorFlow is not imported yet', async () => {
    const screen = await shown({ state: 'verified', after: { verdict: 'not-loaded', forecast: 'gpu-ready' } });
    expect(screen.text).toContain('After: ○ TensorFlow not imported (foreseen: GPU ready)');
  });

  it('is a live region before there is anything to say, and is silent then', async () => {
    const screen = await shown(null);
    expect(screen.get('status').textContent).toBe('');
  });

  it('can be put aside, not while it is under way', async () => {
    const screen = await shown({});
    await screen.click('button', 'Hide: Restart the kernel');
    expect(screen.desk.onDismiss).toHaveBeenCalledOnce();
    expect((await shown({ state: 'working' })).all('button')).toEqual([]);
  });
});

describe('a kernelspec that was written', () => {
  const made = { name: 'python3-tfgpu', isChosen: false };

  it('says what is foreseen there, and can be chosen or undone', async () => {
    const screen = await shown({ deed: 'apply', after: { verdict: 'gpu-ready', forecast: null }, made });
    expect(screen.text).toContain('Foreseen there: ✓ GPU ready');
    await screen.click('button', 'Choose this kernel…: Restart the kernel');
    await screen.click('button', 'Undo…: Restart the kernel');
    expect([screen.desk.onUse, screen.desk.onUndo].map(spy => vi.mocked(spy).mock.calls.length)).toEqual([1, 1]);
  });

  it('is not chosen twice, but can still be undone', async () => {
    const screen = await shown({ deed: 'use', after: GPU, state: 'verified', made: { ...made, isChosen: true } });
    expect(screen.all('button').map(node => node.textContent)).toEqual(['Undo…', 'Hide']);
    expect(screen.text).toContain('After: ✓ On the GPU');
  });

  it('is not chosen for a notebook that is closed', async () => {
    const screen = await shown({ deed: 'apply', made }, { isOpen: false });
    expect(screen.all('button').map(node => node.textContent)).toEqual(['Undo…', 'Hide']);
  });
});

describe('the plan', () => {
  const shownPlan = (before: string | null, after: string | null) =>
    render(<FixPlan files={[{ path: '/k/kernel.json', before, after }]} trans={trans} />);

  it.each([
    ['written', null, 'new', ['new']],
    ['changed', 'old', 'new', ['old', 'new']],
    ['removed', 'old', null, ['old']]
  ])('of a file that will be %s shows its path and its texts', async (word, before, after, texts) => {
    const screen = await shownPlan(before, after);
    expect(screen.text).toContain(`This file will be ${word}: /k/kernel.json`);
    expect([...screen.node.querySelectorAll('pre')].map(node => node.textContent)).toEqual(texts);
  });
});
