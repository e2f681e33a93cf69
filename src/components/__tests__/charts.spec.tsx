/** The charts: which are shown, of which time, and what they say to those who cannot see them. */
import * as React from 'react';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import type { IPlotProps } from '../../charts/plot';
import { render, trans } from '../../__tests__/render';
import { gpu, gpus, sample } from '../../__tests__/samples';
import { Charts } from '../charts';
import { ChoicesContext, type IChoices } from '../choices';

const drawn = vi.hoisted(() => ({ plots: [] as IPlotProps[], fails: false }));

vi.mock('../../charts/plot', () => ({
  get Plot() {
    if (drawn.fails) {
      throw new Error('no such file');
    }
    return (props: IPlotProps) => {
      drawn.plots.push(props);
      return <div role="img" aria-label={props.summary} />;
    };
  }
}));

beforeEach(() => {
  drawn.plots.length = 0;
  drawn.fails = false;
});

const NOW_S = 1_700_000_000;
const at = (seconds: number, percents: number[]) => ({
  seq: NOW_S + seconds,
  at_s: NOW_S + seconds,
  gpus: percents.map((utilization_percent, index) => sample({ uuid: `GPU-${index}`, utilization_percent }).gpus[0]!)
});
const two = gpus({ devices: [gpu(), gpu({ index: 1, uuid: 'GPU-1' })] });
const history = [at(-500, [90, 90]), at(-4, [10, 20]), at(-2, [30, 40]), at(0, [20, 50])];

async function shown(props: Partial<React.ComponentProps<typeof Charts>> = {}, choices: IChoices | null = null) {
  const chart = (changes: Partial<React.ComponentProps<typeof Charts>> = {}) => (
    <ChoicesContext.Provider value={choices}>
      <Charts gpus={two} history={history} mostMinutes={10} trans={trans} {...props} {...changes} />
    </ChoicesContext.Provider>
  );
  const screen = await render(chart());
  await React.act(async () => new Promise(resolve => setTimeout(resolve, 0)));
  return Object.assign(screen, { update: (changes: Parameters<typeof chart>[0]) => screen.show(chart(changes)) });
}

/** The last drawing of a chart, by the beginning of what it says. */
const last = (title: string) => drawn.plots.filter(one => one.summary.startsWith(title)).pop()!;

describe('the charts', () => {
  it('are of utilisation and memory at first, and say their figures', async () => {
    const screen = await shown();
    expect(screen.all('img').map(node => node.getAttribute('aria-label')?.split('.')[0])).toEqual([
      'Utilisation',
      'Memory'
    ]);
    expect(last('Utilisation').summary).toBe(
      'Utilisation. GPU 0: latest 20 %, lowest 10 %, highest 30 %; GPU 1: latest 50 %, lowest 20 %, highest 50 %.'
    );
  });

  it('are of what the user chooses, and none says so', async () => {
    const screen = await shown();
    await screen.click('button', 'Power');
    await screen.click('button', 'Memory');
    expect(screen.all('img').map(node => node.getAttribute('aria-label')?.split('.')[0])).toEqual([
      'Utilisation',
      'Power'
    ]);
    await screen.click('button', 'Power');
    await screen.click('button', 'Utilisation');
    expect(screen.all('img')).toHaveLength(0);
    expect(screen.text).toContain('Choose above what the charts show.');
  });

  it('are of one minute or of ten', async () => {
    const screen = await shown();
    expect(last('Utilisation').x).toMatchObject({ from: NOW_S - 60, to: NOW_S });
    expect(last('Utilisation').summary).toContain('highest 30 %');
    await screen.click('button', '10 min');
    expect(last('Utilisation').x).toMatchObject({ from: NOW_S - 600, to: NOW_S });
    expect(last('Utilisation').columns.x[0]).toBe(NOW_S - 500);
    expect(screen.get('button', '10 min').getAttribute('aria-pressed')).toBe('true');
  });

  it.each([
    [30, ['1 min', '10 min', '30 min']],
    [5, ['1 min', '5 min']],
    [1, ['1 min']]
  ])('go back by at most %i minutes, as the user has set it', async (mostMinutes, names) => {
    const screen = await shown({ mostMinutes });
    const found = screen.all('button').map(node => node.textContent);
    expect(found.filter(name => name?.endsWith(' min'))).toEqual(names);
    const widest = names[names.length - 1];
    await screen.click('button', widest);
    expect(last('Utilisation').x).toMatchObject({ from: NOW_S - 60 * mostMinutes, to: NOW_S });
    await screen.update({ mostMinutes: 1 });
    expect(last('Utilisation').x.from).toBe(NOW_S - 60);
  });

  it('stand still while they are paused, and go on with all that came meanwhile', async () => {
    const screen = await shown();
    await screen.click('button', 'Pause');
    expect(screen.text).toContain('Paused.');
    await screen.update({ history: [...history, at(2, [99, 99])] });
    expect(last('Utilisation').x.to).toBe(NOW_S);
    await screen.click('button', 'Pause');
    expect(last('Utilisation').x.to).toBe(NOW_S + 2);
    expect(last('Utilisation').summary).toContain('GPU 0: latest 99 %');
  });

  it('have a scale from nothing to the most that there can be', async () => {
    await shown();
    expect(last('Utilisation').y.top).toBe(100);
    expect(last('Memory').y.top).toBe(8 * 1024 ** 3);
  });

  it('take the scale of those GPUs that tell it', async () => {
    await shown({ gpus: gpus({ devices: [gpu(), gpu({ index: 1, uuid: 'GPU-1', memory_total_bytes: null })] }) });
    expect(last('Memory').y.top).toBe(8 * 1024 ** 3);
  });

  it('have a legend with values that hides a line in all of them', async () => {
    const screen = await shown();
    const [item] = screen.all('button', 'GPU 150 %');
    expect(item!.getAttribute('aria-pressed')).toBe('true');
    await React.act(async () => item!.click());
    expect(last('Utilisation').lines.map(line => line.isShown)).toEqual([true, false]);
    expect(last('Memory').lines.map(line => line.isShown)).toEqual([true, false]);
    expect(last('Utilisation').summary).not.toContain('GPU 1');
  });

  it('show the values and the time under the pointer', async () => {
    const screen = await shown();
    const row = last('Utilisation').columns.x.indexOf(NOW_S - 2);
    await React.act(async () => last('Utilisation').onCursor?.(row));
    expect(screen.get('figure', 'Utilisation').textContent).toContain('GPU 140 %');
    expect(screen.get('figure', 'Utilisation').textContent).toMatch(/\d\d:\d\d:\d\d/);
    await React.act(async () => last('Utilisation').onCursor?.(null));
    expect(screen.get('figure', 'Utilisation').textContent).toContain('GPU 150 %');
  });

  it('of one GPU have its value in the heading and no legend', async () => {
    const screen = await shown({ gpus: gpus(), history: [at(0, [37])] });
    expect(screen.get('figure', 'Utilisation').textContent).toBe('Utilisation37 %');
  });

  it('share one cursor', async () => {
    await shown();
    expect(last('Utilisation').sync).toBeTruthy();
    expect(last('Utilisation').sync).toBe(last('Memory').sync);
  });

  it('are not there without a GPU: the GPUs say why', async () => {
    const screen = await shown({ gpus: gpus({ devices: [] }) });
    expect(screen.text).toBe('');
  });

  it('say that nothing was read yet', async () => {
    const screen = await shown({ history: [] });
    expect(screen.text).toContain('Nothing has been read yet.');
    expect(drawn.plots).toHaveLength(0);
  });

  it('say why they could not be loaded', async () => {
    drawn.fails = true;
    const screen = await shown();
    expect(screen.text).toContain('The charts could not be loaded: Error: no such file');
  });

  it('keep what the user chose', async () => {
    const kept = new Map<string, unknown>([['chart:metrics', ['clock']]]);
    const choices = { get: (key: string) => kept.get(key), set: (key: string, one: unknown) => kept.set(key, one) };
    const screen = await shown({}, choices as unknown as IChoices);
    expect(drawn.plots.map(one => one.summary.split('.')[0])).toContain('Clock');
    await screen.click('button', '10 min');
    expect(kept.get('chart:minutes')).toBe(10);
  });
});
