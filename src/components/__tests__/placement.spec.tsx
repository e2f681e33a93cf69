/** Where models live: what looking costs, what was seen, and every state between. */
import * as React from 'react';
import { describe, expect, it, vi } from 'vitest';

import { followed, placement, placementOffer, thing } from '../../__tests__/placed';
import { render, trans } from '../../__tests__/render';
import { byDevice, type IPlacementProps, PlacementCard } from '../placement';

const TITLE = 'Where does my model live?';

const card = (changes: Partial<IPlacementProps> = {}) => (
  <PlacementCard
    offer={placementOffer()}
    isLooking={false}
    problem=""
    onShown={() => undefined}
    onLook={() => undefined}
    trans={trans}
    {...changes}
  />
);

/** Rendered and unfolded. */
async function shown(changes: Partial<IPlacementProps> = {}) {
  const screen = await render(card(changes));
  await screen.click('button', TITLE);
  return screen;
}

describe('the section', () => {
  it('is folded, and asks nothing, until the user unfolds it', async () => {
    const onShown = vi.fn();
    const screen = await render(card({ onShown }));
    expect(screen.text).toBe(TITLE);
    expect(onShown).not.toHaveBeenCalled();
    await screen.click('button', TITLE);
    expect(onShown).toHaveBeenCalled();
  });

  it('says that the server is asked, or why it gave no answer', async () => {
    const screen = await shown({ offer: null });
    expect(screen.get('status').textContent).toBe('Asking the server…');
    await screen.show(card({ offer: null, problem: 'The server cannot be reached.' }));
    expect(screen.get('alert').textContent).toBe('The server cannot be reached.');
  });
});

describe('before it looks', () => {
  it('it says what both ways cost, and shows the code', async () => {
    const screen = await shown();
    expect(screen.isFolded('A short program is run in the kernel.')).toBe(false);
    expect(screen.isFolded('TensorFlow notes what it prepares.')).toBe(false);
    expect(screen.isFolded('look()')).toBe(true);
    const described = screen.get('button', 'Look now').getAttribute('aria-describedby') ?? '';
    expect(document.getElementById(described)?.textContent).toBe('A short program is run in the kernel.');
  });

  it('a click looks, or also follows', async () => {
    const onLook = vi.fn();
    const screen = await shown({ onLook });
    await screen.click('button', 'Look now');
    await screen.click('button', 'Look, and follow the next cell');
    expect(onLook.mock.calls).toEqual([[false], [true]]);
  });

  it.each([
    ['it cannot', { offer: placementOffer({ possible: false, why_not: 'A cell runs.' }) }, 'A cell runs.'],
    ['it looks already', { isLooking: true }, 'Looking in the kernel…']
  ])('a click does nothing while %s, which is said', async (_, changes, words) => {
    const onLook = vi.fn();
    const screen = await shown({ onLook, ...changes });
    await screen.click('button', 'Look now');
    expect(onLook).not.toHaveBeenCalled();
    expect(screen.get('button', 'Look now').getAttribute('aria-disabled')).toBe('true');
    expect(screen.text).toContain(words);
  });

  it('and why it was not possible is an alert', async () => {
    const screen = await shown({ problem: 'The kernel gave no answer.' });
    expect(screen.get('alert').textContent).toBe('The kernel gave no answer.');
  });
});

describe('what was seen', () => {
  const seen = (changes: Parameters<typeof placement>[0]) =>
    shown({ offer: placementOffer({ last: placement(changes) }) });

  it('is one sentence, and what is on each device', async () => {
    const on = (device: string, size: number) => [{ device, count: 2, bytes: size }];
    const screen = await seen({
      things: [
        thing({ strategy: 'MirroredStrategy', optimizer: on('CPU:0', 512) }),
        thing({ name: 'head', type: 'Dense', kind: 'layer', values: on('CPU:0', 1024) })
      ]
    });
    expect(screen.get('status').textContent).toContain('On the GPU: model.');
    expect(screen.all('heading').map(node => node.textContent)).toEqual([TITLE, 'GPU:0', 'CPU:0']);
    expect(screen.text).toContain('4 tensors, 3.0 MiBmodel Sequential · MirroredStrategy3.0 MiB');
    expect(screen.text).toContain('4 tensors, 1.5 KiBOptimizer of model 512 Bhead Dense1.0 KiB');
    expect(screen.text).toContain('The kernel was occupied for 13 ms.');
  });

  it('names what holds nothing, and counts what is left out', async () => {
    const screen = await seen({ things: [thing({ values: [] })], left_out: 3 });
    expect(screen.text).toContain('not built yet or stand above already: model.');
    expect(screen.text).toContain('3 more are not shown.');
  });

  it('folds what looking costs', async () => {
    const screen = await seen({});
    expect(screen.isFolded('A short program is run in the kernel.')).toBe(true);
  });

  it('says that the next cell is followed, or why not', async () => {
    const screen = await seen({ following: true });
    expect(screen.text).toContain('The next cell is followed: run it');
    const offer = placementOffer({ last: placement({ not_following: 'TensorFlow is not initialised yet.' }) });
    await screen.show(card({ offer }));
    expect(screen.text).not.toContain('The next cell is followed');
    expect(screen.get('alert').textContent).toBe('TensorFlow is not initialised yet.');
  });
});

describe('the cell that was followed', () => {
  it('is told with what it did on the CPU, the harmless apart', async () => {
    const offer = placementOffer({ followed: followed(), followed_says: 'On the CPU in cell [4]: MatMul (2).' });
    const screen = await shown({ offer });
    expect(screen.text).toContain('On the CPU in cell [4]: MatMul (2).');
    expect(screen.isFolded('MatMul2')).toBe(true);
    expect(screen.text).toContain('5 more operations are on the CPU, where they belong');
  });
});

describe('the devices', () => {
  it('stand in the order of their numbers, GPUs first', () => {
    const values = ['CPU:0', 'GPU:10', 'GPU:2'].map(device => ({ device, count: 1, bytes: 1 }));
    expect(byDevice([thing({ values })]).map(([device]) => device)).toEqual(['GPU:2', 'GPU:10', 'CPU:0']);
  });
});
