/** The panel in a sidebar. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { IModels } from './panel';
import { View } from './view';

export const PANEL_ID = 'tfgpu-lab-panel';

export class Sidebar extends View {
  constructor(models: IModels, trans: TranslationBundle) {
    super(models, trans);
    this.id = PANEL_ID;
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('GPU Status'));
  }
}
