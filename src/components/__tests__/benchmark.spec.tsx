/** The benchmark in each of its states. */
import * as React from 'react';
import { describe, expect, it, vi } from 'vitest';

import { render, trans } from '../../__tests__/render';
import { job, result, throughput } from '../../__tests__/samples';
import { BenchmarkCard, type IBenchmarkProps } from '../benchmark';

const card = (props: Partial<IBenchmarkProps> = {}) => (
  <BenchmarkCard
    job={null}
    pending={false}
    problem=""
    disabled=""
    onRun={() => undefined}
    onCancel={() => undefined}
    trans={trans}
    {...props}
  />
);

const done = (...throughputs: ReturnType<typeof throughput>[]) =>
  job({ state: 'done', progress: 1, result: result({ throughputs }) });

describe('the button', () => {
  it('runs', async () => {
    const onRun = vi.fn();
    const screen = await render(card({ onRun }));
    await screen.click('button', 'Run benchmark');
    expect(onRun).toHaveBeenCalledOnce();
    expect(screen.get('button', 'Run benchmark').getAttribute('aria-disabled')).toBe('false');
  });

  it.each([
    ['the start is not answered yet', { pending: true }],
    ['one is queued', { job: job({ state: 'queued' }) }],
    ['one runs', { job: job() }],
    ['it cannot be run', { disabled: 'It needs a kernel.' }]
  ])('does nothing while %s', async (_, props) => {
    const onRun = vi.fn();
    const screen = await render(card({ onRun, ...props }));
    await screen.click('button', 'Run benchmark');
    expect(onRun).not.toHaveBeenCalled();
    expect(screen.get('button', 'Run benchmark').getAttribute('aria-disabled')).toBe('true');
  });

  it('says why it cannot be run', async () => {
    const screen = await render(card({ disabled: 'It needs a kernel.' }));
    const by = screen.get('button', 'Run benchmark').getAttribute('aria-describedby');
    expect(document.getElementById(by ?? '')?.textContent).toBe('It needs a kernel.');
  });

  it('runs again after one that ended', async () => {
    const onRun = vi.fn();
    const screen = await render(card({ onRun, job: job({ state: 'failed', message: 'It ran out of memory.' }) }));
    await screen.click('button', 'Run benchmark');
    expect(onRun).toHaveBeenCalledOnce();
  });
});

describe('under way', () => {
  it('it shows how far it is and at what', async () => {
    const screen = await render(card({ job: job() }));
    const bar = screen.get('progressbar', 'Benchmark');
    expect(bar.getAttribute('aria-valuenow')).toBe('25');
    expect(bar.getAttribute('aria-valuetext')).toBe('float32 on GPU:0');
    expect(screen.text).toContain('float32 on GPU:0…');
  });

  it('in the queue, it says what it waits for', async () => {
    const screen = await render(card({ job: job({ state: 'queued', message: 'Another benchmark runs.' }) }));
    expect(screen.text.split('Another benchmark runs.')).toHaveLength(2); // once
  });

  it('it shows what has been measured so far', async () => {
    const screen = await render(card({ job: job({ partial: [throughput()] }) }));
    expect(screen.get('group', 'GPU:0 float32').textContent).toContain('41.3 TFLOP/s');
  });

  it('it can be cancelled, and only then', async () => {
    const onCancel = vi.fn();
    const screen = await render(card({ job: job(), onCancel }));
    await screen.click('button', 'Cancel');
    expect(onCancel).toHaveBeenCalledOnce();
    await screen.show(card({ job: job({ state: 'cancelled', message: 'It was cancelled.' }), onCancel }));
    expect(screen.all('button', 'Cancel')).toHaveLength(0);
    expect(screen.all('progressbar')).toHaveLength(0);
    expect(screen.get('status').textContent).toBe('It was cancelled.');
  });
});

describe('without success', () => {
  it('it says why the request failed', async () => {
    const screen = await render(card({ problem: 'The server cannot be reached.' }));
    expect(screen.get('alert').textContent).toBe('The server cannot be reached.');
  });

  it('it says why the benchmark failed and keeps what was measured', async () => {
    const failed = job({ state: 'failed', message: 'It ran out of memory.', partial: [throughput()] });
    const screen = await render(card({ job: failed }));
    expect(screen.get('status').textContent).toBe('It ran out of memory.');
    expect(screen.all('group')).toHaveLength(1);
  });
});

describe('a figure', () => {
  it('has its spread and the proof of where it was computed', async () => {
    const screen = await render(card({ job: done(throughput()) }));
    const figure = screen.get('group', 'GPU:0 float32').textContent;
    expect(figure).toContain('GPU:0 · float32');
    expect(figure).toContain('41.3 TFLOP/s');
    expect(figure).toContain('8192 × 8192, median of 20 runs, 80 % of them between 40.1 and 42.9');
    expect(figure).toContain('Computed on /job:localhost/replica:0/task:0/device:GPU:0');
  });

  it('has its share of the peak, with the source, only where there is one', async () => {
    const peak = { peak_tflops: 67, peak_source: 'Data sheet', fraction_of_peak: 0.614 };
    const screen = await render(card({ job: done(throughput(peak)) }));
    expect(screen.text).toContain('61 % of its dense peak of 67.0 TFLOP/s');
    expect(screen.node.querySelector('[title="Data sheet"]')).not.toBeNull();
    await screen.show(card({ job: done(throughput()) }));
    expect(screen.text).not.toContain('peak');
  });

  it('of float32 is compared with the CPU, the others are not', async () => {
    const both = result({
      throughputs: [throughput(), throughput({ dtype: 'float16' })],
      speedup_over_cpu: { 'GPU:0': 47.4 }
    });
    const screen = await render(card({ job: job({ state: 'done', result: both }) }));
    expect(screen.get('group', 'GPU:0 float32').textContent).toContain('47 times your CPU');
    expect(screen.get('group', 'GPU:0 float16').textContent).not.toContain('times');
  });

  it.each([
    ['throttled', 'slowed itself down'],
    ['busy-gpu', 'Another process used the GPU'],
    ['above-peak', 'do not trust this number'],
    ['tf32', 'in TF32 here']
  ] as const)('that is %s says so', async (flag, words) => {
    const screen = await render(card({ job: done(throughput({ flags: [flag] })) }));
    expect(screen.get('group').textContent).toContain(words);
  });

  it('that fell back is given to the device that computed it and is called no GPU figure', async () => {
    const fallen = throughput({
      flags: ['fell-back'],
      result_device: '/job:localhost/replica:0/task:0/device:CPU:0'
    });
    const screen = await render(card({ job: done(fallen) }));
    const figure = screen.get('group').textContent;
    expect(figure).toContain('CPU:0 · float32');
    expect(figure).not.toContain('GPU:0 · float32');
    expect(figure).toContain('Asked for GPU:0, computed on the CPU: this is no GPU figure.');
  });
});

describe('a result', () => {
  it('has the rates of copies and the conditions', async () => {
    const copies = [{ device: 'GPU:0', host_to_device_gbps: 24.96, device_to_host_gbps: 21.04 }];
    const screen = await render(card({ job: job({ state: 'done', result: result({ copies }) }) }));
    expect(screen.text).toContain('GPU:0: 25.0 GB/s from the host, 21.0 GB/s back');
    expect(screen.text).toContain('TensorFlow 2.21.0, Python 3.11.7, A processor (8 threads)');
  });

  it('takes the place of what was measured so far', async () => {
    const both = job({ state: 'done', partial: [throughput()], result: result() });
    const screen = await render(card({ job: both }));
    expect(screen.all('group')).toHaveLength(1);
  });
});
