/** A part of the panel folds, is not drawn then, and stays as the user left it. */
import * as React from 'react';
import { describe, expect, it, vi } from 'vitest';

import { render } from '../../__tests__/render';
import { ChoicesContext } from '../choices';
import { Section } from '../section';

const section = (
  <Section id="gpus" title="GPUs" aside={8}>
    <p>The GPUs</p>
  </Section>
);

describe('a section', () => {
  it('is a region under its title, open at first', async () => {
    const screen = await render(section);
    expect(screen.get('region', 'GPUs').textContent).toBe('GPUs8The GPUs');
    expect(screen.get('button', 'GPUs').getAttribute('aria-expanded')).toBe('true');
  });

  it('folds and unfolds by its heading', async () => {
    const screen = await render(section);
    await screen.click('button', 'GPUs');
    expect(screen.text).not.toContain('The GPUs');
    expect(screen.get('button', 'GPUs').getAttribute('aria-expanded')).toBe('false');
    await screen.click('button', 'GPUs');
    expect(screen.text).toContain('The GPUs');
  });

  it('is folded where the user left it folded', async () => {
    const set = vi.fn();
    const choices = { get: (key: string) => (key === 'open:gpus' ? false : undefined), set };
    const screen = await render(<ChoicesContext.Provider value={choices}>{section}</ChoicesContext.Provider>);
    expect(screen.text).not.toContain('The GPUs');
    await screen.click('button', 'GPUs');
    expect(set.mock.calls).toEqual([['open:gpus', true]]);
  });

  it('takes no choice of another kind for its own', async () => {
    const choices = { get: () => 'nonsense', set: () => undefined };
    const screen = await render(<ChoicesContext.Provider value={choices}>{section}</ChoicesContext.Provider>);
    expect(screen.text).toContain('The GPUs');
  });

  it('and another of the same title have ids of their own', async () => {
    const screen = await render(
      <>
        {section}
        {section}
      </>
    );
    const ids = [...screen.node.querySelectorAll('[id]')].map(node => node.id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
