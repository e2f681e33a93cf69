/** What may be done with a fix: by its kind, and by what is possible here. */
import * as React from 'react';
import { describe, expect, it, vi } from 'vitest';

import { render, trans } from '../../__tests__/render';
import { finding, fix, offer } from '../../__tests__/samples';
import { FixView } from '../fix';
import { FixDesk, type IFixDesk } from '../fixdesk';
import { Findings } from '../finding';

const ACTION = { action: 'create-kernelspec', request: { preview: false, variables: {}, kernelspec: null } } as const;
const FINDING = finding();

function desk(changes: Partial<IFixDesk> = {}): IFixDesk {
  return {
    isOpen: true,
    hasTerminals: true,
    offers: [],
    attempt: null,
    onCarryOut: vi.fn(),
    onUse: vi.fn(),
    onUndo: vi.fn(),
    onDismiss: vi.fn(),
    ...changes
  };
}

async function shown(one: ReturnType<typeof fix>, at: IFixDesk | null = desk()) {
  return render(
    <FixDesk.Provider value={at}>
      <FixView fix={one} finding={FINDING} onCopy={() => undefined} trans={trans} />
    </FixDesk.Provider>
  );
}

const buttons = (screen: Awaited<ReturnType<typeof shown>>) => screen.all('button').map(node => node.textContent);

describe('the buttons of a fix', () => {
  it.each([
    ['code', {}, ['Insert cell', 'Copy'], 'insert'],
    ['command', {}, ['Open in terminal', 'Copy'], 'terminal'],
    ['restart-kernel', {}, ['Restart kernel…', 'Copy'], 'restart'],
    ['shutdown-kernel', {}, ['Shut down a kernel…', 'Copy'], 'shut-down'],
    ['kernel-env', { action: ACTION }, ['Apply…', 'Copy'], 'apply'],
    ['kernel-env', {}, ['Copy'], null],
    ['admin', {}, ['Copy'], null],
    ['runtime-setting', {}, ['Copy'], null]
  ] as const)('of kind %s with %j: %j', async (kind, changes, words, deed) => {
    const at = desk();
    const one = fix({ kind, ...changes });
    const screen = await shown(one, at);
    expect(buttons(screen)).toEqual(words);
    if (deed) {
      await screen.click('button', `${words[0]}: ${one.title}`);
      expect(at.onCarryOut).toHaveBeenCalledWith(deed, one, FINDING);
    }
  });

  it.each([
    ['code', 'a notebook to put it into', { isOpen: false }],
    ['restart-kernel', 'a notebook of its kernel', { isOpen: false }],
    ['command', 'terminals', { hasTerminals: false }]
  ] as const)('of kind %s are only Copy without %s', async (kind, _, changes) => {
    expect(buttons(await shown(fix({ kind }), desk(changes)))).toEqual(['Copy']);
  });

  it('are only Copy where a terminal would run it line by line', async () => {
    expect(buttons(await shown(fix({ text: 'cd /tmp\nrm *' })))).toEqual(['Copy']);
    expect(buttons(await shown(fix({ text: 'pip install x\n' })))).toEqual(['Open in terminal', 'Copy']);
  });

  it('are only Copy where nothing can be done', async () => {
    expect(buttons(await shown(fix(), null))).toEqual(['Copy']);
  });

  it('do nothing while another fix is under way', async () => {
    const attempt = {
      deed: 'insert',
      title: 'Another',
      finding: null,
      state: 'working',
      before: { verdict: 'gpu', forecast: null },
      after: null,
      says: '',
      problem: '',
      hasRun: false,
      made: null
    } as const;
    const at = desk({ attempt });
    const screen = await shown(fix(), at);
    const button = screen.get('button', `Open in terminal: ${fix().title}`);
    expect(button.getAttribute('aria-disabled')).toBe('true');
    await screen.click('button', `Open in terminal: ${fix().title}`);
    expect(at.onCarryOut).not.toHaveBeenCalled();
  });
});

describe('the checks in a cell', () => {
  const list = (at: IFixDesk) =>
    render(
      <FixDesk.Provider value={at}>
        <Findings findings={[]} onCopy={() => undefined} trans={trans} />
      </FixDesk.Provider>
    );

  it('are inserted one by one, and mend nothing', async () => {
    const at = desk({ offers: [offer()] });
    const screen = await list(at);
    const [cell] = offer().cells;
    await screen.click('button', 'List the devices');
    expect(at.onCarryOut).toHaveBeenCalledWith('insert', { title: 'List the devices', cells: [cell] }, null);
    expect(screen.text).toContain('They list the devices.');
  });

  it('are those that are possible and hand over code', async () => {
    const cells = (title: string) => [{ title, code: '', place: 'here' as const }];
    const offers = [
      offer({ possible: false, why_not: 'No TensorFlow.', cells: cells('Not possible') }),
      offer({ action: 'restart', effect: 'restart', cells: [] }),
      offer({ action: 'memory-growth', cells: cells('Enable memory growth') })
    ];
    const screen = await list(desk({ offers }));
    expect(screen.text).toContain('Enable memory growth');
    expect(screen.text).not.toContain('Not possible');
  });

  it('are not there when there are none', async () => {
    const screen = await list(desk());
    expect(screen.all('region')).toEqual([]);
  });

  it('need an open notebook, and say so', async () => {
    const at = desk({ offers: [offer()], isOpen: false });
    const screen = await list(at);
    expect(screen.text).toContain('It needs the notebook or console of this kernel to be open.');
    await screen.click('button', 'List the devices');
    expect(at.onCarryOut).not.toHaveBeenCalled();
  });
});
