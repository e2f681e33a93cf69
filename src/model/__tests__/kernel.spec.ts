/** When the kernel in front is asked, and when it is left alone. */
import { describe, expect, it, vi } from 'vitest';

import { kernelModel, MINUTE_MS, settle } from '../../__tests__/kernelModel';
import { report } from '../../__tests__/samples';
import { KernelModel } from '../kernel';

const SETTLE_MS = 300;
const made = kernelModel();

describe('the kernel in front', () => {
  it('is asked nothing when there is none', async () => {
    made.model.hold();
    await settle(MINUTE_MS);
    expect(made.model.state.kind).toBe('none');
    expect(made.client.asked).toHaveLength(0);
  });

  it('is asked at once', async () => {
    made.focus.set('a');
    expect(made.model.state.kind).toBe('asking');
    await settle();
    expect(made.client.asked.map(question => question.argument)).toEqual(['a']);
    made.client.last.answer(report({ kernel_id: 'a' }));
    await settle();
    expect(made.model.state.kind).toBe('known');
    expect(made.model.report?.kernel_id).toBe('a');
  });

  it('was there before the model', async () => {
    made.focus.set('a');
    const late = new KernelModel(made.client, made.focus);
    await settle();
    expect(made.client.count('kernel')).toBe(2);
    late.dispose();
  });

  it('says that it changed for every new state', async () => {
    const seen: string[] = [];
    made.model.changed.connect(() => seen.push(made.model.state.kind));
    await made.known();
    made.focus.set(null);
    expect(seen).toEqual(['asking', 'known', 'none']);
  });

  it('is asked nothing while it is idle and nobody looks', async () => {
    await made.known();
    await settle(10 * MINUTE_MS);
    expect(made.client.count('kernel')).toBe(1);
  });
});

describe('a cell runs', () => {
  it('the kernel is asked every interval, and no more once it is idle but for a last time', async () => {
    await made.known();
    made.client.always = report();
    made.model.interval = 1000;
    made.focus.set('a', 'busy');
    await settle(5000);
    expect(made.client.count('kernel')).toBe(1 + 5);
    made.focus.set('a', 'idle');
    await settle(MINUTE_MS);
    expect(made.client.count('kernel')).toBe(1 + 5 + 1);
  });

  it('the kernel is asked once after several cells in a row', async () => {
    await made.known();
    for (let cell = 0; cell < 4; cell++) {
      made.focus.set('a', 'busy');
      await settle(50);
      made.focus.set('a', 'idle');
      await settle(SETTLE_MS - 1);
    }
    expect(made.client.count('kernel')).toBe(1);
    await settle(2);
    expect(made.client.count('kernel')).toBe(2);
  });

  it('and ends while another kernel came to the front: the first is not asked', async () => {
    await made.known('a');
    made.focus.set('a', 'busy');
    made.focus.set('a', 'idle');
    await made.known('b');
    await settle(MINUTE_MS);
    expect(made.client.asked.map(question => question.argument)).toEqual(['a', 'b']);
  });

  it('and ends while the browser shows another tab: the kernel is asked all the same', async () => {
    await made.known();
    made.client.always = report();
    made.focus.set('a', 'busy');
    const visibility = vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
    document.dispatchEvent(new Event('visibilitychange'));
    await settle(MINUTE_MS);
    const before = made.client.count('kernel');
    expect(before).toBeLessThan(4);
    made.focus.set('a', 'idle');
    await settle(SETTLE_MS + 1);
    visibility.mockReturnValue('visible');
    document.dispatchEvent(new Event('visibilitychange'));
    expect(made.client.count('kernel')).toBe(before + 1);
  });
});

describe('somebody looks', () => {
  it('the kernel is asked at once and then every interval, until nobody looks', async () => {
    await made.known();
    made.client.always = report();
    made.model.hold();
    await settle();
    expect(made.client.count('kernel')).toBe(2);
    await settle(10_000);
    expect(made.client.count('kernel')).toBe(4);
    made.model.release();
    await settle(MINUTE_MS);
    expect(made.client.count('kernel')).toBe(4);
  });

  it('twice: the first to leave does not end it', async () => {
    await made.known();
    made.client.always = report();
    made.model.hold();
    made.model.hold();
    made.model.release();
    await settle(10_000);
    expect(made.client.count('kernel')).toBeGreaterThan(3);
  });

  it('and the interval changes: the new one counts', async () => {
    await made.known();
    made.client.always = report();
    made.model.hold();
    await settle();
    made.model.interval = 20_000;
    await settle(39_999);
    expect(made.client.count('kernel')).toBe(3);
  });

  it('with the longest interval that the settings allow', async () => {
    await made.known();
    made.client.always = report();
    made.model.interval = 600_000;
    made.model.hold();
    await settle();
    expect(made.client.count('kernel')).toBe(2);
    await settle(600_000);
    expect(made.client.count('kernel')).toBe(3);
  });
});

describe('asked to refresh', () => {
  it('the kernel is asked once more after the answer that is under way', async () => {
    made.focus.set('a');
    await settle();
    made.model.refresh();
    made.model.refresh();
    await settle();
    expect(made.client.count('kernel')).toBe(1);
    made.client.always = report({ label: 'second' });
    made.client.last.answer(report({ label: 'first' }));
    await settle(MINUTE_MS);
    expect(made.client.count('kernel')).toBe(2);
    expect(made.model.report?.label).toBe('second');
  });
});

it('asks nothing once it is disposed', async () => {
  await made.known();
  made.focus.set('a', 'busy');
  made.focus.set('a', 'idle');
  made.model.dispose();
  expect(vi.getTimerCount()).toBe(0);
  made.focus.set('b');
  expect(made.model.state.kind).toBe('known');
  await settle(MINUTE_MS);
  expect(made.client.count('kernel')).toBe(1);
});
