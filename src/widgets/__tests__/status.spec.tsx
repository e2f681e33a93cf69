/** The status bar's item follows the report. */
import { MessageLoop } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import * as React from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { FakeTfGpu } from '../../__tests__/app';
import { Screen } from '../../__tests__/render';
import { report } from '../../__tests__/samples';
import type { KernelReport } from '../../tokens';
import { StatusWidget } from '../status';

const open = vi.fn();
let tfgpu: FakeTfGpu;
let widget: StatusWidget;

/** Lumino draws when the browser has time for it; here, at once. */
async function drawn(): Promise<void> {
  await React.act(async () => {
    MessageLoop.flush();
    await widget.renderPromise;
  });
}

async function tell(changes: Partial<KernelReport> | null): Promise<void> {
  tfgpu.tell(changes && report(changes));
  await drawn();
}

beforeEach(async () => {
  tfgpu = new FakeTfGpu();
  widget = new StatusWidget(tfgpu, open);
  React.act(() => Widget.attach(widget, document.body));
  await drawn();
});

afterEach(() => {
  React.act(() => widget.dispose());
});

describe('the status widget', () => {
  it('has no words without a report, or with one that has nothing to say', async () => {
    expect(widget.hasWords).toBe(false);
    expect(widget.node.textContent).toBe('');
    await tell({ label: '' });
    expect(widget.hasWords).toBe(false);
    expect(widget.node.textContent).toBe('');
  });

  it('shows each new report, and nothing once there is none', async () => {
    await tell({ label: 'GPU' });
    expect(widget.hasWords).toBe(true);
    expect(widget.node.textContent).toBe('✓ GPU');
    await tell({ label: 'CPU', verdict: 'cpu-fallback' });
    expect(widget.node.textContent).toBe('⚠ CPU');
    await tell(null);
    expect(widget.node.textContent).toBe('');
  });

  it('opens the panel when it is clicked', async () => {
    await tell({});
    await new Screen(widget.node).click('button');
    expect(open).toHaveBeenCalledOnce();
  });
});
