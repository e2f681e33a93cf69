/** Nobody loses a kernel by one click, and everybody knows what is lost. */
import { Dialog } from '@jupyterlab/apputils';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { GIB } from '../../__tests__/machine';
import { trans } from '../../__tests__/render';
import { confirmShutDown } from '../shutdown';

const request = { kernelId: 'k1', name: 'train.ipynb', memoryBytes: 12 * GIB };

/** The words of the dialog that is open. */
const shown = () =>
  vi.waitFor(() => {
    const dialog = document.querySelector('.jp-Dialog');
    expect(dialog).not.toBeNull();
    return dialog!.textContent;
  });

const press = (label: string) => {
  const buttons = [...document.querySelectorAll<HTMLElement>('.jp-Dialog button')];
  buttons.find(button => button.textContent === label)!.click();
};

afterEach(() => {
  Dialog.flush();
});

describe('shutting a kernel down', () => {
  it('is asked about first, with the notebook, what is freed, and that it is final', async () => {
    const shutDown = vi.fn(async () => undefined);
    const done = confirmShutDown(request, shutDown, trans);
    const words = await shown();
    expect(words).toContain('Shut down the kernel of train.ipynb?');
    expect(words).toContain('This frees 12.0 GiB of GPU memory.');
    expect(words).toContain('cannot be undone');
    expect(shutDown).not.toHaveBeenCalled();
    press('Shut Down Kernel');
    await done;
    expect(shutDown.mock.calls).toEqual([['k1']]);
  });

  it('is left when the user says so', async () => {
    const shutDown = vi.fn(async () => undefined);
    const done = confirmShutDown(request, shutDown, trans);
    await shown();
    press('Cancel');
    await done;
    expect(shutDown).not.toHaveBeenCalled();
  });

  it('does not name an amount that is not known', async () => {
    const done = confirmShutDown({ ...request, memoryBytes: null }, async () => undefined, trans);
    expect(await shown()).toContain('The driver does not say how much GPU memory this frees.');
    press('Cancel');
    await done;
  });

  it('that fails says why', async () => {
    const done = confirmShutDown(request, () => Promise.reject(new Error('The server refused.')), trans);
    await shown();
    press('Shut Down Kernel');
    await vi.waitFor(() => {
      const words = document.querySelector('.jp-Dialog')?.textContent;
      expect(words).toContain('The kernel of train.ipynb was not shut down');
      expect(words).toContain('The server refused.');
    });
    document.querySelector<HTMLElement>('.jp-Dialog button')!.click();
    await done;
  });
});
