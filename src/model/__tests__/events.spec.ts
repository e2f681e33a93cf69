/** The timeline: newest first, bounded, and of one life of the server. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { FakeClient } from '../../__tests__/client';
import { event } from '../../__tests__/machine';
import { EventsModel } from '../events';

const INTERVAL_MS = 5000;
const settle = (milliseconds = 0) => vi.advanceTimersByTimeAsync(milliseconds);

let client: FakeClient;
let model: EventsModel;

beforeEach(() => {
  vi.useFakeTimers();
  client = new FakeClient();
  model = new EventsModel(client);
  model.hold();
});

afterEach(() => {
  model.dispose();
  vi.useRealTimers();
});

/** Answer the question that is due with events of these numbers. */
async function answered(seq: number, ...seqs: number[]): Promise<void> {
  await settle(INTERVAL_MS);
  client.last.answer({ events: seqs.map(one => event({ seq: one })), seq });
  await settle();
}

const numbers = () => model.events?.map(one => one.seq);

it('is null before the first answer, and empty when nothing happened', async () => {
  expect(model.events).toBeNull();
  await answered(0);
  expect(model.events).toEqual([]);
});

it('has the newest first, and asks only for what is new', async () => {
  await answered(2, 1, 2);
  await answered(3, 3);
  expect(numbers()).toEqual([3, 2, 1]);
  expect(client.asked.map(question => question.argument)).toEqual([0, 2]);
});

it('is the same object as long as nothing happened', async () => {
  await answered(1, 1);
  const before = model.events;
  await answered(1);
  expect(model.events).toBe(before);
});

it('is bounded', async () => {
  await answered(300, ...Array.from({ length: 300 }, (_, index) => index + 1));
  expect(numbers()).toHaveLength(200);
  expect(numbers()?.[0]).toBe(300);
});

it('begins anew with another life of the server', async () => {
  await answered(50, 49, 50);
  await answered(1, 1);
  expect(numbers()).toEqual([1]);
});
