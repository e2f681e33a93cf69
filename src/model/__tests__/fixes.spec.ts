/** Fixes are carried out once, and what came of them is told by what is seen afterwards. */
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { FakeClient } from '../../__tests__/client';
import { finding, fix, KERNEL, report } from '../../__tests__/samples';
import type { Deed } from '../attempt';
import { FixesModel } from '../fixes';
import { Reports } from '../reports';
import type { IWorkbench } from '../workbench';

const CAUSE = finding();
const BEFORE = report({ verdict: 'cpu-fallback', findings: [CAUSE] });

let client: FakeClient;
let reports: Reports;
let fixes: FixesModel;
let checkAgain: ReturnType<typeof vi.fn<() => Promise<void>>>;
const workbench = {
  isOpen: vi.fn(() => true),
  hasTerminals: true,
  insert: vi.fn(() => Promise.resolve(true)),
  type: vi.fn(() => Promise.resolve(true)),
  restart: vi.fn(() => Promise.resolve(true)),
  shutDown: vi.fn<IWorkbench['shutDown']>(() => Promise.resolve(true)),
  confirm: vi.fn<IWorkbench['confirm']>(() => Promise.resolve(true)),
  choose: vi.fn<IWorkbench['choose']>(() => Promise.resolve('new'))
};

beforeEach(() => {
  vi.clearAllMocks();
  client = new FakeClient();
  reports = new Reports(client);
  checkAgain = vi.fn(() => Promise.resolve());
  fixes = new FixesModel(reports, workbench, checkAgain);
});

const carryOut = (deed: Deed, of = BEFORE) => fixes.carryOut(deed, fix(), CAUSE, of);
const state = () => fixes.attempt(KERNEL)?.state;

async function comesIn(one: ReturnType<typeof report>, method: 'kernel' | 'probe' = 'kernel') {
  const asked = reports.client[method](one.kernel_id);
  client.last.answer(one);
  await asked;
}

describe('what is done', () => {
  it.each([
    ['insert', 'insert', [KERNEL, [{ code: fix().text, place: 'here' }]]],
    ['terminal', 'type', [fix().text]],
    ['restart', 'restart', [KERNEL]]
  ] as const)('for %s is left to the workbench', async (deed, method, args) => {
    await carryOut(deed);
    expect(workbench[method].mock.calls).toEqual([args]);
  });

  it('for a shutdown offers the other kernels that hold GPU memory, the greatest first', async () => {
    const row = (kernel_id: string, gpu_memory_used_bytes: number | null) => ({
      kernel_id,
      name: 'python3',
      path: null,
      verdict: 'gpu' as const,
      reason: '',
      gpu_memory_used_bytes
    });
    client.always = { kernels: [row(KERNEL, 9), row('small', 1), row('none', null), row('great', 5), row('zero', 0)] };
    await carryOut('shut-down');
    expect(workbench.shutDown.mock.calls[0]?.[0].map(one => one.kernel_id)).toEqual(['great', 'small']);
  });

  it('is one thing at a time for a kernel', async () => {
    void carryOut('insert');
    await carryOut('terminal');
    expect(workbench.type).not.toHaveBeenCalled();
  });

  it('is forgotten when the user thinks better of it', async () => {
    workbench.restart.mockResolvedValueOnce(false);
    await carryOut('restart');
    expect(fixes.attempt(KERNEL)).toBeNull();
    expect(checkAgain).not.toHaveBeenCalled();
  });

  it('leaves the former attempt when the user thinks better of it', async () => {
    await carryOut('insert');
    workbench.restart.mockResolvedValueOnce(false);
    await carryOut('restart');
    expect(fixes.attempt(KERNEL)).toMatchObject({ deed: 'insert', state: 'waiting' });
  });

  it('says why it failed', async () => {
    workbench.insert.mockRejectedValueOnce(new Error('its notebook is not open.'));
    await carryOut('insert');
    expect(fixes.attempt(KERNEL)).toMatchObject({ state: 'failed', problem: 'its notebook is not open.' });
  });

  it('can be put aside', async () => {
    await carryOut('insert');
    fixes.dismiss(KERNEL);
    expect(fixes.attempt(KERNEL)).toBeNull();
  });
});

describe('what came of it', () => {
  it('is asked at once after a restart, not after code that nobody has run', async () => {
    await carryOut('insert');
    expect(checkAgain).not.toHaveBeenCalled();
    await carryOut('restart');
    expect(checkAgain).toHaveBeenCalledOnce();
  });

  it('is verified when the finding is gone, with the verdict before and after', async () => {
    await carryOut('insert');
    await comesIn(report({ verdict: 'gpu' }));
    expect(fixes.attempt(KERNEL)).toMatchObject({
      state: 'verified',
      before: { verdict: 'cpu-fallback' },
      after: { verdict: 'gpu', forecast: null }
    });
  });

  it('is open while nobody has run it or checked again', async () => {
    await carryOut('insert');
    await comesIn(BEFORE);
    expect(state()).toBe('waiting');
  });

  it('is that it is still there when the user has checked again, until it is gone', async () => {
    await carryOut('terminal');
    await comesIn(BEFORE, 'probe');
    expect(fixes.attempt(KERNEL)).toMatchObject({ state: 'still-there', after: { verdict: 'cpu-fallback' } });
    await comesIn(report({ verdict: 'gpu-ready' }));
    expect(state()).toBe('verified');
  });

  it('is told by the first report after a restart', async () => {
    await carryOut('restart');
    await comesIn(BEFORE);
    expect(state()).toBe('still-there');
  });

  it.each([{ verdict: 'unknown' as const }, { execution_state: 'restarting' }])(
    'is not told by a report that tells nothing: %j',
    async changes => {
      await carryOut('restart');
      await comesIn(report({ findings: [], ...changes }));
      expect(state()).toBe('waiting');
    }
  );

  it('is not told by the report of another kernel', async () => {
    await carryOut('insert');
    await comesIn(report({ kernel_id: 'another' }));
    expect(state()).toBe('waiting');
  });

  it('of a check is nothing: it mends nothing', async () => {
    await fixes.carryOut('insert', fix(), null, BEFORE);
    await comesIn(report({ verdict: 'gpu' }), 'probe');
    expect(state()).toBe('waiting');
  });
});

describe('code that was put into the notebook', () => {
  const after = (execution_count: number) =>
    report({ findings: [CAUSE], live: { execution_count } as unknown as NonNullable<(typeof BEFORE)['live']> });

  /** Put code there while the kernel has run so many cells, which the latest report may not know yet. */
  async function put(cells: number, mends: typeof CAUSE | null): Promise<void> {
    await fixes.carryOut('insert', fix(), mends, after(cells - 1));
    client.last.answer(after(cells));
    await vi.waitFor(() => expect(fixes.attempt(KERNEL)?.cells).toBe(cells));
  }

  it('is spoken of until cells have run, where it is a check', async () => {
    await put(1, null);
    await comesIn(after(1));
    expect(state()).toBe('waiting');
    await comesIn(after(2));
    expect(fixes.attempt(KERNEL)).toBeNull();
  });

  it('is not called unrun once cells have run, where it mends something', async () => {
    await put(1, CAUSE);
    await comesIn(after(1));
    expect(fixes.attempt(KERNEL)).toMatchObject({ state: 'waiting', hasRun: false });
    await comesIn(after(2));
    expect(fixes.attempt(KERNEL)).toMatchObject({ state: 'waiting', hasRun: true });
  });

  it('may have run or not where that cannot be asked', async () => {
    await fixes.carryOut('insert', fix(), null, after(1));
    client.last.fail(new Error('offline'));
    await comesIn(after(2));
    expect(fixes.attempt(KERNEL)).toMatchObject({ state: 'waiting', hasRun: false });
  });
});
