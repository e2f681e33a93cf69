/** What becomes of the answers of the kernel in front: late, missing, or of another kernel. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { ApiError } from '../../api/client';
import { FakeClient, OFFLINE } from '../../__tests__/client';
import { FakeFocus } from '../../__tests__/focus';
import { report } from '../../__tests__/samples';
import { KernelModel } from '../kernel';

const MINUTE_MS = 60_000;

let client: FakeClient;
let focus: FakeFocus;
let model: KernelModel;

/** Let what is due happen. */
const settle = (milliseconds = 0) => vi.advanceTimersByTimeAsync(milliseconds);

/** Bring a kernel to the front and answer its first question. */
async function known(id = 'a'): Promise<void> {
  focus.set(id);
  await settle();
  client.last.answer(report({ kernel_id: id }));
  await settle();
}

beforeEach(() => {
  vi.useFakeTimers();
  client = new FakeClient();
  focus = new FakeFocus();
  model = new KernelModel(client, focus);
});

afterEach(() => {
  model.dispose();
  vi.useRealTimers();
});

describe('another kernel comes to the front', () => {
  it('while an answer is under way: it is asked, and the late answer is dropped', async () => {
    focus.set('a');
    await settle();
    const first = client.last;
    focus.set('b');
    await settle();
    first.answer(report({ kernel_id: 'a' }));
    await settle();
    expect(model.report).toBeNull();
    expect(model.state.kind).toBe('asking');
    expect(client.last.argument).toBe('b');
    client.last.answer(report({ kernel_id: 'b' }));
    await settle();
    expect(model.report?.kernel_id).toBe('b');
  });

  it('the report of the first is not shown for it', async () => {
    await known('a');
    focus.set('b');
    expect(model.report).toBeNull();
  });

  it('while a failing answer is under way: its problem is not the problem of the other', async () => {
    focus.set('a');
    await settle();
    const first = client.last;
    focus.set('b');
    first.fail(OFFLINE);
    await settle();
    expect(model.state).toMatchObject({ kind: 'asking', problem: null });
    expect(client.last.argument).toBe('b');
  });

  it('idle, after a busy one: it is asked at once', async () => {
    client.always = report();
    focus.set('a', 'busy');
    await settle();
    const before = client.count('kernel');
    focus.set('b', 'idle');
    await settle();
    expect(client.count('kernel')).toBe(before + 1);
    expect(client.last.argument).toBe('b');
  });

  it('busy: it is asked at once and not only after an interval', async () => {
    focus.set('a', 'busy');
    await settle();
    expect(client.count('kernel')).toBe(1);
  });

  it('while the panel is shown: it is asked at once and not only after an interval', async () => {
    model.hold();
    await settle();
    focus.set('a');
    await settle();
    expect(client.count('kernel')).toBe(1);
  });

  it('and the panel is hidden in the same moment: it is asked all the same', async () => {
    model.hold();
    await settle();
    focus.set('a');
    model.release();
    await settle();
    expect(client.count('kernel')).toBe(1);
  });

  it('none: what was known is gone', async () => {
    await known();
    focus.set(null);
    expect(model.state).toEqual({ kind: 'none', report: null, problem: null, checking: false });
  });
});

describe('no answer', () => {
  it('to the first question: failed, with the problem', async () => {
    focus.set('a');
    await settle();
    client.last.fail(OFFLINE);
    await settle();
    expect(model.state).toMatchObject({ kind: 'failed', report: null, problem: OFFLINE });
  });

  it('to a later question: the last good answer stays, with the problem', async () => {
    await known();
    model.refresh();
    await settle();
    client.last.fail(OFFLINE);
    await settle();
    expect(model.state).toMatchObject({ kind: 'known', report: { kernel_id: 'a' }, problem: OFFLINE });
    model.refresh();
    await settle();
    client.last.answer(report());
    await settle();
    expect(model.state.problem).toBeNull();
  });

  it('but that there is no such kernel: the last answer is no longer true', async () => {
    await known();
    model.refresh();
    await settle();
    client.last.fail(new ApiError(404, 'not-found', 'There is no such kernel.'));
    await settle();
    expect(model.state).toMatchObject({ kind: 'failed', report: null });
  });

  it('for a reason that is not of the interface', async () => {
    focus.set('a');
    await settle();
    client.last.fail(new TypeError('Cannot read it'));
    await settle();
    expect(model.state.problem).toMatchObject({ reason: 'unknown', message: 'TypeError: Cannot read it' });
  });

  it('again and again: the questions become rarer, and as frequent as before once there is one', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.999); // it waits as long as it may
    const during = async (minutes: number) => {
      const before = client.count('kernel');
      await settle(minutes * MINUTE_MS);
      return client.count('kernel') - before;
    };
    await known();
    client.always = OFFLINE;
    model.hold();
    await during(5);
    expect(await during(5)).toBe(5);
    client.always = report();
    await during(1);
    expect(await during(1)).toBe(12);
  });
});

describe('asked to check again', () => {
  it('the environment is probed, and it shows that it is', async () => {
    await known();
    const done = model.checkAgain();
    expect(model.state.checking).toBe(true);
    expect(client.last).toMatchObject({ method: 'probe', argument: 'a' });
    client.last.answer(report({ label: 'probed' }));
    await done;
    expect(model.state).toMatchObject({ checking: false, report: { label: 'probed' } });
  });

  it('a second time while the first is under way: nothing happens', async () => {
    await known();
    void model.checkAgain();
    void model.checkAgain();
    expect(client.count('probe')).toBe(1);
  });

  it('and an answer of the clock comes first: it still shows that it is checking', async () => {
    await known();
    model.hold();
    await settle();
    const ofTheClock = client.last;
    const done = model.checkAgain();
    const ofTheUser = client.last;
    ofTheClock.answer(report());
    await settle();
    expect(model.state.checking).toBe(true);
    ofTheUser.answer(report());
    await done;
    expect(model.state.checking).toBe(false);
  });

  it('without an answer: the problem is shown', async () => {
    await known();
    const done = model.checkAgain();
    client.last.fail(OFFLINE);
    await done;
    expect(model.state).toMatchObject({ kind: 'known', checking: false, problem: OFFLINE });
  });

  it('and the user goes on to another kernel: the answer is dropped and that one can be checked', async () => {
    await known('a');
    const done = model.checkAgain();
    const late = client.last;
    await known('b');
    late.answer(report({ kernel_id: 'a' }));
    await done;
    expect(model.report?.kernel_id).toBe('b');
    void model.checkAgain();
    expect(client.last).toMatchObject({ method: 'probe', argument: 'b' });
  });

  it('without a kernel: nothing happens', async () => {
    await model.checkAgain();
    expect(client.asked).toHaveLength(0);
  });
});
