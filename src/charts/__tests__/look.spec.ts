/** Lines are told apart without colours, and colours follow the theme. */
import { afterEach, describe, expect, it, vi } from 'vitest';

import { look, onTheme, Palette } from '../look';

afterEach(() => {
  document.body.removeAttribute('data-jp-theme-name');
  document.documentElement.removeAttribute('style');
});

describe('the look of a line', () => {
  it('differs in its dashes for the first eight', () => {
    const dashes = Array.from({ length: 8 }, (_, index) => look(index).dash.join(' '));
    expect(new Set(dashes).size).toBe(8);
  });

  it('differs for the first sixteen', () => {
    const looks = Array.from({ length: 16 }, (_, index) => JSON.stringify(look(index)));
    expect(new Set(looks).size).toBe(16);
  });

  it('has only colours of the theme', () => {
    for (let index = 0; index < 40; index++) {
      expect(look(index).variable).toMatch(/^--jp-/);
    }
  });
});

describe('the palette', () => {
  it('reads a colour once, and again when it is told to', () => {
    const node = document.body.appendChild(document.createElement('div'));
    node.style.setProperty('--jp-brand-color1', 'navy');
    const palette = new Palette(node);
    expect(palette.get('--jp-brand-color1')).toBe('navy');
    node.style.setProperty('--jp-brand-color1', 'gold');
    expect(palette.get('--jp-brand-color1')).toBe('navy');
    palette.forget();
    expect(palette.get('--jp-brand-color1')).toBe('gold');
    node.remove();
  });
});

describe('a change of the theme', () => {
  it('is told until that is ended', async () => {
    const use = vi.fn();
    const end = onTheme(use);
    document.body.setAttribute('data-jp-theme-name', 'JupyterLab Dark');
    await vi.waitFor(() => expect(use).toHaveBeenCalledTimes(1));
    end();
    document.body.setAttribute('data-jp-theme-name', 'JupyterLab Light');
    await new Promise(resolve => setTimeout(resolve, 0));
    expect(use).toHaveBeenCalledTimes(1);
  });
});
