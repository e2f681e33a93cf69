/** The words of the status bar. */
import * as React from 'react';
import { describe, expect, it, vi } from 'vitest';

import { render } from '../../__tests__/render';
import { report } from '../../__tests__/samples';
import { StatusItem } from '../status';

describe('the status item', () => {
  it('is a button with a mark and a few words, and the sentence when one points at it', async () => {
    const screen = await render(<StatusItem report={report()} onOpen={() => undefined} />);
    const button = screen.get('button', '✓ GPU');
    expect(button.title).toBe('TensorFlow computes on GPU:0.');
    expect(button.dataset['verdict']).toBe('gpu');
  });

  it.each([
    ['cpu-fallback', '⚠'],
    ['gpu', '✓'],
    [null, '○']
  ] as const)('of a kernel without TensorFlow yet has the mark of its forecast: %s', async (forecast, mark) => {
    const loaded = report({ verdict: 'not-loaded', forecast, label: 'x' });
    const screen = await render(<StatusItem report={loaded} onOpen={() => undefined} />);
    expect(screen.get('button').textContent).toBe(`${mark} x`);
  });

  it('opens the panel', async () => {
    const onOpen = vi.fn();
    const screen = await render(<StatusItem report={report()} onOpen={onOpen} />);
    await screen.click('button');
    expect(onOpen).toHaveBeenCalledOnce();
  });
});
