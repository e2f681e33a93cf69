/** Reports on their way in: completed, remembered, told when they change. */
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { FakeClient, OFFLINE } from '../../__tests__/client';
import { finding, report } from '../../__tests__/samples';
import { Reports } from '../reports';

let client: FakeClient;
let reports: Reports;

const CAUSE = finding({ id: 'theirs:cause' });

/** Ask for a report and have it answered. */
async function comesIn(one = report(), method: 'kernel' | 'probe' = 'kernel') {
  const asked = reports.client[method](one.kernel_id);
  client.last.answer(one);
  return asked;
}

beforeEach(() => {
  client = new FakeClient();
  reports = new Reports(client);
});

describe('a report', () => {
  it('is remembered by its kernel', async () => {
    expect(reports.of('a')).toBeNull();
    const one = await comesIn(report({ kernel_id: 'a' }));
    expect(reports.of('a')).toEqual(one);
    expect(reports.of('b')).toBeNull();
  });

  it('is not forgotten because a later question failed', async () => {
    await comesIn(report({ kernel_id: 'a' }));
    const asked = reports.client.kernel('a');
    client.last.fail(OFFLINE);
    await expect(asked).rejects.toBe(OFFLINE);
    expect(reports.of('a')?.kernel_id).toBe('a');
  });

  it('of a kernel long gone is forgotten', async () => {
    for (let i = 0; i < 65; i++) {
      await comesIn(report({ kernel_id: `k${i}` }));
    }
    expect([reports.of('k0'), reports.of('k1')?.kernel_id, reports.of('k64')?.kernel_id]).toEqual([null, 'k1', 'k64']);
  });

  it('is announced, with whether the environment was probed for it', async () => {
    const arrived = vi.fn<(isAfresh: boolean) => void>();
    reports.arrived.connect((_, { isAfresh }) => arrived(isAfresh));
    await comesIn();
    await comesIn(report(), 'probe');
    expect(arrived.mock.calls).toEqual([[false], [true]]);
  });

  it('is announced as another verdict only when it is one', async () => {
    const changed = vi.fn<(verdict: string) => void>();
    reports.verdictChanged.connect((_, { verdict }) => changed(verdict));
    await comesIn(report({ verdict: 'gpu-ready' }));
    await comesIn(report({ verdict: 'gpu-ready', reason: 'Said otherwise.' }));
    await comesIn(report({ verdict: 'gpu' }));
    await comesIn(report({ kernel_id: 'another', verdict: 'gpu' }));
    expect(changed.mock.calls).toEqual([['gpu-ready'], ['gpu'], ['gpu']]);
  });

  it('that comes late does not displace a newer one', async () => {
    await comesIn(report({ at_s: 20, verdict: 'gpu' }));
    await comesIn(report({ at_s: 10, verdict: 'cpu-only' }));
    expect(reports.of(report().kernel_id)?.verdict).toBe('gpu');
  });
});

describe('causes of others', () => {
  it('stand after those of the server', async () => {
    reports.add({ id: 'theirs', find: () => [CAUSE] });
    const { findings } = await comesIn(report({ findings: [finding()] }));
    expect(findings.map(one => one.id)).toEqual([finding().id, 'theirs:cause']);
  });

  it('may take their time, but not too long', async () => {
    vi.useFakeTimers();
    const warn = vi.spyOn(console, 'warn').mockReturnValue(undefined);
    reports.add({ id: 'slow', find: () => new Promise(() => undefined) });
    reports.add({ id: 'quick', find: () => Promise.resolve([CAUSE]) });
    const asked = comesIn();
    await vi.advanceTimersByTimeAsync(1000);
    expect((await asked).findings).toEqual([CAUSE]);
    expect(warn.mock.calls[0]?.[0]).toContain('slow');
    vi.useRealTimers();
  });

  it('that throw are left out, and the console says whose they are', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue(undefined);
    reports.add({
      id: 'broken',
      find: () => {
        throw new Error('no');
      }
    });
    expect((await comesIn()).findings).toEqual([]);
    expect(warn.mock.calls[0]?.[0]).toContain('broken');
  });

  it('do not double what the server says', async () => {
    reports.add({ id: 'theirs', find: () => [finding({ title: 'Theirs' })] });
    const { findings } = await comesIn(report({ findings: [finding({ title: 'Ours' })] }));
    expect(findings.map(one => one.title)).toEqual(['Ours']);
  });

  it('end when they are disposed of, and each change is told', async () => {
    const changed = vi.fn<() => void>();
    reports.providersChanged.connect(() => changed());
    const added = reports.add({ id: 'theirs', find: () => [CAUSE] });
    added.dispose();
    added.dispose();
    expect(changed).toHaveBeenCalledTimes(2);
    expect((await comesIn()).findings).toEqual([]);
  });

  it('are replaced by those of the same id, whose former owner cannot end them', async () => {
    const former = reports.add({ id: 'theirs', find: () => [finding({ id: 'former' })] });
    reports.add({ id: 'theirs', find: () => [CAUSE] });
    former.dispose();
    expect((await comesIn()).findings).toEqual([CAUSE]);
  });
});

it('leaves all other questions to the client', async () => {
  const asked = reports.client.kernels();
  expect(client.last.method).toBe('kernels');
  client.last.answer({ kernels: [] });
  expect(await asked).toEqual({ kernels: [] });
});
