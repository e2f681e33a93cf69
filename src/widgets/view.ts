/** A place for the panel: light at start, filled when it is first shown. */
import type { TranslationBundle } from '@jupyterlab/translation';
import { Panel } from '@lumino/widgets';
import type { Message } from '@lumino/messaging';

import { gpuIcon } from '../icon';
import type { IModels } from './panel';

export class View extends Panel {
  constructor(
    private readonly models: IModels,
    protected readonly trans: TranslationBundle
  ) {
    super();
    this.addClass('tfgpu-panel');
    this.title.icon = gpuIcon;
    this.title.caption = trans.__('GPU Status');
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.look();
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    if (this.isVisible) {
      this.look();
    }
  }

  private look(): void {
    if (!this.isFilled) {
      this.isFilled = true;
      void this.fill();
    }
  }

  private async fill(): Promise<void> {
    try {
      const { PanelBody } = await import(/* webpackChunkName: "panel" */ './panel');
      this.node.textContent = ''; // what an earlier failure said
      this.addWidget(new PanelBody(this.models, this.trans));
    } catch (reason) {
      this.isFilled = false; // the next look tries again
      this.node.textContent = this.trans.__('The panel could not be loaded: %1', String(reason));
    }
  }

  private isFilled = false;
}
