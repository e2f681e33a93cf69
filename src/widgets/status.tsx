/** Binds the kernel's report to the status bar's item. */
import { ReactWidget } from '@jupyterlab/apputils';
import * as React from 'react';

import { StatusItem } from '../components/status';
import type { ITfGpu } from '../tokens';

export class StatusWidget extends ReactWidget {
  constructor(
    private readonly tfgpu: ITfGpu,
    private readonly open: () => void
  ) {
    super();
    this.addClass('tfgpu-status-widget');
    tfgpu.changed.connect(this.update, this);
  }

  /** Whether there is something to say. */
  get hasWords(): boolean {
    return Boolean(this.tfgpu.report?.label);
  }

  override dispose(): void {
    this.tfgpu.changed.disconnect(this.update, this);
    super.dispose();
  }

  protected render(): React.JSX.Element | null {
    const { report } = this.tfgpu;
    return report?.label ? <StatusItem report={report} onOpen={this.open} /> : null;
  }
}
