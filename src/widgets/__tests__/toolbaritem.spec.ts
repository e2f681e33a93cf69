/** The verdict in a toolbar is the one of its own notebook's kernel. */
import type { ISessionContext } from '@jupyterlab/apputils';
import { Signal } from '@lumino/signaling';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { trans } from '../../__tests__/render';
import { KERNEL, report } from '../../__tests__/samples';
import type { IArrival, Reports } from '../../model/reports';
import type { KernelReport } from '../../tokens';
import { ToolbarItem } from '../toolbaritem';

class FakeContext {
  readonly kernelChanged = new Signal<this, void>(this);
  readonly statusChanged = new Signal<this, void>(this);
  session: { kernel: { id: string; status: string } | null } = { kernel: { id: KERNEL, status: 'idle' } };
}

class FakeReports {
  readonly arrived = new Signal<this, IArrival>(this);
  private readonly known = new Map<string, KernelReport>();

  of = (id: string) => this.known.get(id) ?? null;

  tell(one: KernelReport): void {
    this.known.set(one.kernel_id, one);
    this.arrived.emit({ report: one, isAfresh: false });
  }
}

let context: FakeContext;
let reports: FakeReports;
let item: ToolbarItem;
const open = vi.fn();

const button = () => item.node.querySelector('button')!;

beforeEach(() => {
  open.mockClear();
  context = new FakeContext();
  reports = new FakeReports();
  item = new ToolbarItem(context as unknown as ISessionContext, reports as unknown as Reports, open, trans);
});

describe('the item', () => {
  it.each([
    ['gpu', '✓ GPU'],
    ['gpu-ready', '✓ GPU'],
    ['cpu-fallback', '⚠ CPU'],
    ['cpu-only', '○ CPU'],
    ['unknown', '○ GPU?']
  ] as const)('says of %s: %s', (verdict, words) => {
    reports.tell(report({ verdict, label: 'Said in the status bar', reason: 'The whole sentence.' }));
    expect(item.isHidden).toBe(false);
    expect(button().textContent).toBe(words);
    expect(button().title).toContain('The whole sentence.');
    expect(button().getAttribute('aria-label')).toMatch(/^(GPU\??|CPU): GPU Status. Said in the status bar$/);
  });

  it('warns of a fall that is foreseen', () => {
    reports.tell(report({ verdict: 'not-loaded', forecast: 'cpu-fallback', label: 'CPU: a library is missing' }));
    expect(button().textContent).toBe('⚠ CPU');
  });

  it('is not there when nobody knows, or when there is nothing to say', () => {
    expect(item.isHidden).toBe(true);
    reports.tell(report({ label: '' }));
    expect(item.isHidden).toBe(true);
  });

  it('is about no other kernel', () => {
    reports.tell(report({ kernel_id: 'another' }));
    expect(item.isHidden).toBe(true);
    context.session = { kernel: { id: 'another', status: 'idle' } };
    context.kernelChanged.emit();
    expect(item.isHidden).toBe(false);
  });

  it.each(['restarting', 'dead'])('is not there while the kernel is %s', status => {
    reports.tell(report());
    context.session.kernel!.status = status;
    context.statusChanged.emit();
    expect(item.isHidden).toBe(true);
  });

  it('is not there for those who do not want it', () => {
    reports.tell(report());
    item.isWanted = false;
    expect(item.isHidden).toBe(true);
    item.isWanted = true;
    expect(item.isHidden).toBe(false);
  });

  it('opens the panel', () => {
    button().click();
    expect(open).toHaveBeenCalledOnce();
  });

  it('follows nothing once it is gone', () => {
    item.dispose();
    reports.tell(report());
    expect(button().textContent).toBe('');
  });
});
