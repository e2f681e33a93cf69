/** What becomes of the answers of the kernel in front: late, missing, or of another kernel. */
import { describe, expect, it, vi } from 'vitest';

import { ApiError } from '../../api/client';
import { OFFLINE } from '../../__tests__/client';
import { kernelModel, MINUTE_MS, settle } from '../../__tests__/kernelModel';
import { report } from '../../__tests__/samples';

const made = kernelModel();

describe('another kernel comes to the front', () => {
  it('while an answer is under way: it is asked, and the late answer is dropped', async () => {
    made.focus.set('a');
    await settle();
    const first = made.client.last;
    made.focus.set('b');
    await settle();
    first.answer(report({ kernel_id: 'a' }));
    await settle();
    expect(made.model.report).toBeNull();
    expect(made.model.state.kind).toBe('asking');
    expect(made.client.last.argument).toBe('b');
    made.client.last.answer(report({ kernel_id: 'b' }));
    await settle();
    expect(made.model.report?.kernel_id).toBe('b');
  });

  it('the report of the first is not shown for it', async () => {
    await made.known('a');
    made.focus.set('b');
    expect(made.model.report).toBeNull();
  });

  it('while a failing answer is under way: its problem is not the problem of the other', async () => {
    made.focus.set('a');
    await settle();
    const first = made.client.last;
    made.focus.set('b');
    first.fail(OFFLINE);
    await settle();
    expect(made.model.state).toMatchObject({ kind: 'asking', problem: null });
    expect(made.client.last.argument).toBe('b');
  });

  it('idle, after a busy one: it is asked at once', async () => {
    made.client.always = report();
    made.focus.set('a', 'busy');
    await settle();
    const before = made.client.count('kernel');
    made.focus.set('b', 'idle');
    await settle();
    expect(made.client.count('kernel')).toBe(before + 1);
    expect(made.client.last.argument).toBe('b');
  });

  it('busy: it is asked at once and not only after an interval', async () => {
    made.focus.set('a', 'busy');
    await settle();
    expect(made.client.count('kernel')).toBe(1);
  });

  it('while the panel is shown: it is asked at once and not only after an interval', async () => {
    made.model.hold();
    await settle();
    made.focus.set('a');
    await settle();
    expect(made.client.count('kernel')).toBe(1);
  });

  it('and the panel is hidden in the same moment: it is asked all the same', async () => {
    made.model.hold();
    await settle();
    made.focus.set('a');
    made.model.release();
    await settle();
    expect(made.client.count('kernel')).toBe(1);
  });

  it('none: what was known is gone', async () => {
    await made.known();
    made.focus.set(null);
    expect(made.model.state).toEqual({ kind: 'none', report: null, problem: null, checking: false });
  });
});

describe('no answer', () => {
  it('to the first question: failed, with the problem', async () => {
    made.focus.set('a');
    await settle();
    made.client.last.fail(OFFLINE);
    await settle();
    expect(made.model.state).toMatchObject({ kind: 'failed', report: null, problem: OFFLINE });
  });

  it('to a later question: the last good answer stays, with the problem', async () => {
    await made.known();
    made.model.refresh();
    await settle();
    made.client.last.fail(OFFLINE);
    await settle();
    expect(made.model.state).toMatchObject({ kind: 'known', report: { kernel_id: 'a' }, problem: OFFLINE });
    made.model.refresh();
    await settle();
    made.client.last.answer(report());
    await settle();
    expect(made.model.state.problem).toBeNull();
  });

  it('but that there is no such kernel: the last answer is no longer true', async () => {
    await made.known();
    made.model.refresh();
    await settle();
    made.client.last.fail(new ApiError(404, 'not-found', 'There is no such kernel.'));
    await settle();
    expect(made.model.state).toMatchObject({ kind: 'failed', report: null });
  });

  it('for a reason that is not of the interface', async () => {
    made.focus.set('a');
    await settle();
    made.client.last.fail(new TypeError('Cannot read it'));
    await settle();
    expect(made.model.state.problem).toMatchObject({ reason: 'unknown', message: 'TypeError: Cannot read it' });
  });

  it('again and again: the questions become rarer, and as frequent as before once there is one', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.999); // it waits as long as it may
    const during = async (minutes: number) => {
      const before = made.client.count('kernel');
      await settle(minutes * MINUTE_MS);
      return made.client.count('kernel') - before;
    };
    await made.known();
    made.client.always = OFFLINE;
    made.model.hold();
    await during(5);
    expect(await during(5)).toBe(5);
    made.client.always = report();
    await during(1);
    expect(await during(1)).toBe(12);
  });
});

describe('asked to check again', () => {
  it('the environment is probed, and it shows that it is', async () => {
    await made.known();
    const done = made.model.checkAgain();
    expect(made.model.state.checking).toBe(true);
    expect(made.client.last).toMatchObject({ method: 'probe', argument: 'a' });
    made.client.last.answer(report({ label: 'probed' }));
    await done;
    expect(made.model.state).toMatchObject({ checking: false, report: { label: 'probed' } });
  });

  it('a second time while the first is under way: nothing happens', async () => {
    await made.known();
    void made.model.checkAgain();
    void made.model.checkAgain();
    expect(made.client.count('probe')).toBe(1);
  });

  it('and an answer of the clock comes first: it still shows that it is checking', async () => {
    await made.known();
    made.model.hold();
    await settle();
    const ofTheClock = made.client.last;
    const done = made.model.checkAgain();
    const ofTheUser = made.client.last;
    ofTheClock.answer(report());
    await settle();
    expect(made.model.state.checking).toBe(true);
    ofTheUser.answer(report());
    await done;
    expect(made.model.state.checking).toBe(false);
  });

  it('without an answer: the problem is shown', async () => {
    await made.known();
    const done = made.model.checkAgain();
    made.client.last.fail(OFFLINE);
    await done;
    expect(made.model.state).toMatchObject({ kind: 'known', checking: false, problem: OFFLINE });
  });

  it('and the user goes on to another kernel: the answer is dropped and that one can be checked', async () => {
    await made.known('a');
    const done = made.model.checkAgain();
    const late = made.client.last;
    await made.known('b');
    late.answer(report({ kernel_id: 'a' }));
    await done;
    expect(made.model.report?.kernel_id).toBe('b');
    void made.model.checkAgain();
    expect(made.client.last).toMatchObject({ method: 'probe', argument: 'b' });
  });

  it('without a kernel: nothing happens', async () => {
    await made.model.checkAgain();
    expect(made.client.asked).toHaveLength(0);
  });
});
