/** The kernels and what happened: rows that say something, and a sentence where there are none. */
import * as React from 'react';
import { describe, expect, it, vi } from 'vitest';

import { event, row } from '../../__tests__/machine';
import { render, trans } from '../../__tests__/render';
import { KERNEL } from '../../__tests__/samples';
import { type IKernelsProps, KernelList } from '../kernels';
import { type ITimelineProps, Timeline } from '../timeline';

const kernels = (props: Partial<IKernelsProps> = {}) => (
  <KernelList rows={[row()]} problem="" frontKernelId={null} onOpen={vi.fn()} trans={trans} {...props} />
);

const timeline = (props: Partial<ITimelineProps> = {}) => (
  <Timeline events={[event()]} problem="" nameOf={() => null} trans={trans} {...props} />
);

describe('the kernels', () => {
  it('have a mark, a name, a verdict in words and their GPU memory', async () => {
    const screen = await render(kernels());
    expect(screen.get('button', '✓train.ipynb12.0 GiBOn the GPU').title).toContain('TensorFlow computes on GPU:0.');
  });

  it('open their notebook', async () => {
    const onOpen = vi.fn();
    const screen = await render(kernels({ rows: [row({ path: 'a/train.ipynb' })], onOpen }));
    await screen.click('button', '✓train.ipynb12.0 GiBOn the GPU');
    expect(onOpen.mock.calls).toEqual([[KERNEL, 'a/train.ipynb']]);
  });

  it('without a notebook are named, and open nothing', async () => {
    const screen = await render(kernels({ rows: [row({ path: null })] }));
    expect(screen.text).toContain('python3 kernel without a notebook');
    expect(screen.all('button')).toHaveLength(1); // the heading
  });

  it('of which the memory is not known, or none, show no figure', async () => {
    const rows = [row({ gpu_memory_used_bytes: null }), row({ kernel_id: 'k2', gpu_memory_used_bytes: 0 })];
    const screen = await render(kernels({ rows }));
    expect(screen.text).not.toMatch(/\d B/);
  });

  it('in front is marked', async () => {
    const rows = [row({ kernel_id: 'k2', path: 'other.ipynb' }), row()];
    const screen = await render(kernels({ rows, frontKernelId: KERNEL }));
    const marked = [...screen.node.querySelectorAll('[aria-current="true"]')];
    expect(marked.map(node => node.textContent)).toEqual(['✓train.ipynb12.0 GiBOn the GPU']);
  });

  it('that are none say what to do', async () => {
    const screen = await render(kernels({ rows: [] }));
    expect(screen.text).toContain('No kernel runs. Open a notebook or a console to start one.');
  });

  it('are being asked for until there is an answer or a problem', async () => {
    const screen = await render(kernels({ rows: null }));
    expect(screen.text).toContain('Asking the server…');
    await screen.show(kernels({ rows: null, problem: 'The server failed.' }));
    expect(screen.get('status').textContent).toBe('The server failed.');
    expect(screen.text).not.toContain('Asking');
  });
});

describe('what happened', () => {
  it('has its time, machine readable too, and its sentence', async () => {
    const screen = await render(timeline());
    const [time] = screen.node.querySelectorAll('time');
    expect(time!.dateTime).toBe('2023-11-14T22:13:20.000Z');
    expect(screen.text).toContain('GPU 0 is lost.');
  });

  it('names the notebook of a kernel', async () => {
    const fell = event({ kernel_id: KERNEL, text: 'TensorFlow in this kernel computes on the CPU.' });
    const screen = await render(timeline({ events: [fell], nameOf: id => (id === KERNEL ? 'train.ipynb' : null) }));
    expect(screen.text).toContain('train.ipynb: TensorFlow in this kernel computes on the CPU.');
  });

  it('is only the latest, and all on demand', async () => {
    const events = Array.from({ length: 20 }, (_, index) => event({ seq: 20 - index, text: `Event ${20 - index}.` }));
    const screen = await render(timeline({ events }));
    expect(screen.text).toContain('Event 20.');
    expect(screen.text).not.toContain('Event 12.');
    await screen.click('button', 'Show all 20');
    expect(screen.text).toContain('Event 1.');
    await screen.click('button', 'Show fewer');
    expect(screen.text).not.toContain('Event 12.');
  });

  const ofGpus = (kind: 'gpu-appeared' | 'gpu-vanished' | 'gpu-returned' | 'gpu-lost', text: string, gpus: number[]) =>
    gpus.map((index, number) =>
      event({
        seq: 90 - number,
        at_s: 1_700_000_000 - number / 1000,
        kind,
        gpu_index: index,
        text: `GPU ${index} ${text}`
      })
    );

  it.each([
    ['gpu-appeared', [3, 2, 1], "3 GPUs are new in the driver's list: GPU 1 to GPU 3."],
    ['gpu-vanished', [5, 4, 0], "3 GPUs are gone from the driver's list: GPU 0, GPU 4, GPU 5."],
    ['gpu-returned', [7, 2], '2 GPUs answer again: GPU 2, GPU 7.'],
    ['gpu-lost', [1, 0], '2 GPUs do not answer: GPU 0, GPU 1. Restart the machine.'],
    ['gpu-appeared', [4], 'GPU 4 happened to it.']
  ] as const)('to many GPUs at one moment is one row: %s %j', async (kind, gpus, said) => {
    const text = kind === 'gpu-lost' ? 'does not answer. Restart the machine.' : 'happened to it.';
    const screen = await render(timeline({ events: ofGpus(kind, text, [...gpus]) }));
    expect([...screen.node.querySelectorAll('li > span')].map(node => node.textContent)).toEqual([said]);
  });

  it('is one row also when something else happened to one of them', async () => {
    const [third, , first] = ofGpus('gpu-appeared', "is new in the driver's list.", [3, 2, 1]);
    const lost = event({
      seq: 89,
      kind: 'gpu-lost',
      gpu_index: 2,
      text: 'GPU 2 does not answer. Restart the machine.'
    });
    const screen = await render(timeline({ events: [third!, lost, first!] }));
    const rows = [...screen.node.querySelectorAll('li > span')].map(node => node.textContent);
    expect(rows).toEqual(["2 GPUs are new in the driver's list: GPU 1, GPU 3.", lost.text]);
  });

  it('at another time, otherwise, or in kernels, is a row of its own', async () => {
    const [first, second] = ofGpus('gpu-appeared', 'is new.', [1, 0]);
    const kernels = [KERNEL, 'k2'].map((kernel_id, seq) => event({ seq, kernel_id, text: 'GPU 0 fell.' }));
    const others = [{ ...second!, seq: 50, at_s: 1_600_000_000 }, event({ seq: 40 }), ...kernels];
    const screen = await render(timeline({ events: [first!, { ...second!, text: 'GPU 0 is old.' }, ...others] }));
    expect(screen.node.querySelectorAll('li')).toHaveLength(6);
  });

  it('is nothing yet, which is said', async () => {
    const screen = await render(timeline({ events: [] }));
    expect(screen.text).toContain(
      'Nothing yet. What changes on the GPUs or in a kernel while this is open is noted here.'
    );
  });

  it('is being asked for until there is an answer or a problem', async () => {
    const screen = await render(timeline({ events: null }));
    expect(screen.text).toContain('Asking the server…');
    await screen.show(timeline({ events: null, problem: 'The server failed.' }));
    expect(screen.text).not.toContain('Asking');
  });
});
