/** What one figure says, and what it says of itself. */
import * as React from 'react';
import { describe, expect, it } from 'vitest';

import { render, textOf, trans } from '../../__tests__/render';
import { throughput } from '../../__tests__/samples';
import { Figure } from '../benchmarkFigure';

const shown = async (changes: Parameters<typeof throughput>[0] = {}) => {
  const screen = await render(<Figure figure={throughput(changes)} trans={trans} />);
  return textOf(screen.get('group'));
};

const seen = {
  samples: 3,
  clock_sm_mhz: 1410,
  clock_sm_max_mhz: 1980,
  power_w: 698.7,
  power_limit_w: 700,
  temperature_c: 61,
  throttle_reasons: ['power limit'],
  busy_before_percent: 0,
  memory_used_before_bytes: null,
  holders: null,
  absent: null
};

const before = { at_s: 1_700_000_000, throughput_tflops: 60, size: 8192, change: -0.04, regression: null };

describe('a figure', () => {
  it('has its spread and the proof of where it was computed', async () => {
    const text = await shown();
    expect(text).toContain('GPU:0 · float32');
    expect(text).toContain('41.3 TFLOP/s');
    expect(text).toContain('8192 × 8192, median of 20 runs, 80 % of them between 40.1 and 42.9');
    expect(text).toContain('Computed on /job:localhost/replica:0/task:0/device:GPU:0');
    expect(text).toContain('Products queued as: tf.function');
  });

  it('has its share of the peak, with the source, only where there is one', async () => {
    const text = await shown({ peak_tflops: 67, peak_source: 'Data sheet', fraction_of_peak: 0.614 });
    expect(text).toContain('61 % of its dense peak of 67.0 TFLOP/s');
    expect(text).toContain('Peak: Data sheet');
    expect(await shown()).not.toContain('peak');
  });

  it('is compared with the CPU where that was measured', async () => {
    expect(await shown({ speedup_over_cpu: 47.4 })).toContain("47 times your CPU's float32");
    expect(await shown()).not.toContain('times your CPU');
  });

  it('of integers counts operations, not floating point ones', async () => {
    expect(await shown({ dtype: 'int8' })).toContain('41.3 TOP/s');
  });

  it('names the mode where it is not the usual one', async () => {
    expect(await shown({ mode: 'xla' })).toContain('GPU:0 · float32 · XLA');
  });

  it('whose times had not settled says so', async () => {
    expect(await shown({ settled: false })).toContain('the times had not settled');
    expect(await shown({ settled: null })).not.toContain('settled');
  });

  it.each([
    ['throttled', 'slowed itself down during the run.'],
    ['busy-gpu', 'Other work was on the GPU'],
    ['above-peak', 'do not trust this number'],
    ['tf32', 'in TF32, with less precision']
  ] as const)('that is %s says so', async (flag, words) => {
    expect(await shown({ flags: [flag] })).toContain(words);
  });

  it('that was throttled names the reason and the clock', async () => {
    const text = await shown({ flags: ['throttled'], circumstances: seen });
    expect(text).toContain('slowed itself down during the run: power limit.');
    expect(text).toContain('During it (3 readings): 1410 MHz of at most 1980 MHz · 699 W of at most 700 W');
  });

  it('without readings says why', async () => {
    const text = await shown({ circumstances: { ...seen, samples: 0, absent: 'Nobody watched the GPUs.' } });
    expect(text).toContain('No readings of the GPU: Nobody watched the GPUs.');
    expect(text).not.toContain('MHz');
  });

  it('that fell back is given to the device that computed it and is called no GPU figure', async () => {
    const result_device = '/job:localhost/replica:0/task:0/device:CPU:0';
    const text = await shown({ flags: ['fell-back'], result_device });
    expect(text).toContain('CPU:0 · float32');
    expect(text).not.toContain('GPU:0 · float32');
    expect(text).toContain('Asked for GPU:0, computed on the CPU: this is no GPU figure.');
  });
});

describe('beside the last time', () => {
  it.each([
    [-0.04, '4 % slower than on '],
    [0.12, '12 % faster than on '],
    [0.001, 'As fast as on ']
  ])('a change of %d is a remark', async (change, words) => {
    expect(await shown({ before: { ...before, change } })).toContain(words);
  });

  it('a regression is told in the words of the server', async () => {
    const regression = 'GPU:0 is 31 % slower with float16 than on 3 November: power-capped.';
    const text = await shown({ before: { ...before, change: -0.31, regression } });
    expect(text).toContain(regression);
    expect(text).not.toContain('31 % slower than on');
  });
});
