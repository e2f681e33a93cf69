/** What the form asks for. */
import * as React from 'react';
import { describe, expect, it, vi } from 'vitest';

import { render, trans } from '../../__tests__/render';
import { BenchmarkForm, type IBenchmarkChoice } from '../benchmarkForm';

const form = (gpus: string[], onRun: (choice: IBenchmarkChoice) => void, isUnderWay = false) => (
  <BenchmarkForm
    gpus={gpus}
    isBlocked={false}
    describedBy={undefined}
    isUnderWay={isUnderWay}
    onRun={onRun}
    onCancel={() => undefined}
    trans={trans}
  />
);

async function choose(gpus: string[], choices: Record<number, string>): Promise<IBenchmarkChoice | undefined> {
  const onRun = vi.fn<(choice: IBenchmarkChoice) => void>();
  const screen = await render(form(gpus, onRun));
  for (const [index, value] of Object.entries(choices)) {
    const select = screen.node.querySelectorAll('select')[Number(index)];
    if (!select) {
      throw new Error('no such select');
    }
    await React.act(async () => {
      select.value = value;
      select.dispatchEvent(new Event('change', { bubbles: true }));
      await Promise.resolve();
    });
  }
  await screen.click('button', 'Run benchmark');
  return onRun.mock.calls[0]?.[0];
}

describe('the form', () => {
  it('gives the focus to the button that runs when the one that cancels goes away, and takes it from nobody else', async () => {
    const screen = await render(form([], vi.fn(), true));
    screen.get('button', 'Cancel').focus();
    await screen.show(form([], vi.fn()));
    expect(document.activeElement).toBe(screen.get('button', 'Run benchmark'));
    await screen.show(form([], vi.fn(), true));
    const select = screen.node.querySelector('select')!;
    select.focus();
    await screen.show(form([], vi.fn()));
    expect(document.activeElement).toBe(select);
  });

  it('asks for everything, quickly, unless something else is chosen', async () => {
    expect(await choose([], {})).toEqual({ device: null });
  });

  it('asks for one device', async () => {
    expect(await choose(['GPU:0', 'GPU:1'], { 0: 'GPU:1' })).toEqual({ device: 'GPU:1' });
  });

  it('asks for a sweep, or for the modes', async () => {
    expect(await choose([], { 1: 'sweep' })).toEqual({ device: null, sweep: true });
    expect(await choose([], { 1: 'modes' })).toEqual({ device: null, modes: ['eager', 'function', 'xla'] });
  });

  it('offers the devices that this kernel has', async () => {
    const screen = await render(form(['GPU:0'], () => undefined));
    const options = [...(screen.node.querySelector('select')?.options ?? [])].map(option => option.text);
    expect(options).toEqual(['CPU and GPUs', 'CPU:0', 'GPU:0']);
  });
});
