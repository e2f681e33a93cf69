/** The panel in each state of the kernel: never blank. */
import * as React from 'react';
import { describe, expect, it, vi } from 'vitest';

import { render, trans } from '../../__tests__/render';
import { finding, report } from '../../__tests__/samples';
import { type IPanelProps, PanelView } from '../panel';

const view = (kernel: Partial<IPanelProps['kernel']>, props: Partial<IPanelProps> = {}) => (
  <PanelView
    kernel={{ kind: 'known', report: null, checking: false, problem: '', ...kernel }}
    placement={<p>The models</p>}
    machine={<p>The machine</p>}
    benchmark={<button type="button">Run benchmark</button>}
    onCheckAgain={() => undefined}
    onCopy={() => undefined}
    trans={trans}
    {...props}
  />
);

describe('the panel', () => {
  it.each([
    ['none', '', 'Open a notebook or a console to see what its kernel computes on.'],
    ['asking', '', 'Asking the kernel…'],
    ['failed', 'The server cannot be reached.', 'The server cannot be reached.']
  ] as const)('with a kernel that is %s has one sentence about it', async (kind, problem, sentence) => {
    const screen = await render(view({ kind, problem }));
    const region = screen.get('region', 'This kernel');
    const words = [...region.querySelectorAll('p')].map(node => node.textContent);
    expect(words).toEqual([sentence]);
  });

  it('shows the machine and the benchmark whatever the kernel is', async () => {
    const screen = await render(view({ kind: 'none' }));
    expect(screen.text).toContain('The machine');
    expect(screen.get('button', 'Run benchmark')).toBeTruthy();
  });

  it('without an answer offers to try again', async () => {
    const onCheckAgain = vi.fn();
    const screen = await render(view({ kind: 'failed', problem: 'No.' }, { onCheckAgain }));
    expect(screen.get('alert').textContent).toBe('No.');
    await screen.click('button', 'Try again');
    expect(onCheckAgain).toHaveBeenCalledOnce();
  });

  it('shows the verdict and then the cause', async () => {
    const screen = await render(view({ report: report({ verdict: 'cpu-fallback', findings: [finding()] }) }));
    const titles = screen.all('heading').map(node => node.textContent);
    expect(titles.slice(0, 3)).toEqual(['This kernel', 'Why', 'A CUDA library is missing.']);
    expect(screen.all('alert')).toHaveLength(0);
  });

  it('keeps an old verdict, and says that it may be old', async () => {
    const screen = await render(view({ report: report(), problem: 'The server cannot be reached.' }));
    const region = screen.get('region', 'This kernel');
    expect(region.textContent).toContain('On the GPU');
    expect(region.textContent).toContain('The server cannot be reached.');
  });

  it('hands a check that is under way to the verdict', async () => {
    const screen = await render(view({ report: report(), checking: true }));
    expect(screen.get('button', 'Checking…')).toBeTruthy();
  });
});
