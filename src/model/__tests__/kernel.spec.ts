/** When the kernel in front is asked, and what becomes of the answers. */
import { Signal } from '@lumino/signaling';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { ApiError } from '../../api/client';
import { FakeClient, OFFLINE } from '../../__tests__/client';
import { report } from '../../__tests__/samples';
import type { IFocus, IFocusedKernel } from '../focus';
import { KernelModel } from '../kernel';

const SETTLE_MS = 300;
const MINUTE_MS = 60_000;

class FakeFocus implements IFocus {
  kernel: IFocusedKernel | null = null;
  readonly changed: Signal<IFocus, void> = new Signal<IFocus, void>(this);

  set(id: string | null, status: IFocusedKernel['status'] = 'idle'): void {
    this.kernel = id ? { id, status } : null;
    this.changed.emit();
  }
}

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

describe('the kernel in front', () => {
  it('is asked nothing when there is none', async () => {
    model.hold();
    await settle(MINUTE_MS);
    expect(model.state.kind).toBe('none');
    expect(client.asked).toHaveLength(0);
  });

  it('is asked at once', async () => {
    focus.set('a');
    expect(model.state.kind).toBe('asking');
    await settle();
    expect(client.asked.map(question => question.argument)).toEqual(['a']);
    client.last.answer(report({ kernel_id: 'a' }));
    await settle();
    expect(model.state.kind).toBe('known');
    expect(model.report?.kernel_id).toBe('a');
  });

  it('was there before the model', async () => {
    focus.set('a');
    const late = new KernelModel(client, focus);
    await settle();
    expect(client.count('kernel')).toBe(2);
    late.dispose();
  });

  it('says that it changed for every new state', async () => {
    const seen: string[] = [];
    model.changed.connect(() => seen.push(model.state.kind));
    await known();
    focus.set(null);
    expect(seen).toEqual(['asking', 'known', 'none']);
  });

  it('is asked nothing while it is idle and nobody looks', async () => {
    await known();
    await settle(10 * MINUTE_MS);
    expect(client.count('kernel')).toBe(1);
  });
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

describe('a cell runs', () => {
  it('the kernel is asked every interval, and no more once it is idle but for a last time', async () => {
    await known();
    client.always = report();
    model.interval = 1000;
    focus.set('a', 'busy');
    await settle(5000);
    expect(client.count('kernel')).toBe(1 + 5);
    focus.set('a', 'idle');
    await settle(MINUTE_MS);
    expect(client.count('kernel')).toBe(1 + 5 + 1);
  });

  it('the kernel is asked once after several cells in a row', async () => {
    await known();
    for (let cell = 0; cell < 4; cell++) {
      focus.set('a', 'busy');
      await settle(50);
      focus.set('a', 'idle');
      await settle(SETTLE_MS - 1);
    }
    expect(client.count('kernel')).toBe(1);
    await settle(2);
    expect(client.count('kernel')).toBe(2);
  });

  it('and ends while another kernel came to the front: the first is not asked', async () => {
    await known('a');
    focus.set('a', 'busy');
    focus.set('a', 'idle');
    await known('b');
    await settle(MINUTE_MS);
    expect(client.asked.map(question => question.argument)).toEqual(['a', 'b']);
  });

  it('and ends while the browser shows another tab: the kernel is asked all the same', async () => {
    await known();
    client.always = report();
    focus.set('a', 'busy');
    const visibility = vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
    document.dispatchEvent(new Event('visibilitychange'));
    await settle(MINUTE_MS);
    const before = client.count('kernel');
    expect(before).toBeLessThan(4);
    focus.set('a', 'idle');
    await settle(SETTLE_MS + 1);
    visibility.mockReturnValue('visible');
    document.dispatchEvent(new Event('visibilitychange'));
    expect(client.count('kernel')).toBe(before + 1);
  });
});

describe('somebody looks', () => {
  it('the kernel is asked at once and then every interval, until nobody looks', async () => {
    await known();
    client.always = report();
    model.hold();
    await settle();
    expect(client.count('kernel')).toBe(2);
    await settle(10_000);
    expect(client.count('kernel')).toBe(4);
    model.release();
    await settle(MINUTE_MS);
    expect(client.count('kernel')).toBe(4);
  });

  it('twice: the first to leave does not end it', async () => {
    await known();
    client.always = report();
    model.hold();
    model.hold();
    model.release();
    await settle(10_000);
    expect(client.count('kernel')).toBeGreaterThan(3);
  });

  it('and the interval changes: the new one counts', async () => {
    await known();
    client.always = report();
    model.hold();
    await settle();
    model.interval = 20_000;
    await settle(39_999);
    expect(client.count('kernel')).toBe(3);
  });

  it('with the longest interval that the settings allow', async () => {
    await known();
    client.always = report();
    model.interval = 600_000;
    model.hold();
    await settle();
    expect(client.count('kernel')).toBe(2);
    await settle(600_000);
    expect(client.count('kernel')).toBe(3);
  });
});

describe('asked to refresh', () => {
  it('the kernel is asked once more after the answer that is under way', async () => {
    focus.set('a');
    await settle();
    model.refresh();
    model.refresh();
    await settle();
    expect(client.count('kernel')).toBe(1);
    client.always = report({ label: 'second' });
    client.last.answer(report({ label: 'first' }));
    await settle(MINUTE_MS);
    expect(client.count('kernel')).toBe(2);
    expect(model.report?.label).toBe('second');
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

it('asks nothing once it is disposed', async () => {
  await known();
  focus.set('a', 'busy');
  focus.set('a', 'idle');
  model.dispose();
  expect(vi.getTimerCount()).toBe(0);
  focus.set('b');
  expect(model.state.kind).toBe('known');
  await settle(MINUTE_MS);
  expect(client.count('kernel')).toBe(1);
});
