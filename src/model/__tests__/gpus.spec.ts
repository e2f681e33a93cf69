/** When the GPUs are read, and what is shown of old answers. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { FakeClient, OFFLINE } from '../../__tests__/client';
import { gpus, sample } from '../../__tests__/samples';
import { GpusModel } from '../gpus';

const INTERVAL_MS = 2000;
const MINUTE_MS = 60_000;

let client: FakeClient;
let model: GpusModel;

const settle = (milliseconds = 0) => vi.advanceTimersByTimeAsync(milliseconds);

beforeEach(() => {
  vi.useFakeTimers();
  client = new FakeClient();
  model = new GpusModel(client);
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
