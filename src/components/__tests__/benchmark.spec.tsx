/** The benchmark's card in each of its states. */
import * as React from 'react';
import { describe, expect, it, vi } from 'vitest';

import { render, textOf, trans } from '../../__tests__/render';
import { job, pastFigure, result, throughput } from '../../__tests__/samples';
import { BenchmarkCard, type IBenchmarkProps } from '../benchmark';

const card = (props: Partial<IBenchmarkProps> = {}) => (
  <BenchmarkCard
    job={null}
    pending={false}
    problem=""
    disabled=""
    gpus={[]}
    history={[]}
    historyProblem=""
    cell=""
    onRun={() => undefined}
    onCancel={() => undefined}
    onCopy={() => undefined}
    trans={trans}
    {...props}
  />
);

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
    expect(screen.text).toContain('float32 on GPU:0… 6 s left at most');
  });

  it('in the queue, it says what it waits for', async () => {
    const screen = await render(card({ job: job({ state: 'queued', message: 'Another benchmark runs.' }) }));
    expect(screen.text.split('Another benchmark runs.')).toHaveLength(2); // once
  });

  it('it shows what has been measured so far', async () => {
    const screen = await render(card({ job: job({ partial: [throughput()] }) }));
    expect(screen.get('group', 'GPU:0 float32 tf.function').textContent).toContain('41.3 TFLOP/s');
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

describe('a result', () => {
  it('has the rates of memory and copies, what was left out, and the conditions', async () => {
    const made = result({
      copies: [{ device: 'GPU:0', host_to_device_gbps: 24.96, device_to_host_gbps: 21.04 }],
      memory: [{ device: 'GPU:0', gbps: 3012.4 }],
      skipped: [{ device: 'GPU:0', dtype: 'float8', reason: 'TensorFlow has no product for it.' }],
      notes: ['python3 (process 7) holds 60.0 GiB.']
    });
    const screen = await render(card({ job: job({ state: 'done', result: made }) }));
    expect(screen.text).toContain('GPU:0: 25.0 GB/s from the host, 21.0 GB/s back');
    expect(screen.text).toContain('GPU:0 reads and writes its memory at 3012 GB/s');
    expect(screen.text).toContain('Left out: GPU:0 float8. TensorFlow has no product for it.');
    expect(screen.text).toContain('python3 (process 7) holds 60.0 GiB.');
    expect(screen.text).toContain('TensorFlow 2.21.0, Python 3.11.7, A processor (8 threads) · driver 550.54.14');
  });

  it('takes the place of what was measured so far', async () => {
    const both = job({ state: 'done', partial: [throughput()], result: result() });
    const screen = await render(card({ job: both }));
    expect(screen.all('group')).toHaveLength(1);
  });

  it('of a sweep shows each element type once, at its best size, and all sizes below', async () => {
    const throughputs = [
      throughput({ size: 1024, throughput_tflops: 10 }),
      throughput({ size: 4096, throughput_tflops: 40 }),
      throughput({ size: 8192, throughput_tflops: 38 })
    ];
    const screen = await render(card({ job: job({ state: 'done', result: result({ throughputs }) }) }));
    expect(screen.get('group').textContent).toContain('4096 × 4096');
    const rows = [...screen.node.querySelectorAll('tbody tr')].map(row => row.textContent);
    expect(rows).toEqual(['102410.0', '409640.0', '819238.0']);
  });

  it.each([
    ['Copy as Markdown', '| GPU:0 | float32 | tf.function'],
    ['Copy as CSV', 'device,device_name,dtype'],
    ['Copy as JSON', '"state": "done"']
  ])('can be taken along: %s', async (button, beginning) => {
    const onCopy = vi.fn<(text: string) => void>();
    const screen = await render(card({ job: job({ state: 'done', result: result() }), onCopy }));
    await screen.click('button', button);
    expect(onCopy.mock.calls[0]?.[0]).toContain(beginning.replace('tf.function', 'function'));
  });
});

describe('before the first', () => {
  it('it shows the newest of the earlier figures of each kind', async () => {
    const history = [
      pastFigure({ throughput_tflops: 700 }),
      pastFigure({ throughput_tflops: 650, at_s: 1_600_000_000 }),
      pastFigure({ device: 'CPU:0', device_id: 'a/cpu', dtype: 'float32', throughput_tflops: 1.2 })
    ];
    const screen = await render(card({ history }));
    const lines = [...screen.node.querySelectorAll('li')].map(textOf);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^GPU:0 float16 on .*2023.*: 700 TFLOP\/s$/);
    expect(lines[1]).toContain('1.20 TFLOP/s');
  });

  it('it says why earlier figures are missing', async () => {
    const screen = await render(card({ historyProblem: 'The file was damaged.' }));
    expect(screen.text).toContain('The file was damaged.');
  });
});

describe('inside the kernel', () => {
  it('the code is shown and can be copied; without any, nothing is offered', async () => {
    const onCopy = vi.fn();
    const screen = await render(card({ cell: 'measure()\n', onCopy }));
    expect(screen.text).toContain('measure()');
    await screen.click('button', 'Copy the code of the cell');
    expect(onCopy).toHaveBeenCalledWith('measure()\n');
    await screen.show(card());
    expect(screen.text).not.toContain('inside this kernel');
  });
});
