/** What is known of a kernel's benchmarks from before the page was loaded. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { FakeClient, OFFLINE } from '../../__tests__/client';
import { job, KERNEL, pastFigure } from '../../__tests__/samples';
import { BenchmarkModel } from '../benchmark';

let client: FakeClient;
let model: BenchmarkModel;

const settle = (milliseconds = 0) => vi.advanceTimersByTimeAsync(milliseconds);

beforeEach(() => {
  vi.useFakeTimers();
  client = new FakeClient();
  model = new BenchmarkModel(client);
});

afterEach(() => {
  model.dispose();
  vi.useRealTimers();
});

it('is asked for once', async () => {
  void model.look(KERNEL);
  void model.look(KERNEL);
  expect(client.last).toMatchObject({ method: 'benchmarks', argument: KERNEL });
  client.last.answer({ job: null, history: [pastFigure()], problem: null, cell: '' });
  await settle();
  void model.look(KERNEL);
  expect(client.count('benchmarks')).toBe(1);
  expect(model.state(KERNEL)).toMatchObject({ job: null, history: [pastFigure()], historyProblem: '' });
});

it('a job that still runs is followed', async () => {
  void model.look(KERNEL);
  client.last.answer({ job: job(), history: [], problem: 'The file was damaged.', cell: 'code' });
  client.always = job({ state: 'done' });
  await settle(1000);
  expect(model.state(KERNEL)).toMatchObject({ job: { state: 'done' }, historyProblem: 'The file was damaged.' });
});

it('a job that was started meanwhile is not replaced by an older one', async () => {
  void model.look(KERNEL);
  const asked = client.last;
  client.always = job({ id: 'new', state: 'queued' });
  await model.start(KERNEL);
  asked.answer({ job: job({ id: 'old', state: 'done' }), history: [], problem: null, cell: '' });
  await settle();
  expect(model.state(KERNEL).job?.id).toBe('new');
});

it('without an answer nothing is shown, and a later look asks again', async () => {
  void model.look(KERNEL);
  client.last.fail(OFFLINE);
  await settle();
  expect(model.state(KERNEL)).toMatchObject({ history: null, problem: null });
  void model.look(KERNEL);
  expect(client.count('benchmarks')).toBe(2);
});

it('what is chosen is asked for', () => {
  void model.start(KERNEL, { device: 'GPU:1', sweep: true });
  expect(client.last.argument).toEqual({ kernel_id: KERNEL, device: 'GPU:1', sweep: true });
});
