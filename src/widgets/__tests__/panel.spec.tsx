/** The panel's body shows the models and acts upon them. */
import { Clipboard } from '@jupyterlab/apputils';
import { MessageLoop } from '@lumino/messaging';
import { Signal } from '@lumino/signaling';
import { Panel, Widget } from '@lumino/widgets';
import * as React from 'react';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';

import { ApiError } from '../../api/client';
import { chooseUnits } from '../../format';
import { FakeClient, OFFLINE } from '../../__tests__/client';
import { FakeFocus } from '../../__tests__/focus';
import { placement, placementOffer } from '../../__tests__/placed';
import { Screen, trans } from '../../__tests__/render';
import { finding, fix, gpus, KERNEL, report } from '../../__tests__/samples';
import { BenchmarkModel } from '../../model/benchmark';
import { KernelModel } from '../../model/kernel';
import { Past } from '../../model/past';
import { type IModels, PanelBody } from '../panel';
import { sentence } from '../problem';

// It draws in browsers only.
vi.mock('../../charts/plot', () => ({ Plot: () => null }));

let client: FakeClient;
let focus: FakeFocus;
let models: { kernel: KernelModel; benchmark: BenchmarkModel };
let kernels: { rows: null; problem: null; changed: Signal<object, void>; hold: () => void; release: () => void };
let body: PanelBody;
let screen: Screen;

/** Let the models ask, answer the last question of a method, and let React draw. */
async function answer(method: keyof FakeClient, value: unknown): Promise<void> {
  await React.act(async () => {
    await vi.waitFor(() => expect(client.asked.some(question => question.method === method)).toBe(true));
    const asked = client.asked.filter(question => question.method === method);
    const last = asked[asked.length - 1]!;
    if (value instanceof Error) {
      last.fail(value);
    } else {
      last.answer(value);
    }
    await new Promise(resolve => setTimeout(resolve, 0));
  });
}

beforeEach(async () => {
  client = new FakeClient();
  focus = new FakeFocus();
  focus.set(KERNEL);
  models = { kernel: new KernelModel(client, focus), benchmark: new BenchmarkModel(client) };
  kernels = { rows: null, problem: null, changed: new Signal<object, void>({}), hold: vi.fn(), release: vi.fn() };
  const others = {
    kernels,
    fixing: () => new Promise(() => undefined),
    reports: { client },
    tfgpu: { report: null, metrics: [], changed: new Signal<object, void>({}) },
    past: new Past(),
    database: null,
    open: vi.fn()
  };
  body = new PanelBody({ ...models, ...others } as unknown as IModels, trans);
  screen = new Screen(body.node);
  await React.act(async () => {
    Widget.attach(body, document.body);
    await body.renderPromise;
  });
});

afterEach(() => {
  React.act(() => body.dispose());
  Object.values(models).forEach(model => model.dispose());
});

describe('the body', () => {
  it('follows the kernel', async () => {
    expect(screen.get('region', 'This kernel').textContent).toContain('Asking the kernel…');
    await answer('kernel', report());
    expect(screen.get('region', 'This kernel').textContent).toContain('On the GPU');
    React.act(() => focus.set(null));
    expect(screen.get('region', 'This kernel').textContent).toContain('Open a notebook or a console');
  });

  it('follows the GPUs', async () => {
    await answer('gpus', gpus());
    expect(screen.get('article', 'GPU 0')).toBeTruthy();
  });

  it('writes all anew when the user wants other units, and charts that are paused stay so', async () => {
    await answer('gpus', gpus());
    await screen.click('button', 'Pause');
    expect(screen.get('article', 'GPU 0').textContent).toContain('2.0 of 8.0 GiB');
    chooseUnits({ memory: 'GB', temperature: 'C' });
    onTestFinished(() => chooseUnits({ memory: 'GiB', temperature: 'C' }));
    await React.act(async () => kernels.changed.emit());
    expect(screen.get('article', 'GPU 0').textContent).toContain('2.1 of 8.6 GB');
    expect(screen.get('button', 'Pause').getAttribute('aria-pressed')).toBe('true');
  });

  it('asks what looking for models costs when that is unfolded, and looks on a click', async () => {
    await answer('kernel', report());
    expect(client.count('placement')).toBe(0);
    await screen.click('button', 'Where does my model live?');
    await answer('placement', placementOffer());
    await screen.click('button', 'Look now');
    await answer('look', placement({ says: 'All is on the GPU.' }));
    expect(screen.text).toContain('All is on the GPU.');
  });

  it('asks nothing of what looking for models costs once it is hidden', async () => {
    await answer('kernel', report());
    await screen.click('button', 'Where does my model live?');
    await answer('placement', placementOffer());
    const live = (execution_count: number) =>
      ({ execution_count }) as unknown as NonNullable<ReturnType<typeof report>['live']>;
    const another = async (count: number) => {
      void models.kernel.checkAgain();
      await answer('probe', report({ live: live(count), at_s: 1_700_000_000 + count }));
    };
    await another(2);
    expect(client.count('placement')).toBe(2);
    await answer('placement', placementOffer());
    await React.act(async () => body.hide());
    await another(3);
    expect(client.count('placement')).toBe(2);
  });

  it('has no place for models without TensorFlow', async () => {
    await answer('kernel', report({ verdict: 'no-tensorflow' }));
    expect(screen.text).not.toContain('Where does my model live?');
  });

  it('says that a benchmark needs a kernel', () => {
    expect(screen.text).toContain('It needs a kernel: open a notebook or a console.');
  });

  it('says that a benchmark needs TensorFlow', async () => {
    await answer('kernel', report({ verdict: 'no-tensorflow' }));
    expect(screen.text).toContain("There is no TensorFlow in this kernel's environment.");
    await screen.click('button', 'Run benchmark');
    expect(client.count('startBenchmark')).toBe(0);
  });

  it('checks again when it is asked to', async () => {
    await answer('kernel', report());
    await screen.click('button', 'Check again');
    expect(client.count('probe')).toBe(1);
    expect(screen.get('button', 'Checking…')).toBeTruthy();
  });

  it('copies a fix', async () => {
    const copy = vi.spyOn(Clipboard, 'copyToSystem').mockReturnValue(undefined);
    await answer('kernel', report({ findings: [finding({ fixes: [fix({ text: 'pip install it' })] })] }));
    await screen.click('button', 'Copy: Install the libraries');
    expect(copy.mock.calls).toEqual([['pip install it']]);
  });

  it('says what to do when the server has no extension', async () => {
    await answer('kernel', new ApiError(404, 'no-server-extension', 'raw'));
    expect(screen.get('alert').textContent).toContain('jupyter server extension enable tfgpu_lab');
  });
});

describe('what is asked on a clock', () => {
  const held = () => vi.mocked(kernels.hold).mock.calls.length - vi.mocked(kernels.release).mock.calls.length;

  it('is held while the body is shown, and only then', () => {
    expect(held()).toBe(1);
    body.hide();
    expect(held()).toBe(0);
    body.show();
    expect(held()).toBe(1);
    Widget.detach(body);
    expect(held()).toBe(0);
  });

  it('is held only while what the body is in is shown, and once', () => {
    Widget.detach(body);
    const area = new Panel();
    area.addWidget(body);
    area.hide();
    Widget.attach(area, document.body);
    expect(held()).toBe(0);
    area.show();
    MessageLoop.sendMessage(body, Widget.Msg.AfterShow);
    expect(held()).toBe(1);
    area.hide();
    expect(held()).toBe(0);
    area.layout!.removeWidget(body);
    area.dispose();
  });

  it('is released when the body is disposed', () => {
    React.act(() => body.dispose());
    expect(held()).toBe(0);
  });
});

describe('an unreachable server', () => {
  it('is told of once, at the kernel, while all else that is known stays', async () => {
    await answer('kernel', report());
    await answer('gpus', gpus());
    await answer('events', { events: [], seq: 0 });
    models.kernel.refresh();
    await vi.waitFor(() => expect(client.count('kernel')).toBe(2));
    await answer('kernel', OFFLINE);
    expect(screen.text.match(/cannot be reached/g)).toHaveLength(1);
    expect(screen.get('article', 'GPU 0')).toBeTruthy();
  });

  it('is told of at the GPUs when no kernel is in front, and leaves no part blank', async () => {
    React.act(() => focus.set(null));
    await answer('gpus', OFFLINE);
    await answer('events', OFFLINE);
    expect(screen.text.match(/cannot be reached/g)).toHaveLength(1);
    expect(screen.get('region', 'GPUs of this machine').textContent).toContain('cannot be reached');
    expect(screen.get('region', 'What happened').textContent).toContain('Not known: the server gave no answer.');
  });
});

describe('the sentence of a problem', () => {
  it('is empty without one', () => {
    expect(sentence(null, trans)).toBe('');
  });

  it('tells that the question is repeated when the server cannot be reached', () => {
    expect(sentence(OFFLINE, trans)).toContain('asked again by itself');
  });

  it('is the sentence of the server for all others', () => {
    expect(sentence(new ApiError(500, 'internal', 'The probe failed.'), trans)).toBe('The probe failed.');
  });
});
