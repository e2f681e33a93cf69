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
