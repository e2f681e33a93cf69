/** Where models live: asked for when it may be another, looked at on demand. */
import { beforeEach, describe, expect, it } from 'vitest';

import { ApiError } from '../../api/client';
import { FakeClient } from '../../__tests__/client';
import { placement, placementOffer } from '../../__tests__/placed';
import { report } from '../../__tests__/samples';
import { PlacementModel } from '../placement';

let client: FakeClient;
let model: PlacementModel;
let emitted: number;

const settle = () => new Promise(resolve => setTimeout(resolve, 0));
const BUSY = new ApiError(409, 'busy', 'A cell runs.');

/** The report after so many cells. */
const after = (execution_count: number, changes: Parameters<typeof report>[0] = {}) =>
  report({ live: { execution_count } as unknown as NonNullable<ReturnType<typeof report>['live']>, ...changes });

/** Ask and answer. */
async function offered(offer = placementOffer()): Promise<void> {
  void model.ask(report());
  client.last.answer(offer);
  await settle();
}

beforeEach(() => {
  client = new FakeClient();
  model = new PlacementModel(client);
  emitted = 0;
  model.changed.connect(() => emitted++);
});

describe('what looking means', () => {
  it('is asked once as long as the kernel is the same', async () => {
    await offered();
    await model.ask(report());
    expect(client.count('placement')).toBe(1);
    expect(model.state(report()).offer?.explains).toBe('A short program is run in the kernel.');
    expect(emitted).toBe(1);
  });

  it('is asked again after a cell and while one runs', async () => {
    await offered();
    void model.ask(after(2));
    void model.ask(after(2, { execution_state: 'busy' }));
    expect(client.count('placement')).toBe(3);
  });

  it('is asked again by the next report when it was not possible, or nothing is known of the kernel', async () => {
    await offered(placementOffer({ possible: false, why_not: 'A cell runs.' }));
    void model.ask(report());
    expect(client.count('placement')).toBe(1);
    void model.ask(report({ at_s: 1_700_000_005, live: null }));
    client.last.answer(placementOffer());
    await settle();
    void model.ask(report({ at_s: 1_700_000_010, live: null }));
    expect(client.count('placement')).toBe(3);
  });

  it('is the latest answer, whichever comes last', async () => {
    void model.ask(after(1));
    const { last: first } = client;
    void model.ask(after(2));
    client.last.answer(placementOffer({ explains: 'Of the second.' }));
    await settle();
    first.answer(placementOffer({ explains: 'Of the first.' }));
    await settle();
    expect(model.state(report()).offer?.explains).toBe('Of the second.');
  });

  it('is asked again by the next report when there was no answer, and not by the same one', async () => {
    void model.ask(report());
    client.last.fail(BUSY);
    await settle();
    expect(model.state(report()).problem).toBe(BUSY);
    void model.ask(report());
    expect(client.count('placement')).toBe(1);
    void model.ask(report({ at_s: 1_700_000_005 }));
    expect(client.count('placement')).toBe(2);
    client.last.answer(placementOffer());
    await settle();
    expect(model.state(report()).problem).toBeNull();
  });
});

describe('what was learned', () => {
  it('of kernels that were asked about long ago is forgotten', async () => {
    client.always = placementOffer();
    for (let number = 0; number <= 50; number++) {
      await model.ask(report({ kernel_id: `k${number}` }));
    }
    expect(model.state(report({ kernel_id: 'k0' })).offer).toBeNull();
    expect(model.state(report({ kernel_id: 'k1' })).offer).not.toBeNull();
    await model.ask(report({ kernel_id: 'k1' }));
    expect(client.count('placement')).toBe(51);
    await model.ask(report({ kernel_id: 'k0' }));
    expect(client.count('placement')).toBe(52);
    expect(model.state(report({ kernel_id: 'k0' })).offer).not.toBeNull();
  });
});

describe('looking', () => {
  it('is said to be under way, and what was seen is kept', async () => {
    await offered();
    void model.look(report(), true);
    expect(client.last.argument).toEqual({ kernelId: 'k1', follow: true });
    expect(model.state(report()).isLooking).toBe(true);
    client.last.answer(placement());
    await settle();
    expect(model.state(report())).toMatchObject({ isLooking: false, problem: null, offer: { last: placement() } });
  });

  it('happens once at a time, and never before its cost is known', async () => {
    await model.look(report(), false);
    expect(client.count('look')).toBe(0);
    await offered();
    void model.look(report(), false);
    void model.look(report(), false);
    expect(client.count('look')).toBe(1);
  });

  it('is not taken for a cell of the user', async () => {
    await offered();
    void model.ask(after(2));
    const { last: before } = client;
    void model.look(report(), false);
    void model.ask(report({ execution_state: 'busy' }));
    expect(client.count('placement')).toBe(2);
    before.answer(placementOffer({ possible: false, why_not: 'A cell runs.' }));
    await settle();
    expect(model.state(report())).toMatchObject({ isLooking: true, offer: { possible: true } });
  });

  it('that fails says why, and what was seen before stays', async () => {
    await offered(placementOffer({ last: placement() }));
    void model.look(report(), false);
    client.last.fail(BUSY);
    await settle();
    expect(model.state(report())).toMatchObject({ isLooking: false, problem: BUSY, offer: { last: placement() } });
  });

  it('keeps in mind that the next cell is followed, which the server does not tell again', async () => {
    await offered();
    void model.look(report(), true);
    client.last.answer(placement({ following: true }));
    await settle();
    void model.ask(report({ execution_state: 'busy' }));
    client.last.answer(placementOffer({ last: placement() }));
    await settle();
    expect(model.state(report()).offer?.last?.following).toBe(true);
  });
});
