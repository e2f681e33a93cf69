/** The panel's body shows the models and acts upon them. */
import { Clipboard } from '@jupyterlab/apputils';
import { Widget } from '@lumino/widgets';
import * as React from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { ApiError } from '../../api/client';
import { FakeClient, OFFLINE } from '../../__tests__/client';
import { FakeFocus } from '../../__tests__/focus';
import { Screen, trans } from '../../__tests__/render';
import { finding, fix, gpus, job, KERNEL, report } from '../../__tests__/samples';
import { BenchmarkModel } from '../../model/benchmark';
import { GpusModel } from '../../model/gpus';
import { KernelModel } from '../../model/kernel';
import { PanelBody } from '../panel';
import { sentence } from '../problem';

let client: FakeClient;
let focus: FakeFocus;
let models: { kernel: KernelModel; gpus: GpusModel; benchmark: BenchmarkModel };
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
  models = {
    kernel: new KernelModel(client, focus),
    gpus: new GpusModel(client),
    benchmark: new BenchmarkModel(client)
  };
  body = new PanelBody(models, trans);
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
    models.gpus.hold();
    await answer('gpus', gpus());
    expect(screen.get('article', 'GPU 0')).toBeTruthy();
  });

  it('runs, follows and cancels the benchmark of the kernel in front', async () => {
    await answer('kernel', report());
    await screen.click('button', 'Run benchmark');
    expect(client.last).toMatchObject({ method: 'startBenchmark', argument: { kernel_id: KERNEL } });
    await answer('startBenchmark', job());
    expect(screen.get('progressbar')).toBeTruthy();
    await screen.click('button', 'Cancel');
    await answer('cancelBenchmark', job({ state: 'cancelled', message: 'It was cancelled.' }));
    expect(screen.text).toContain('It was cancelled.');
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
