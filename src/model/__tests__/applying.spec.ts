/** What the server applies is shown first, done as it was shown, chosen for the notebook, and undone. */
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { FakeClient } from '../../__tests__/client';
import { actionResult, finding, fix, KERNEL, offer, report } from '../../__tests__/samples';
import { FixesModel } from '../fixes';
import { OffersModel } from '../offers';
import { Reports } from '../reports';
import type { IWorkbench } from '../workbench';

const CAUSE = finding();
const BEFORE = report({ name: 'python3', verdict: 'cpu-fallback', findings: [CAUSE] });
const FIX = fix({
  kind: 'kernel-env',
  action: { action: 'create-kernelspec', request: { preview: false, variables: { A: '1' }, kernelspec: null } }
});

let client: FakeClient;
let reports: Reports;
let fixes: FixesModel;
const checkAgain = vi.fn(() => Promise.resolve());
const workbench = {
  isOpen: () => true,
  hasTerminals: true,
  insert: vi.fn<IWorkbench['insert']>(() => Promise.resolve(true)),
  type: vi.fn(),
  restart: vi.fn(),
  shutDown: vi.fn(),
  confirm: vi.fn<IWorkbench['confirm']>(() => Promise.resolve(true)),
  choose: vi.fn<IWorkbench['choose']>(() => Promise.resolve('new'))
};

/** The bodies that were posted. */
const posted = () => client.asked.filter(one => one.method === 'act').map(one => one.argument);

async function comesIn(one: ReturnType<typeof report>, method: 'kernel' | 'probe' = 'kernel') {
  client.always = null;
  const asked = reports.client[method](one.kernel_id);
  client.last.answer(one);
  await asked;
}

async function applied() {
  client.always = actionResult();
  await fixes.carryOut('apply', FIX, CAUSE, BEFORE);
}

beforeEach(() => {
  vi.clearAllMocks();
  client = new FakeClient();
  reports = new Reports(client);
  fixes = new FixesModel(reports, workbench, checkAgain);
});

describe('an action', () => {
  it('is asked for as a preview, shown, and then done', async () => {
    await applied();
    expect(workbench.confirm).toHaveBeenCalledWith(FIX.title, actionResult().files);
    expect(posted()).toMatchObject([
      { kernelId: KERNEL, action: 'create-kernelspec', request: { preview: true, variables: { A: '1' } } },
      { kernelId: KERNEL, action: 'create-kernelspec', request: { preview: false, variables: { A: '1' } } }
    ]);
    expect(fixes.attempt(KERNEL)).toMatchObject({
      state: 'waiting',
      says: 'The kernelspec python3-tfgpu was written.',
      before: { verdict: 'cpu-fallback' },
      after: { verdict: 'gpu-ready' },
      made: { name: 'python3-tfgpu', from: 'python3' }
    });
  });

  it('is not done when the user thinks better of it', async () => {
    workbench.confirm.mockResolvedValueOnce(false);
    await applied();
    expect(posted()).toHaveLength(1);
    expect(fixes.attempt(KERNEL)).toBeNull();
  });

  it('that hands over code has it inserted, and nothing is posted but the preview', async () => {
    const { cells } = offer();
    client.always = actionResult({ done: false, cells, files: [], kernelspec: null, after: null });
    await fixes.carryOut('apply', FIX, CAUSE, BEFORE);
    expect(workbench.insert).toHaveBeenCalledWith(KERNEL, cells);
    expect([posted().length, workbench.confirm.mock.calls.length]).toEqual([1, 0]);
    expect(fixes.attempt(KERNEL)).toMatchObject({ state: 'waiting', after: null, made: null });
  });

  it('that the server refuses says why', async () => {
    client.always = new Error('The kernel runs behind a gateway.');
    await fixes.carryOut('apply', FIX, CAUSE, BEFORE);
    expect(fixes.attempt(KERNEL)).toMatchObject({ state: 'failed', problem: 'The kernel runs behind a gateway.' });
  });
});

describe('a kernelspec that was written', () => {
  it('changes nothing for the kernel that was started from another one', async () => {
    await applied();
    await comesIn(BEFORE, 'probe');
    expect(fixes.attempt(KERNEL)).toMatchObject({ state: 'waiting', after: { verdict: 'gpu-ready' } });
  });

  it('is chosen for the notebook, and the new kernel is looked at', async () => {
    await applied();
    await fixes.use(KERNEL);
    expect(workbench.choose).toHaveBeenCalledWith(KERNEL, 'python3-tfgpu');
    expect(checkAgain).toHaveBeenCalledOnce();
    expect(fixes.attempt(KERNEL)).toBeNull();
    expect(fixes.attempt('new')?.state).toBe('waiting');
    await comesIn(report({ kernel_id: 'new', name: 'python3-tfgpu', verdict: 'gpu-ready' }));
    expect(fixes.attempt('new')).toMatchObject({
      state: 'verified',
      before: { verdict: 'cpu-fallback' },
      after: { verdict: 'gpu-ready' }
    });
  });

  it('that helps nothing says so', async () => {
    await applied();
    await fixes.use(KERNEL);
    await comesIn(report({ kernel_id: 'new', name: 'python3-tfgpu', verdict: 'cpu-fallback', findings: [CAUSE] }));
    expect(fixes.attempt('new')?.state).toBe('still-there');
  });

  it('is kept when the user does not choose it', async () => {
    await applied();
    workbench.choose.mockResolvedValueOnce(null);
    await fixes.use(KERNEL);
    expect(fixes.attempt(KERNEL)).toMatchObject({ deed: 'apply', state: 'waiting' });
  });
});

describe('undo', () => {
  it('removes the kernelspec, after showing what', async () => {
    await applied();
    const files = [{ path: '/k/kernel.json', before: '{}', after: null }];
    client.always = actionResult({ says: 'The kernelspec python3-tfgpu was removed.', files, kernelspec: null });
    await fixes.undo(KERNEL);
    expect(workbench.choose).not.toHaveBeenCalled();
    expect(workbench.confirm.mock.calls[1]?.[1]).toEqual(files);
    expect(posted().slice(2)).toMatchObject([
      { action: 'remove-kernelspec', request: { kernelspec: 'python3-tfgpu', preview: true } },
      { action: 'remove-kernelspec', request: { kernelspec: 'python3-tfgpu', preview: false } }
    ]);
    expect(fixes.attempt(KERNEL)).toMatchObject({
      state: 'waiting',
      says: 'The kernelspec python3-tfgpu was removed.',
      made: null
    });
  });

  it('gives the notebook its former kernelspec first', async () => {
    await applied();
    await fixes.use(KERNEL);
    await comesIn(report({ kernel_id: 'new', name: 'python3-tfgpu', verdict: 'gpu-ready' }));
    workbench.choose.mockResolvedValueOnce('former');
    client.always = actionResult({ kernelspec: null });
    await fixes.undo('new');
    expect(workbench.choose).toHaveBeenLastCalledWith('new', 'python3');
    expect(posted().slice(2)).toMatchObject([{ kernelId: 'former' }, { kernelId: 'former' }]);
    expect([fixes.attempt('new'), fixes.attempt('former')?.made]).toEqual([null, null]);
  });

  it('is nothing where nothing was written', async () => {
    await fixes.undo(KERNEL);
    await fixes.use(KERNEL);
    expect(client.asked).toEqual([]);
  });
});

describe('offers', () => {
  it('are asked for once for each state of a kernel', async () => {
    const offers = new OffersModel(reports);
    const changed = vi.fn<() => void>();
    offers.changed.connect(() => changed());
    expect(offers.of(BEFORE)).toEqual([]);
    offers.of(BEFORE);
    expect(client.count('actions')).toBe(1);
    client.last.answer({ kernel_id: KERNEL, offers: [offer()] });
    await vi.waitFor(() => expect(changed).toHaveBeenCalledOnce());
    expect(offers.of(BEFORE)).toEqual([offer()]);
    expect(client.count('actions')).toBe(1);
    offers.of(report({ verdict: 'gpu' }));
    expect(client.count('actions')).toBe(2);
  });

  it('of a server that has none are none', async () => {
    vi.spyOn(console, 'warn').mockReturnValue(undefined);
    client.always = new Error('no');
    expect(await new OffersModel(reports).ask(KERNEL)).toEqual([]);
  });
});
