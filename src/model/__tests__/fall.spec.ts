/** When a fall to the CPU is news. */
import { beforeEach, describe, expect, it } from 'vitest';

import { finding, report } from '../../__tests__/samples';
import { FallWatch } from '../fall';

const fallen = (id = 'a') => report({ kernel_id: id, verdict: 'cpu-fallback', basis: 'observed' });
const standing = (id = 'a') => report({ kernel_id: id, verdict: 'not-loaded', basis: 'observed' });

let watch: FallWatch;

/** What is said to each of several reports. */
const tell = (...reports: ReturnType<typeof report>[]) => reports.map(one => watch.hasFallen(one));

beforeEach(() => {
  watch = new FallWatch();
});

describe('a fall is told', () => {
  it('when a kernel that stood has fallen', () => {
    expect(tell(standing(), fallen())).toEqual([false, true]);
  });

  it('once, however often it is seen', () => {
    expect(tell(standing(), fallen(), fallen(), standing(), fallen())).toEqual([false, true, false, false, false]);
  });

  it('once for each kernel', () => {
    expect(tell(standing('a'), standing('b'), fallen('a'), fallen('b'))).toEqual([false, false, true, true]);
  });
});

describe('a fall is not told', () => {
  it('of a kernel that had fallen before anybody looked', () => {
    expect(tell(fallen(), fallen())).toEqual([false, false]);
  });

  it('of a kernel because another one stood', () => {
    expect(tell(standing('a'), fallen('b'))).toEqual([false, false]);
  });

  it('when it is only forecast', () => {
    expect(tell(standing(), { ...fallen(), basis: 'forecast' })).toEqual([false, false]);
  });

  it('when the kernel computes on the CPU because it has no GPU', () => {
    expect(tell(standing(), report({ kernel_id: 'a', verdict: 'cpu-only' }))).toEqual([false, false]);
  });
});

describe('a GPU that was taken away on purpose', () => {
  const pinned = (cause: string, value: string) => ({
    ...fallen(),
    findings: [finding({ id: cause })],
    live: { variables: { CUDA_VISIBLE_DEVICES: value } } as unknown as ReturnType<typeof report>['live']
  });

  it.each([
    ['by the notebook', 'visible-devices-emptied', ''],
    ['by the variable', 'cvd-hides-gpu', '-1']
  ])('%s is no fall', (_, cause, value) => {
    expect(tell(standing(), pinned(cause, value))).toEqual([false, false]);
  });

  it('is not what an empty or wrong variable says', () => {
    expect(tell(standing(), pinned('cvd-hides-gpu', ''))).toEqual([false, true]);
  });

  it('is not what a note says', () => {
    const report = pinned('visible-devices-emptied', '');
    report.findings = [finding({ id: 'visible-devices-emptied', role: 'note' })];
    expect(tell(standing(), report)).toEqual([false, true]);
  });
});

it('is told of a kernel that had fallen, was mended and falls again', () => {
  expect(tell(fallen(), standing(), fallen())).toEqual([false, false, true]);
});
