/** When the GPUs are read, and what is shown of old answers. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { FakeClient, OFFLINE } from '../../__tests__/client';
import { gpus, sample } from '../../__tests__/samples';
import { appended, GpusModel } from '../gpus';

const INTERVAL_MS = 2000;
const MINUTE_MS = 60_000;
const HISTORY_S = 600;

let client: FakeClient;
let model: GpusModel;

const settle = (milliseconds = 0) => vi.advanceTimersByTimeAsync(milliseconds);

beforeEach(() => {
  vi.useFakeTimers();
  client = new FakeClient();
  model = new GpusModel(client, { minutes: HISTORY_S / 60 });
});

afterEach(() => {
  model.dispose();
  vi.useRealTimers();
});

/** Let one question pass and answer it. */
async function answered(answer: ReturnType<typeof gpus>): Promise<void> {
  await settle(INTERVAL_MS);
  client.last.answer(answer);
  await settle();
}

describe('the GPUs', () => {
  it('are not read while nobody looks', async () => {
    await settle(MINUTE_MS);
    expect(client.asked).toHaveLength(0);
  });

  it('are read at once and every interval while somebody looks, and then no more', async () => {
    client.always = gpus();
    model.hold();
    await settle();
    expect(client.count('gpus')).toBe(1);
    await settle(3 * INTERVAL_MS);
    expect(client.count('gpus')).toBe(4);
    model.release();
    await settle(MINUTE_MS);
    expect(client.count('gpus')).toBe(4);
    model.hold();
    await settle();
    expect(client.count('gpus')).toBe(5);
  });

  it('are read until the last who looks has left', async () => {
    client.always = gpus();
    model.hold();
    model.hold();
    model.release();
    await settle(INTERVAL_MS);
    expect(client.count('gpus')).toBe(2);
  });

  it('are asked only for samples that were not seen', async () => {
    model.hold();
    await answered(gpus({ seq: 7 }));
    await settle(INTERVAL_MS);
    expect(client.asked.map(question => question.argument)).toEqual([0, 7]);
  });

  it('are not read once the model is disposed', async () => {
    client.always = gpus();
    model.hold();
    await settle();
    model.dispose();
    await settle(MINUTE_MS);
    expect(client.count('gpus')).toBe(1);
  });
});

describe('the latest sample', () => {
  it('is the newest of several', async () => {
    model.hold();
    await answered(gpus({ samples: [sample({}, 1), sample({}, 2)], seq: 2 }));
    expect(model.state.latest?.seq).toBe(2);
  });

  it('stays when an answer has no new one', async () => {
    model.hold();
    await answered(gpus());
    await answered(gpus({ samples: [] }));
    expect(model.state.latest?.seq).toBe(1);
  });

  it('goes with the last GPU', async () => {
    model.hold();
    await answered(gpus());
    await answered(gpus({ devices: [], samples: [], error: 'The GPU is lost.' }));
    expect(model.state).toMatchObject({ latest: null, gpus: { error: 'The GPU is lost.' } });
  });
});

describe('what has not changed', () => {
  it('is the same object in the next answer', async () => {
    model.hold();
    const at = (seq: number, utilization_percent: number) =>
      gpus({ samples: [{ ...sample({ utilization_percent }, seq), at_s: seq }], seq });
    await answered(at(1, 5));
    const { gpus: before, latest } = model.state;
    await answered(at(2, 5));
    expect(model.state.gpus).not.toBe(before);
    expect(model.state.gpus?.devices).toBe(before?.devices);
    expect(model.state.latest?.gpus).toBe(latest?.gpus);
    await answered(at(3, 6));
    expect(model.state.latest?.gpus).not.toBe(latest?.gpus);
    expect(model.state.history.map(one => [one.seq, one.gpus[0]?.utilization_percent])).toEqual([
      [1, 5],
      [2, 5],
      [3, 6]
    ]);
  });
});

describe('without an answer', () => {
  it('the last good one stays, with the problem, until there is a new one', async () => {
    const problems: (string | null)[] = [];
    model.changed.connect(() => problems.push(model.state.problem?.reason ?? null));
    model.hold();
    await answered(gpus());
    await settle(INTERVAL_MS);
    client.last.fail(OFFLINE);
    await settle();
    expect(model.state).toMatchObject({ gpus: { seq: 1 }, latest: { seq: 1 }, problem: OFFLINE });
    client.always = gpus();
    await settle(MINUTE_MS);
    expect(problems.slice(0, 3)).toEqual([null, 'offline', null]);
  });

  it('for a reason that is not of the interface, the reason is told', async () => {
    model.hold();
    await settle();
    client.last.fail(new TypeError('Cannot read it'));
    await settle();
    expect(model.state.problem).toMatchObject({ reason: 'unknown', message: 'TypeError: Cannot read it' });
  });

  it('the questions become rarer', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.999); // it waits as long as it may
    client.always = OFFLINE;
    model.hold();
    await settle(5 * MINUTE_MS);
    const before = client.count('gpus');
    await settle(5 * MINUTE_MS);
    expect(client.count('gpus') - before).toBe(5);
  });
});

describe('the history', () => {
  const at = (at_s: number) => ({ ...sample({}, at_s), at_s });
  const times = (history: readonly { at_s: number }[]) => history.map(one => one.at_s);

  it('grows by what is new', async () => {
    model.hold();
    await answered(gpus({ samples: [at(10), at(12)], seq: 12 }));
    await answered(gpus({ samples: [at(14)], seq: 14 }));
    expect(times(model.state.history)).toEqual([10, 12, 14]);
  });

  it('is the same array while there is nothing new', () => {
    const history = [at(10)];
    expect(appended(history, [], HISTORY_S)).toBe(history);
    expect(appended(history, [at(12)], HISTORY_S)).not.toBe(history);
  });

  it('is of as much of the past as is wanted', () => {
    const history = appended([at(10)], [at(10 + HISTORY_S), at(12 + HISTORY_S)], HISTORY_S);
    expect(times(history)).toEqual([10 + HISTORY_S, 12 + HISTORY_S]);
  });

  it('is bounded however often the server reads, and reaches back as far as is wanted', () => {
    const often = (from: number) => Array.from({ length: 1000 }, (_, index) => at(from + index * 0.05));
    let history: ReturnType<typeof appended> = [];
    for (let from = 0; from < 2 * HISTORY_S; from += 50) {
      history = appended(history, often(from), HISTORY_S);
    }
    expect(history.length).toBeLessThanOrEqual(3600);
    expect(history.length).toBeGreaterThan(3500);
    expect(history[0]!.at_s).toBeCloseTo(HISTORY_S, 0);
    expect(history[history.length - 1]!.at_s).toBeCloseTo(2 * HISTORY_S, 0);
  });

  it('leaves out no sample of an hour with one a second', () => {
    const samples = Array.from({ length: 100 }, (_, index) => at(index));
    expect(appended([], samples, 3600)).toEqual(samples);
  });

  it('may lag behind the latest sample where the server reads faster than there is room for', async () => {
    const hour = new GpusModel(client, { minutes: 60 });
    hour.hold();
    await answered(gpus({ samples: [at(10), at(10.5)], seq: 2 }));
    expect(times(hour.state.history)).toEqual([10]);
    expect(hour.state.latest?.at_s).toBe(10.5);
    hour.dispose();
  });

  it('stays in order when the clock of the server was put back', () => {
    expect(times(appended([at(10), at(20)], [at(15), at(16)], HISTORY_S))).toEqual([10, 15, 16]);
  });

  it('stays when the views are closed and opened again, and the gap is seen by its times', async () => {
    model.hold();
    await answered(gpus({ samples: [at(10)], seq: 1 }));
    model.release();
    await settle(MINUTE_MS);
    model.hold();
    await answered(gpus({ samples: [at(70)], seq: 2 }));
    expect(times(model.state.history)).toEqual([10, 70]);
  });
});

describe('the interval', () => {
  it('is that of the server', async () => {
    model.hold();
    await answered(gpus({ interval_s: 10 }));
    client.always = gpus({ interval_s: 10 });
    await settle(INTERVAL_MS); // was armed before
    const before = client.count('gpus');
    await settle(30_000);
    expect(client.count('gpus') - before).toBe(3);
  });
});
