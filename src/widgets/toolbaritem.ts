/** A notebook's or console's own verdict in its toolbar: a mark and a word; not there when there is nothing to say. */
import type { ISessionContext } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import { verdictMark } from '../components/mark';
import type { Reports } from '../model/reports';
import type { KernelReport } from '../tokens';

export class ToolbarItem extends Widget {
  constructor(
    private readonly context: ISessionContext,
    private readonly reports: Reports,
    open: () => void,
    private readonly trans: TranslationBundle
  ) {
    super();
    this.addClass('tfgpu-toolbar-item');
    this.button = this.node.appendChild(document.createElement('button'));
    this.button.type = 'button';
    this.button.className = 'tfgpu-toolbar-button';
    this.button.addEventListener('click', open);
    reports.arrived.connect(this.refresh, this);
    context.kernelChanged.connect(this.refresh, this);
    context.statusChanged.connect(this.refresh, this);
    this.refresh();
  }

  /** Whether the user wants it. */
  set isWanted(isWanted: boolean) {
    this._isWanted = isWanted;
    this.refresh();
  }

  override dispose(): void {
    this.reports.arrived.disconnect(this.refresh, this);
    this.context.kernelChanged.disconnect(this.refresh, this);
    this.context.statusChanged.disconnect(this.refresh, this);
    super.dispose();
  }

  private refresh(): void {
    const kernel = this.context.session?.kernel;
    const isGone = !kernel || kernel.status === 'restarting' || kernel.status === 'dead';
    const report = isGone ? null : this.reports.of(kernel.id);
    const isShown = this._isWanted && Boolean(report?.label);
    this.setHidden(!isShown);
    if (report && isShown) {
      const shown = report.verdict === 'not-loaded' ? (report.forecast ?? 'unknown') : report.verdict;
      const word = wordOf(shown);
      this.button.dataset['verdict'] = shown;
      this.button.textContent = `${verdictMark(shown)} ${word}`;
      this.button.title = this.trans.__('%1 Click to open GPU Status.', report.reason);
      this.button.setAttribute('aria-label', this.trans.__('%1: GPU Status. %2', word, report.label));
    }
  }

  private readonly button: HTMLButtonElement;
  private _isWanted = true;
}

/** The device, the same in every language; a question mark says that it cannot be told. */
function wordOf(verdict: KernelReport['verdict']): string {
  switch (verdict) {
    case 'gpu':
    case 'gpu-ready':
      return 'GPU';
    case 'cpu-fallback':
    case 'cpu-only':
      return 'CPU';
    default:
      return 'GPU?';
  }
}
