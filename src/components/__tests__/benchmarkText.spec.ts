/** Figures as text for elsewhere. */
import { describe, expect, it } from 'vitest';

import { job, result, throughput } from '../../__tests__/samples';
import { asCsv, asJson, asMarkdown } from '../benchmarkText';

const done = job({
  state: 'done',
  result: result({
    throughputs: [
      throughput({
        device_name: 'A "fast", one',
        fraction_of_peak: 0.614,
        peak_tflops: 67,
        speedup_over_cpu: 47.44,
        flags: ['throttled']
      }),
      throughput({ dtype: 'float16' })
    ],
    notes: ['The processor was busy.']
  })
});

describe('CSV', () => {
  it('has a head and one line a figure, each with as many cells', () => {
    const lines = asCsv(done).trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]?.split(',')).toHaveLength(17);
    expect(lines[2]?.split(',')).toHaveLength(17);
  });

  it('quotes what would break a cell', () => {
    expect(asCsv(done)).toContain('GPU:0,"A ""fast"", one",float32,function,8192,41.26');
  });
});

describe('JSON', () => {
  it('is the whole job', () => {
    expect(JSON.parse(asJson(done))).toEqual(done);
  });
});

describe('Markdown', () => {
  it('is a table with the conditions and notes', () => {
    const lines = asMarkdown(done).split('\n');
    expect(lines[1]).toBe('| --- | --- | --- | --- | --- | --- | --- | --- | --- |');
    expect(lines[2]).toBe('| GPU:0 | float32 | function | 8192 | 41.3 | 40.1 to 42.9 | 61 % | 47.4 | throttled |');
    expect(asMarkdown(done)).toContain(
      'Measured with TFGPU Lab on 2023-11-14; TensorFlow 2.21.0; Python 3.11.7; A processor (8 threads); NVIDIA H200; ' +
        'driver 550.54.14.'
    );
    expect(asMarkdown(done)).toContain('- The processor was busy.');
  });

  it('of a job that failed has what was measured until then', () => {
    const failed = job({ state: 'failed', partial: [throughput()] });
    expect(asMarkdown(failed)).toContain('| GPU:0 | float32 |');
  });
});
