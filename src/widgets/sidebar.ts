/** The sidebar's widget: light at start, filled when it is first shown, asking only while it is shown. */
import type { TranslationBundle } from '@jupyterlab/translation';
import { Panel } from '@lumino/widgets';
import type { Message } from '@lumino/messaging';

import { gpuIcon } from '../icon';
import type { IModels } from './panel';

export const PANEL_ID = 'tfgpu-lab-panel';

export class Sidebar extends Panel {
  constructor(
    private readonly models: IModels,
    private readonly trans: TranslationBundle
  ) {
    super();
    this.id = PANEL_ID;
    this.addClass('tfgpu-panel');
    this.title.icon = gpuIcon;
    this.title.caption = trans.__('GPU Status');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('GPU Status'));
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

  protected override onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this.leave();
  }

  protected override onBeforeDetach(message: Message): void {
    this.leave();
    super.onBeforeDetach(message);
  }

  private look(): void {
    if (!this.isHeld) {
      this.isHeld = true;
      this.models.kernel.hold();
      this.models.gpus.hold();
    }
    if (!this.isFilled) {
      this.isFilled = true;
      void this.fill();
    }
  }

  private leave(): void {
    if (this.isHeld) {
      this.isHeld = false;
      this.models.kernel.release();
      this.models.gpus.release();
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

  private isHeld = false;
  private isFilled = false;
}
