/** When the kernel in front is asked, and when it is left alone. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { FakeClient } from '../../__tests__/client';
import { FakeFocus } from '../../__tests__/focus';
import { report } from '../../__tests__/samples';
import { KernelModel } from '../kernel';

const SETTLE_MS = 300;
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
