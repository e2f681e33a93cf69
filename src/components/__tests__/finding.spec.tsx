/** How causes are shown: the cause first, the rest folded. */
import * as React from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { render, trans } from '../../__tests__/render';
import { finding, fix } from '../../__tests__/samples';
import { FindingCard, Findings } from '../finding';

const list = (...findings: ReturnType<typeof finding>[]) => (
  <Findings findings={findings} onCopy={() => undefined} trans={trans} />
);
const card = (changes: Parameters<typeof finding>[0], onCopy: (text: string) => void = () => undefined) => (
  <FindingCard finding={finding(changes)} onCopy={onCopy} trans={trans} />
);

const CAUSE = finding({ id: 'a', title: 'The cause' });
const LATER = finding({ id: 'b', title: 'What would fail later', role: 'would-also-fail' });
const NOTE = finding({ id: 'c', title: 'A note', role: 'note' });

afterEach(() => {
  vi.useRealTimers();
});

describe('findings', () => {
  it('are not there when there are none', async () => {
    const screen = await render(list());
    expect(screen.node.innerHTML).toBe('');
  });

  it('show the cause; what would also fail and the notes are folded, in this order', async () => {
    const screen = await render(list(NOTE, LATER, CAUSE));
    expect(screen.get('region', 'Why')).toBeTruthy();
    const titles = screen.all('heading').map(node => node.textContent);
    expect(titles).toEqual(['Why', 'The cause', 'What would fail later', 'A note']);
    const folded = ['The cause', 'What would fail later', 'A note'].map(title => screen.isFolded(title));
    expect(folded).toEqual([false, true, true]);
    expect(screen.text).toContain('Also in the way (1)');
    expect(screen.text).toContain('Notes (1)');
  });

  it('that are notes alone are not folded and are no reason', async () => {
    const screen = await render(list(NOTE));
    expect(screen.get('region', 'Good to know')).toBeTruthy();
    expect(screen.isFolded('A note')).toBe(false);
    expect(screen.text).not.toContain('Notes (1)');
  });

  it('keep the order in which the server named several causes', async () => {
    const screen = await render(list(CAUSE, finding({ id: 'd', title: 'Another cause' })));
    const titles = screen.all('heading').map(node => node.textContent);
    expect(titles).toEqual(['Why', 'The cause', 'Another cause']);
  });
});

describe('a finding', () => {
  it.each([
    ['certain', 'Certain'],
    ['likely', 'Likely'],
    ['hint', 'A hint']
  ] as const)('that is %s says: %s', async (certainty, word) => {
    const screen = await render(card({ certainty }));
    expect(screen.text).toContain(`${word} · About this cause`);
  });

  it('links to its page, in another tab', async () => {
    const screen = await render(card({}));
    const link = screen.get('link');
    expect(link.getAttribute('href')).toBe('https://example.org/causes/cuda-lib-missing');
    expect(link.getAttribute('target')).toBe('_blank');
  });

  it('folds its evidence: where it looked, what it found and what it expected', async () => {
    const evidence = [
      { source: 'dlopen', observed: 'not found', expected: 'loaded' },
      { source: '/dev/nvidia0', observed: 'EACCES', expected: 'opens' }
    ];
    const screen = await render(card({ evidence }));
    expect(screen.text).toContain('Evidence (2)');
    expect(screen.text).toContain('Looked atdlopenFoundnot foundExpectedloaded');
    expect(screen.isFolded('EACCES')).toBe(true);
  });
});

describe('a fix', () => {
  it.each([
    ['command', 'In a terminal'],
    ['kernel-env', "In the kernel's environment"],
    ['code', 'In the notebook'],
    ['restart-kernel', 'Restart the kernel'],
    ['shutdown-kernel', 'Shut a kernel down'],
    ['admin', 'By an administrator'],
    ['runtime-setting', "In the service's settings"]
  ] as const)('of kind %s says where: %s', async (kind, where) => {
    const screen = await render(card({ fixes: [fix({ kind })] }));
    expect(screen.text).toContain(`Install the libraries ${where}`);
  });

  it('is shown as code where it is typed, as a sentence where it is one', async () => {
    const screen = await render(
      card({
        fixes: [fix({ text: 'pip install x' }), fix({ kind: 'admin', text: 'Run `modprobe nvidia`, then reboot.' })]
      })
    );
    const texts = (tag: string) => [...screen.node.querySelectorAll(tag)].map(node => node.textContent);
    expect(texts('pre')).toEqual(['pip install x']);
    expect(texts('code')).toContain('modprobe nvidia');
    expect(screen.text).toContain('Run modprobe nvidia, then reboot.');
  });

  it('says how to see that it worked', async () => {
    const screen = await render(card({ fixes: [fix()] }));
    expect(screen.text).toContain('The verdict becomes "On the GPU".');
  });

  it('is copied whole, and says so for a moment', async () => {
    vi.useFakeTimers();
    const onCopy = vi.fn();
    const screen = await render(card({ fixes: [fix(), fix({ title: 'Another', text: 'conda install' })] }, onCopy));
    const button = screen.get('button', 'Copy: Another');
    await screen.click('button', 'Copy: Another');
    expect(onCopy.mock.calls).toEqual([['conda install']]);
    expect(button.textContent).toBe('Copied');
    expect(screen.get('button', 'Copy: Install the libraries').textContent).toBe('Copy');
    await React.act(() => vi.advanceTimersByTimeAsync(2000));
    expect(button.textContent).toBe('Copy');
  });
});
