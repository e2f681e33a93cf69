/** How a benchmark is started, followed and cancelled. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { ApiError } from '../../api/client';
import { FakeClient, OFFLINE } from '../../__tests__/client';
import { job, KERNEL, result } from '../../__tests__/samples';
import { BenchmarkModel, isUnderWay } from '../benchmark';

const INTERVAL_MS = 500;
const MINUTE_MS = 60_000;

let client: FakeClient;
let model: BenchmarkModel;

const settle = (milliseconds = 0) => vi.advanceTimersByTimeAsync(milliseconds);
const state = () => model.state(KERNEL);

/** Start a benchmark and let the server say that it runs. */
async function running(): Promise<void> {
  void model.start(KERNEL);
  client.last.answer(job());
  await settle();
}

beforeEach(() => {
  vi.useFakeTimers();
  client = new FakeClient();
  model = new BenchmarkModel(client);
});

afterEach(() => {
  model.dispose();
  vi.useRealTimers();
});

it('is under way while it is queued or runs', () => {
  const states = ['queued', 'running', 'done', 'failed', 'cancelled'] as const;
  expect(states.filter(name => isUnderWay(job({ state: name })))).toEqual(['queued', 'running']);
  expect(isUnderWay(null)).toBe(false);
});

describe('before the first', () => {
  it('there is nothing, and nobody is asked', async () => {
    await settle(MINUTE_MS);
    expect(state()).toEqual({ job: null, pending: false, problem: null, history: null, historyProblem: '', cell: '' });
    expect(model.state(null)).toEqual(state());
    expect(client.asked).toHaveLength(0);
  });
});

describe('started', () => {
  it('it is pending until the server has answered', async () => {
    void model.start(KERNEL);
    expect(client.last).toMatchObject({ method: 'startBenchmark', argument: { kernel_id: KERNEL } });
    expect(state()).toMatchObject({ job: null, pending: true });
    client.last.answer(job());
    await settle();
    expect(state()).toMatchObject({ job: { state: 'running' }, pending: false });
  });

  it('it is followed until it is done, and then no more', async () => {
    const progress: (number | undefined)[] = [];
    await running();
    model.changed.connect(() => progress.push(state().job?.progress));
    client.last.answer(job({ progress: 0.5 }));
    await settle(INTERVAL_MS);
    client.last.answer(job({ progress: 0.75 }));
    await settle(INTERVAL_MS);
    client.last.answer(job({ state: 'done', progress: 1, result: result() }));
    await settle();
    expect(progress).toEqual([0.5, 0.75, 1]);
    expect(client.last).toMatchObject({ method: 'benchmark', argument: 'j1' });
    const asked = client.asked.length;
    await settle(MINUTE_MS);
    expect(client.asked).toHaveLength(asked);
    expect(vi.getTimerCount()).toBe(0);
    expect(state().job?.result).not.toBeNull();
  });

  it('twice, it is started once', async () => {
    void model.start(KERNEL);
    void model.start(KERNEL);
    expect(client.asked).toHaveLength(1);
    client.last.answer(job({ state: 'queued' }));
    await settle();
    void model.start(KERNEL);
    expect(client.count('startBenchmark')).toBe(1);
  });

  it('after one that is done, it is followed again', async () => {
    client.always = job({ state: 'done' });
    await model.start(KERNEL);
    await settle(MINUTE_MS);
    client.always = job({ id: 'j2' });
    await model.start(KERNEL);
    await settle(4 * INTERVAL_MS);
    expect(client.asked.filter(question => question.argument === 'j2').length).toBeGreaterThan(3);
  });

  it('without success, the problem is shown and it can be started again', async () => {
    const refused = new ApiError(409, 'conflict', 'Another benchmark is under way.');
    void model.start(KERNEL);
    client.last.fail(refused);
    await settle(MINUTE_MS);
    expect(state()).toMatchObject({ job: null, pending: false, problem: refused });
    void model.start(KERNEL);
    expect(state()).toMatchObject({ pending: true, problem: null });
  });

  it('it is that of its kernel and of no other', async () => {
    client.always = job({ state: 'done' });
    await model.start(KERNEL);
    expect(model.state('another').job).toBeNull();
    client.always = job({ id: 'j2', kernel_id: 'another' });
    await model.start('another');
    client.always = job({ id: 'j2', kernel_id: 'another', state: 'done' });
    await settle(INTERVAL_MS);
    expect(state().job?.id).toBe('j1');
    expect(model.state('another').job?.state).toBe('done');
  });
});

describe('two under way', () => {
  it('are both followed, and one without an answer does not keep the other from its own', async () => {
    client.always = job();
    await model.start(KERNEL);
    client.always = job({ id: 'j2', kernel_id: 'another' });
    await model.start('another');
    client.always = null;
    await settle(INTERVAL_MS);
    const both = client.asked.slice(-2);
    expect(both.map(question => question.argument)).toEqual(['j1', 'j2']);
    both[1]?.answer(job({ id: 'j2', kernel_id: 'another', state: 'done' }));
    await settle();
    expect(model.state('another').job?.state).toBe('done');
  });
});

describe('cancelled', () => {
  it('it is followed no more', async () => {
    await running();
    client.last.answer(job());
    await settle();
    const done = model.cancel(KERNEL);
    expect(client.last).toMatchObject({ method: 'cancelBenchmark', argument: 'j1' });
    client.last.answer(job({ state: 'cancelled' }));
    await done;
    const asked = client.asked.length;
    await settle(MINUTE_MS);
    expect(client.asked).toHaveLength(asked);
    expect(state().job?.state).toBe('cancelled');
  });

  it('it is not revived by an answer that was under way', async () => {
    await running();
    const late = client.last;
    expect(late.method).toBe('benchmark');
    const done = model.cancel(KERNEL);
    client.last.answer(job({ state: 'cancelled' }));
    await done;
    late.answer(job({ progress: 0.9 }));
    await settle();
    expect(state().job?.state).toBe('cancelled');
  });

  it('and started anew, an answer about the first is dropped', async () => {
    await running();
    const late = client.last;
    client.always = job({ state: 'cancelled' });
    await model.cancel(KERNEL);
    client.always = job({ id: 'j2' });
    await model.start(KERNEL);
    late.answer(job({ progress: 0.9 }));
    await settle();
    expect(state().job?.id).toBe('j2');
  });

  it('and an answer about it fails late, the failure is dropped', async () => {
    await running();
    const late = client.last;
    client.always = job({ state: 'cancelled' });
    await model.cancel(KERNEL);
    late.fail(OFFLINE);
    await settle();
    expect(state()).toMatchObject({ job: { state: 'cancelled' }, problem: null });
  });

  it('when nothing is under way, nobody is asked', async () => {
    await model.cancel(KERNEL);
    client.always = job({ state: 'done' });
    await model.start(KERNEL);
    await model.cancel(KERNEL);
    expect(client.count('cancelBenchmark')).toBe(0);
  });
});

describe('without an answer while it runs', () => {
  it('that the server does not know it any more: it will not end, so it is gone', async () => {
    await running();
    client.last.fail(new ApiError(404, 'not-found', 'There is no such benchmark.'));
    await settle(MINUTE_MS);
    expect(state()).toMatchObject({ job: null, problem: { reason: 'not-found' } });
    expect(client.count('benchmark')).toBe(1);
  });

  it('the last state stays with the problem, until the server answers again', async () => {
    await running();
    client.last.fail(OFFLINE);
    await settle();
    expect(state()).toMatchObject({ job: { state: 'running' }, problem: OFFLINE });
    client.always = job({ state: 'done' });
    await settle(MINUTE_MS);
    expect(state()).toMatchObject({ job: { state: 'done' }, problem: null });
  });

  it('the questions become rarer', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.999); // it waits as long as it may
    await running();
    client.always = OFFLINE;
    client.last.fail(OFFLINE);
    await settle(MINUTE_MS);
    const before = client.count('benchmark');
    await settle(MINUTE_MS);
    expect(client.count('benchmark') - before).toBe(6);
  });

  it('a new one of another kernel is followed at once all the same', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.999);
    await running();
    client.last.fail(OFFLINE);
    client.always = OFFLINE;
    await settle(MINUTE_MS);
    client.always = job({ id: 'j2', kernel_id: 'another' });
    await model.start('another');
    await settle();
    expect(client.last).toMatchObject({ method: 'benchmark', argument: 'j2' });
  });

  it('for a reason that is not of the interface, the reason is told', async () => {
    void model.start(KERNEL);
    client.last.fail(new TypeError('Cannot read it'));
    await settle();
    expect(state().problem).toMatchObject({ reason: 'unknown', message: 'TypeError: Cannot read it' });
  });
});
