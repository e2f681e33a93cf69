/** What is said of the kernel in front. */
import * as React from 'react';
import { describe, expect, it, vi } from 'vitest';

import { render, trans } from '../../__tests__/render';
import { report } from '../../__tests__/samples';
import { clock } from '../../format';
import { verdictMark, verdictWord } from '../mark';
import { type IVerdictProps, VerdictCard } from '../verdict';

const card = (changes: Parameters<typeof report>[0] = {}, props: Partial<IVerdictProps> = {}) => (
  <VerdictCard
    report={report(changes)}
    checking={false}
    stale=""
    onCheckAgain={() => undefined}
    trans={trans}
    {...props}
  />
);

type Live = NonNullable<ReturnType<typeof report>['live']>;
type Environment = NonNullable<ReturnType<typeof report>['environment']>;

const live = (tensorflow: object) => ({ tensorflow, variables: {} }) as unknown as Live;
const environment = (tensorflow: object) => ({ tensorflow }) as unknown as Environment;

describe('the verdict', () => {
  it('is a word and one sentence under the name of the notebook', async () => {
    const screen = await render(card({ verdict: 'cpu-fallback', reason: 'A library is missing.' }));
    const region = screen.get('region', 'This kernel');
    expect(region.textContent).toContain('train.ipynb · Python 3');
    expect(region.textContent).toContain('Falls back to the CPU');
    expect(screen.get('status').textContent).toBe('A library is missing.');
  });

  it('has the name of the kernel alone when no notebook is known', async () => {
    const screen = await render(card({ path: null }));
    expect(screen.text).toContain('This kernelPython 3');
  });

  it('has a word of its own for each', () => {
    const all = ['gpu', 'gpu-ready', 'cpu-fallback', 'cpu-only', 'not-loaded', 'no-tensorflow', 'unknown'] as const;
    const words = all.map(verdict => verdictWord(verdict, trans));
    expect(new Set(words).size).toBe(all.length);
    expect(words.every(Boolean)).toBe(true);
  });

  it('has a mark that tells good, bad and neither apart without a colour', () => {
    expect([verdictMark('gpu'), verdictMark('gpu-ready')]).toEqual(['✓', '✓']);
    expect(verdictMark('cpu-fallback')).toBe('⚠');
    expect([verdictMark('cpu-only'), verdictMark('unknown'), verdictMark('no-tensorflow')]).toEqual(['○', '○', '○']);
  });

  it('that was observed says when', async () => {
    const screen = await render(card());
    expect(screen.text).toContain(`Observed in the running kernel at ${clock(1_700_000_000)}`);
  });

  it.each([
    ['that is forecast', { basis: 'forecast' } as const],
    ['of a kernel without TensorFlow yet', { verdict: 'not-loaded', basis: 'observed', forecast: 'gpu' } as const]
  ])('%s says that it is a forecast', async (_, changes) => {
    const screen = await render(card(changes));
    expect(screen.text).toContain('Forecast from its environment at');
    expect(screen.text).not.toContain('Observed');
  });

  it('of a kernel without TensorFlow yet has the mark of its forecast and its own word', async () => {
    const screen = await render(card({ verdict: 'not-loaded', forecast: 'cpu-fallback' }));
    expect(screen.text).toContain('⚠TensorFlow not imported');
    await screen.show(card({ verdict: 'not-loaded', forecast: null }));
    expect(screen.text).toContain('○TensorFlow not imported');
  });

  it('that may be old says why', async () => {
    const screen = await render(card({}, { stale: 'The server cannot be reached.' }));
    expect(screen.all('status').map(node => node.textContent)).toContain('The server cannot be reached.');
  });
});

describe('the facts', () => {
  it('are the version, the build and the devices that TensorFlow lists', async () => {
    const screen = await render(
      card({
        live: live({
          version: '2.21.0',
          logical_devices: ['/device:CPU:0', '/device:GPU:0'],
          physical_devices: ['/physical_device:CPU:0']
        }),
        environment: environment({ version: '2.20.0', is_cuda_build: true })
      })
    );
    expect(screen.text).toContain('TensorFlow2.21.0 · CUDA build');
    expect(screen.text).toContain('Its devicesCPU:0, GPU:0');
  });

  it('are those of the environment while TensorFlow is not imported', async () => {
    const screen = await render(card({ environment: environment({ version: '2.20.0', is_cuda_build: false }) }));
    expect(screen.text).toContain('TensorFlow2.20.0 · CPU build');
    expect(screen.text).not.toContain('Its devices');
  });

  it('say nothing of the build when it is not known', async () => {
    const screen = await render(card({ environment: environment({ version: '2.20.0', is_cuda_build: null }) }));
    expect(screen.text).toContain('TensorFlow2.20.0');
    expect(screen.text).not.toContain('build');
  });

  it('are left out when there are none', async () => {
    const screen = await render(card());
    expect(screen.node.querySelector('dl')).toBeNull();
  });
});

describe('check again', () => {
  it('asks', async () => {
    const onCheckAgain = vi.fn();
    const screen = await render(card({}, { onCheckAgain }));
    await screen.click('button', 'Check again');
    expect(onCheckAgain).toHaveBeenCalledOnce();
  });

  it('says that it is under way, keeps the focus and does nothing then', async () => {
    const onCheckAgain = vi.fn();
    const screen = await render(card({}, { onCheckAgain }));
    screen.get('button').focus();
    await screen.show(card({}, { onCheckAgain, checking: true }));
    const button = screen.get('button', 'Checking…');
    await screen.click('button', 'Checking…');
    expect(button.getAttribute('aria-disabled')).toBe('true');
    expect(document.activeElement).toBe(button);
    expect(onCheckAgain).not.toHaveBeenCalled();
  });
});
