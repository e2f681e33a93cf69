/** Renders an element and finds what is in it as a user would: by role, name and text. */
import { nullTranslator } from '@jupyterlab/translation';
import * as React from 'react';
import { createRoot } from 'react-dom/client';
import { onTestFinished } from 'vitest';

export const trans = nullTranslator.load('tfgpu-lab');

/** Elements that have a role without saying so. */
const NATIVE: Record<string, string> = {
  button: 'button',
  heading: 'h1, h2, h3',
  link: 'a[href]',
  article: 'article',
  figure: 'figure',
  region: 'section[aria-label], section[aria-labelledby]'
};

/** Text as it is read: where a line may not break is a space. */
export function textOf(node: Element | null): string {
  return (node?.textContent ?? '').replace(/\u00a0/g, ' ');
}

function nameOf(node: Element): string {
  const label = node.getAttribute('aria-label');
  const by = node.getAttribute('aria-labelledby');
  return label ?? textOf(by ? document.getElementById(by) : node);
}

/** What is inside a node; `name` is the whole accessible name. */
export class Screen {
  constructor(readonly node: HTMLElement) {}

  get text(): string {
    return textOf(this.node);
  }

  all(role: string, name?: string): HTMLElement[] {
    const native = NATIVE[role];
    const selector = `[role="${role}"]${native ? `, ${native}` : ''}`;
    const found = [...this.node.querySelectorAll<HTMLElement>(selector)];
    return name === undefined ? found : found.filter(node => nameOf(node) === name);
  }

  get(role: string, name?: string): HTMLElement {
    const [found, ...others] = this.all(role, name);
    if (!found || others.length) {
      const what = `${role}${name === undefined ? '' : ` "${name}"`}`;
      throw new Error(`${found ? 'Several' : 'No'} ${what} in: ${this.node.innerHTML}`);
    }
    return found;
  }

  /** Whether a text is inside a folded `details`; an error when it is nowhere. */
  isFolded(text: string): boolean {
    const holders = [...this.node.querySelectorAll('*')].filter(node => textOf(node).includes(text));
    const innermost = holders[holders.length - 1];
    if (!innermost) {
      throw new Error(`No "${text}" in: ${this.node.innerHTML}`);
    }
    return innermost.closest('details:not([open])') !== null && !innermost.closest('summary');
  }

  async click(role: string, name?: string): Promise<void> {
    const target = this.get(role, name);
    await React.act(async () => {
      target.click();
      await Promise.resolve();
    });
  }
}

/** Renders into the document until the test ends; `show` renders again. */
export async function render(
  element: React.ReactElement
): Promise<Screen & { show: (next: React.ReactElement) => Promise<void> }> {
  const container = document.body.appendChild(document.createElement('div'));
  const root = createRoot(container);
  const show = async (next: React.ReactElement) => {
    await React.act(async () => {
      root.render(next);
      await Promise.resolve();
    });
  };
  onTestFinished(() => {
    React.act(() => root.unmount());
    container.remove();
  });
  await show(element);
  return Object.assign(new Screen(container), { show });
}
