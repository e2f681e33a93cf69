/** Which kernel is in front, for each kind of widget. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Signal } from '@lumino/signaling';
import { beforeEach, describe, expect, it } from 'vitest';

import { Focus } from '../focus';

class FakeContext {
  readonly kernelChanged = new Signal<this, void>(this);
  readonly statusChanged = new Signal<this, void>(this);
  readonly disposed = new Signal<this, void>(this);
  isDisposed = false;
  readonly session: { kernel: { id: string; status: string } | null };

  constructor(id: string | null) {
    this.session = { kernel: id ? { id, status: 'idle' } : null };
  }

  close(): void {
    this.isDisposed = true;
    this.disposed.emit();
  }
}

class FakeShell {
  readonly currentChanged = new Signal<this, void>(this);
  currentWidget: unknown = null;

  show(widget: unknown): void {
    this.currentWidget = widget;
    this.currentChanged.emit();
  }
}

const notebook = (context: FakeContext) => ({
  id: 'notebook',
  context: { sessionContext: context, ready: Promise.resolve() },
  content: { model: { cells: [] } }
});
const console_ = (context: FakeContext) => ({ id: 'console', sessionContext: context });
const textEditor = (context: FakeContext) => ({
  id: 'editor',
  context: { sessionContext: context, ready: Promise.resolve() },
  content: { model: {} }
});

let shell: FakeShell;
let focus: Focus;
let changes: number;

beforeEach(() => {
  shell = new FakeShell();
  focus = new Focus(shell as unknown as JupyterFrontEnd.IShell);
  changes = 0;
  focus.changed.connect(() => changes++);
});

describe('in front', () => {
  it('is the kernel of a notebook', () => {
    shell.show(notebook(new FakeContext('n')));
    expect(focus.kernel?.id).toBe('n');
    expect(changes).toBe(1);
  });

  it('is the kernel of a console', () => {
    shell.show(console_(new FakeContext('c')));
    expect(focus.kernel?.id).toBe('c');
  });

  it('is no kernel for a text file, although its document has a session', async () => {
    shell.show(notebook(new FakeContext('n')));
    shell.show(textEditor(new FakeContext('t')));
    await Promise.resolve();
    expect(focus.kernel).toBeNull();
    expect(changes).toBe(2);
  });

  it.each([
    ['any other widget', { id: 'other' }],
    ['no widget', null],
    ['a notebook without a kernel', notebook(new FakeContext(null))]
  ])('is no kernel for %s', (_, widget) => {
    shell.show(notebook(new FakeContext('n')));
    shell.show(widget);
    expect(focus.kernel).toBeNull();
  });

  it('is the kernel of the widget that was there first', () => {
    shell.currentWidget = notebook(new FakeContext('n'));
    expect(new Focus(shell as unknown as JupyterFrontEnd.IShell).kernel?.id).toBe('n');
  });

  it('is the kernel of a notebook once its model is there', async () => {
    let finish: () => void = () => undefined;
    const ready = new Promise<void>(resolve => (finish = resolve));
    const content: { model: { cells: unknown[] } | null } = { model: null };
    shell.show({ id: 'notebook', context: { sessionContext: new FakeContext('n'), ready }, content });
    shell.currentChanged.emit();
    expect(focus.kernel).toBeNull();
    content.model = { cells: [] };
    finish();
    await ready;
    await Promise.resolve();
    expect(focus.kernel?.id).toBe('n');
    expect(changes).toBe(1);
  });

  it('stays what it is when an editor that was left becomes ready', async () => {
    let finish: () => void = () => undefined;
    const ready = new Promise<void>(resolve => (finish = resolve));
    shell.show({
      id: 'notebook',
      context: { sessionContext: new FakeContext('slow'), ready },
      content: { model: null }
    });
    shell.show(console_(new FakeContext('c')));
    finish();
    await ready;
    await Promise.resolve();
    expect(focus.kernel?.id).toBe('c');
  });
});

describe('a change is told', () => {
  it('when the kernel in front is another or its status changes', () => {
    const context = new FakeContext('n');
    shell.show(notebook(context));
    context.session.kernel = { id: 'm', status: 'busy' };
    context.kernelChanged.emit();
    expect(focus.kernel).toMatchObject({ id: 'm', status: 'busy' });
    context.statusChanged.emit();
    expect(changes).toBe(3);
  });

  it('not when it is of a kernel that is no longer in front', () => {
    const context = new FakeContext('n');
    shell.show(notebook(context));
    shell.show(console_(new FakeContext('c')));
    context.kernelChanged.emit();
    context.statusChanged.emit();
    expect(changes).toBe(2);
  });

  it('not when the same widget comes to the front again', () => {
    const widget = notebook(new FakeContext('n'));
    shell.show(widget);
    shell.show(widget);
    expect(changes).toBe(1);
  });
});

describe('our own tab in front', () => {
  const tab = { id: 'tfgpu-lab-tab' };

  it('is about the kernel that was in front before it', () => {
    shell.show(notebook(new FakeContext('n')));
    shell.show(tab);
    expect(focus.kernel?.id).toBe('n');
    expect(changes).toBe(1);
  });

  it('is about no kernel once that notebook is closed', () => {
    const context = new FakeContext('n');
    shell.show(notebook(context));
    shell.show(tab);
    context.close();
    expect(focus.kernel).toBeNull();
    expect(changes).toBe(2);
  });

  it('is about no kernel when none was in front', () => {
    shell.show(tab);
    expect(focus.kernel).toBeNull();
  });
});
