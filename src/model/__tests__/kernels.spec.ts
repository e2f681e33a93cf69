/** The list of kernels: when it is read, and how a kernel is ended. */
import type { Session } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { FakeClient, OFFLINE } from '../../__tests__/client';
import { row } from '../../__tests__/machine';
import { KernelsModel, type IRunning } from '../kernels';

const settle = (milliseconds = 0) => vi.advanceTimersByTimeAsync(milliseconds);

const session = (id: string, kernel: string | null, type = 'notebook') =>
  ({ id, path: `${id}.ipynb`, type, name: '', kernel: kernel ? { id: kernel } : null }) as unknown as Session.IModel;

function fakeRunning(...sessions: Session.IModel[]) {
  const made = {
    sessions: {
      running: () => sessions.values(),
      shutdown: vi.fn(async () => undefined),
      runningChanged: null as unknown
    },
    kernels: { shutdown: vi.fn(async () => undefined) }
  };
  const runningChanged = new Signal<object, void>(made);
  made.sessions.runningChanged = runningChanged;
  return { ...made, runningChanged, running: made as unknown as IRunning };
}

let client: FakeClient;
let running: ReturnType<typeof fakeRunning>;
let model: KernelsModel;

beforeEach(() => {
  vi.useFakeTimers();
  client = new FakeClient();
  running = fakeRunning(session('s1', 'k1'), session('s2', 'k2', 'console'), session('s3', null));
  model = new KernelsModel(client, running.running);
});

afterEach(() => {
  model.dispose();
  vi.useRealTimers();
});

describe('the kernels', () => {
  it('are null before the first answer, and then what the server says', async () => {
    expect(model.rows).toBeNull();
    model.hold();
    await settle();
    client.last.answer({ kernels: [row()] });
    await settle();
    expect(model.rows).toEqual([row()]);
  });

  it('are the same object as long as nothing has changed', async () => {
    model.hold();
    for (const verdict of ['gpu', 'gpu', 'cpu-fallback'] as const) {
      const before = model.rows;
      const wasVerdict = before?.[0]?.verdict;
      model.refresh();
      await settle();
      client.last.answer({ kernels: [row({ verdict })] });
      await settle();
      expect(model.rows === before).toBe(verdict === wasVerdict);
    }
  });

  it('are read at once when one starts or ends while somebody looks, and not otherwise', async () => {
    client.always = { kernels: [] };
    running.runningChanged.emit();
    await settle();
    expect(client.count('kernels')).toBe(0);
    model.hold();
    await settle();
    const before = client.count('kernels');
    running.runningChanged.emit();
    await settle();
    expect(client.count('kernels')).toBe(before + 1);
    model.release();
    running.runningChanged.emit();
    await settle(60_000);
    expect(client.count('kernels')).toBe(before + 1);
  });

  it('that are known stay beside a problem', async () => {
    client.always = { kernels: [row()] };
    model.hold();
    await settle();
    client.always = OFFLINE;
    await settle(60_000);
    expect(model.rows).toEqual([row()]);
    expect(model.problem).toBe(OFFLINE);
    client.always = { kernels: [] };
    await settle(120_000);
    expect(model.problem).toBeNull();
  });

  it('are notebooks, consoles, or of no session', () => {
    expect(['k1', 'k2', 'k9'].map(id => model.kindOf(id))).toEqual(['notebook', 'console', null]);
  });
});

describe('ending a kernel', () => {
  it('ends its session, so that its notebook learns of it, and reads the list again', async () => {
    client.always = { kernels: [] };
    model.hold();
    await settle();
    const before = client.count('kernels');
    await model.shutDown('k1');
    await settle();
    expect(running.sessions.shutdown.mock.calls).toEqual([['s1']]);
    expect(running.kernels.shutdown).not.toHaveBeenCalled();
    expect(client.count('kernels')).toBe(before + 1);
  });

  it('of no session ends the kernel', async () => {
    await model.shutDown('k9');
    expect(running.kernels.shutdown.mock.calls).toEqual([['k9']]);
  });

  it('that fails says so to the one who asked', async () => {
    running.sessions.shutdown.mockRejectedValue(new Error('forbidden'));
    await expect(model.shutDown('k1')).rejects.toThrow('forbidden');
  });
});
