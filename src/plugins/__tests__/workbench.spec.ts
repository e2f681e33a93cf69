/** What JupyterLab does for a fix, on its own objects as far as they are used. */
import { Dialog, InputDialog, type ISessionContextDialogs } from '@jupyterlab/apputils';
import { Signal } from '@lumino/signaling';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { fakeApp } from '../../__tests__/app';
import { trans } from '../../__tests__/render';
import { KERNEL } from '../../__tests__/samples';
import { Workbench } from '../workbench';

const CELL = { code: 'import tensorflow as tf\n', place: 'here' as const };

const context = (id: string) => ({
  name: 'train.ipynb',
  kernelChanged: new Signal<object, void>({}),
  session: { kernel: { id } },
  changeKernel: vi.fn(() => Promise.resolve({ id: 'new' }))
});

function notebook(id = KERNEL) {
  const insertCells = vi.fn();
  const content = { activeCellIndex: 1, deselectAll: vi.fn(), model: { cells: [], sharedModel: { insertCells } } };
  return { id: `notebook-${id}`, content, context: { sessionContext: context(id) }, insertCells };
}

function console_(source = '') {
  const setSource = vi.fn();
  const promptCell = { model: { sharedModel: { getSource: () => source, setSource } } };
  return { id: 'console', console: { promptCell }, sessionContext: context(KERNEL), setSource };
}

let fake: ReturnType<typeof fakeApp>;
let workbench: Workbench;
const dialogs = { restart: vi.fn(() => Promise.resolve(true)) };
const end = vi.fn(() => Promise.resolve());
const services = {
  terminals: { isAvailable: vi.fn(() => true) },
  kernelspecs: { refreshSpecs: vi.fn(() => Promise.resolve()), specs: { kernelspecs: {} } }
};

/** Answer the next dialog; returns what it has shown. */
async function answered(label: string): Promise<string> {
  const dialog = await vi.waitFor(() => {
    const found = document.querySelector('.jp-Dialog');
    expect(found).not.toBeNull();
    return found!;
  });
  const text = dialog.textContent ?? '';
  const button = [...dialog.querySelectorAll('button')].find(node => node.textContent === label);
  button!.click();
  await vi.waitFor(() => expect(document.querySelector('.jp-Dialog')).toBeNull());
  return text;
}

beforeEach(() => {
  vi.clearAllMocks();
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', false);
  Dialog.flush();
  fake = fakeApp();
  Object.assign(fake.app, { serviceManager: services });
  Object.assign(fake.app.commands, { hasCommand: () => true });
  workbench = new Workbench(fake.app, dialogs as unknown as ISessionContextDialogs, end, trans);
});

describe('cells', () => {
  it('are put below the active one in one step, and made active', async () => {
    const one = notebook();
    fake.shell.currentWidget = one;
    expect(await workbench.insert(KERNEL, [CELL, { ...CELL, code: 'b' }])).toBe(true);
    const [index, cells] = one.insertCells.mock.calls[0] as [number, { cell_type: string; source: string }[]];
    expect([index, cells.map(cell => cell.source)]).toEqual([2, ['import tensorflow as tf', 'b']]);
    expect(cells.every(cell => cell.cell_type === 'code')).toBe(true);
    expect(one.content.activeCellIndex).toBe(2);
    expect(fake.shell.activateById).toHaveBeenCalledWith(one.id);
  });

  it('that must stand first do', async () => {
    const one = notebook();
    fake.shell.currentWidget = one;
    await workbench.insert(KERNEL, [{ ...CELL, place: 'first' }]);
    expect([one.insertCells.mock.calls[0]?.[0], one.content.activeCellIndex]).toEqual([0, 0]);
  });

  it('are put into the notebook of the kernel, whatever is in front', async () => {
    const [other, one] = [notebook('another'), notebook()];
    fake.shell.currentWidget = other;
    fake.shell.widgets.mockReturnValue([other, one]);
    await workbench.insert(KERNEL, [CELL]);
    expect([other.insertCells.mock.calls.length, one.insertCells.mock.calls.length]).toEqual([0, 1]);
  });

  it('are put into the prompt of a console, after what is typed there', async () => {
    const one = console_('a = 1\n');
    fake.shell.currentWidget = one;
    await workbench.insert(KERNEL, [CELL]);
    expect(one.setSource).toHaveBeenCalledWith('a = 1\n\nimport tensorflow as tf');
  });

  it('have no place when the notebook is closed', async () => {
    expect(workbench.isOpen(KERNEL)).toBe(false);
    await expect(workbench.insert(KERNEL, [CELL])).rejects.toThrow('its notebook is not open');
    await expect(workbench.restart(KERNEL)).rejects.toThrow('its notebook is not open');
  });
});

describe('a terminal', () => {
  it('has the line typed after its prompt, and no Enter', async () => {
    const paste = vi.fn();
    const messageReceived = new Signal<object, void>({});
    const content = { ready: Promise.resolve(), session: { messageReceived }, paste };
    fake.commands.set('terminal:create-new', { label: '', execute: () => ({ content }) });
    vi.spyOn(fake.app.commands, 'execute').mockResolvedValue({ content });
    const typed = workbench.type('pip install x\n');
    await new Promise(resolve => setTimeout(resolve, 10));
    expect(paste).not.toHaveBeenCalled();
    messageReceived.emit();
    await typed;
    expect(paste.mock.calls).toEqual([['pip install x']]);
  });

  it('is there when the server has it and JupyterLab can open it', () => {
    expect(workbench.hasTerminals).toBe(true);
    services.terminals.isAvailable.mockReturnValueOnce(false);
    expect(workbench.hasTerminals).toBe(false);
    Object.assign(fake.app.commands, { hasCommand: () => false });
    expect(workbench.hasTerminals).toBe(false);
  });
});

describe('questions', () => {
  const row = (path: string, gigabytes: number) => ({
    kernel_id: path,
    name: 'python3',
    path,
    verdict: 'gpu' as const,
    reason: '',
    gpu_memory_used_bytes: gigabytes * 1024 ** 3
  });

  it('the restart is asked by JupyterLab itself', async () => {
    const one = notebook();
    fake.shell.currentWidget = one;
    expect(await workbench.restart(KERNEL)).toBe(true);
    expect(dialogs.restart).toHaveBeenCalledWith(one.context.sessionContext);
  });

  it('a shutdown names the notebook and what it holds', async () => {
    const done = workbench.shutDown([row('other.ipynb', 3)]);
    expect(await answered('Shut Down')).toContain('other.ipynb (holds 3.0 GiB of GPU memory): its variables are lost.');
    expect(await done).toBe(true);
    expect(end).toHaveBeenCalledWith('other.ipynb');
  });

  it('a shutdown that is cancelled ends nothing', async () => {
    const done = workbench.shutDown([row('other.ipynb', 3)]);
    await answered('Cancel');
    expect(await done).toBe(false);
    expect(end).not.toHaveBeenCalled();
  });

  it('of several kernels one is chosen first', async () => {
    const getItem = vi.spyOn(InputDialog, 'getItem').mockResolvedValue({
      button: { accept: true },
      value: 'b.ipynb (holds 1.0 GiB of GPU memory)'
    } as Awaited<ReturnType<typeof InputDialog.getItem>>);
    const done = workbench.shutDown([row('a.ipynb', 3), row('b.ipynb', 1)]);
    expect(await answered('Shut Down')).toContain('b.ipynb');
    expect(await done).toBe(true);
    expect(getItem.mock.calls[0]?.[0].items).toHaveLength(2);
    expect(end).toHaveBeenCalledWith('b.ipynb');
  });

  it('a shutdown says so when no other kernel holds anything', async () => {
    await expect(workbench.shutDown([])).rejects.toThrow('No other kernel of this server is seen to hold GPU memory.');
  });

  it('another kernelspec is chosen only after a question', async () => {
    const one = notebook();
    fake.shell.currentWidget = one;
    const first = workbench.choose(KERNEL, 'python3-tfgpu');
    expect(await answered('Cancel')).toContain('train.ipynb gets a new kernel');
    expect([await first, one.context.sessionContext.changeKernel.mock.calls.length]).toEqual([null, 0]);
    const second = workbench.choose(KERNEL, 'python3-tfgpu');
    await answered('Choose');
    expect(await second).toBe('new');
    expect(one.context.sessionContext.changeKernel).toHaveBeenCalledWith({ name: 'python3-tfgpu' });
  });

  it('files are shown before they are written', async () => {
    const done = workbench.confirm('Set it', [{ path: '/k/kernel.json', before: null, after: '{"env": {}}' }]);
    const shown = await vi.waitFor(() => {
      const text = document.querySelector('.jp-Dialog')?.textContent ?? '';
      expect(text).toContain('/k/kernel.json');
      return text;
    });
    expect(shown).toContain('{"env": {}}');
    await answered('Apply');
    expect(await done).toBe(true);
  });
});
