/** Who holds a GPU's memory, by names that the user knows. */
import * as React from 'react';
import { describe, expect, it, vi } from 'vitest';

import { GIB, process, processes, terminalJob } from '../../__tests__/machine';
import { render, trans } from '../../__tests__/render';
import { KERNEL } from '../../__tests__/samples';
import { Holders, type IHoldersProps } from '../holders';
import { calledBy } from '../names';

const holders = (on: Parameters<typeof processes>[0], props: Partial<IHoldersProps> = {}) => (
  <Holders
    on={processes(on)}
    migUuid={null}
    idle={[]}
    frontKernelId={null}
    called={calledBy((on?.processes ?? []).map(one => one.path))}
    onShutDown={vi.fn()}
    trans={trans}
    {...props}
  />
);

/** The words of each row, without those of its button. */
const rows = (screen: { node: HTMLElement }) =>
  [...screen.node.querySelectorAll('li')].map(row =>
    [...row.children]
      .map(child => child.textContent?.replace('Shut down…', ''))
      .filter(Boolean)
      .join(' | ')
  );

describe('who holds the memory', () => {
  it('is a notebook by its name, with its memory', async () => {
    const screen = await render(holders({ processes: [process({ path: 'work/train.ipynb' })] }));
    expect(rows(screen)).toEqual(['train.ipynb | 12.0 GiB']);
  });

  it('is each of two notebooks, the one with more memory first', async () => {
    const other = process({ pid: 200, kernel_id: 'k2', path: 'big.ipynb', memory_used_bytes: 20 * GIB });
    const screen = await render(holders({ processes: [process(), other] }));
    expect(rows(screen)).toEqual(['big.ipynb | 20.0 GiB', 'train.ipynb | 12.0 GiB']);
  });

  it('is told apart by its folder where two notebooks have the same name', async () => {
    const [one, other] = ['a/train.ipynb', 'b/train.ipynb'];
    const both = [process({ path: one }), process({ pid: 200, kernel_id: 'k2', path: other })];
    const screen = await render(holders({ processes: both }));
    expect(rows(screen)).toEqual(['a/train.ipynb | 12.0 GiB', 'b/train.ipynb | 12.0 GiB']);
  });

  it('is one kernel with all its processes', async () => {
    const screen = await render(holders({ processes: [process(), process({ pid: 124, memory_used_bytes: GIB })] }));
    expect(rows(screen)).toEqual(['train.ipynb | 13.0 GiB | 2 processes']);
  });

  it('is a kernel that no notebook names', async () => {
    const screen = await render(holders({ processes: [process({ path: null })] }));
    expect(rows(screen)).toEqual(['python3 kernel without a notebook | 12.0 GiB']);
  });

  it('is a job of a terminal, which cannot be shut down from here', async () => {
    const screen = await render(holders({ processes: [terminalJob()] }));
    expect(rows(screen)).toEqual(['python3 (pid 123), yours | 12.0 GiB']);
    expect(screen.all('button')).toHaveLength(0);
  });

  it('is another user where the administrator has opened that', async () => {
    const screen = await render(holders({ processes: [terminalJob({ owner: 'other' })] }));
    expect(rows(screen)).toEqual(["python3 (pid 123), another user's | 12.0 GiB"]);
  });

  it('are others as one sum, whose memory may not be known', async () => {
    const screen = await render(holders({ processes: [], others: 2, others_memory_used_bytes: 8 * GIB }));
    expect(rows(screen)).toEqual(['2 processes of others | 8.0 GiB']);
    await screen.show(holders({ processes: [], others: 1 }));
    expect(rows(screen)).toEqual(['1 process of others | memory not known']);
  });

  it('is nobody, then there is no list', async () => {
    const screen = await render(holders({ processes: [] }));
    expect(screen.text).toBe('');
  });

  it('may not be known in full, which is said', async () => {
    const screen = await render(holders({ processes: [], absent: 'The driver lists no processes here.' }));
    expect(screen.text).toBe('The driver lists no processes here.');
  });
});

describe('the kernel in front', () => {
  it('is marked, in words', async () => {
    const other = process({ pid: 200, kernel_id: 'k2', path: 'other.ipynb' });
    const screen = await render(holders({ processes: [process(), other] }, { frontKernelId: KERNEL }));
    const marked = [...screen.node.querySelectorAll('[aria-current="true"]')];
    expect(marked.map(node => node.textContent)).toEqual(['train.ipynb12.0 GiBthis kernelShut down…']);
  });
});

describe('a kernel that does nothing', () => {
  it('is told with what shutting it down would free', async () => {
    const idle = {
      kernel_id: KERNEL,
      kernel_name: 'python3',
      path: 'train.ipynb',
      gpu_uuid: 'GPU-0',
      gpu_index: 0,
      memory_used_bytes: 12 * GIB,
      share_of_memory: 0.5,
      idle_since_s: 1_700_000_000
    };
    const onShutDown = vi.fn();
    const screen = await render(holders({}, { idle: [idle], onShutDown }));
    expect(screen.text).toMatch(/Idle since .+; shutting it down would free 12.0 GiB\./);
    await screen.click('button', 'Shut down the kernel of train.ipynb');
    expect(onShutDown.mock.calls).toEqual([[{ kernelId: KERNEL, name: 'train.ipynb' }]]);
  });
});
