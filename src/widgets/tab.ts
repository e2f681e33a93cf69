/** The panel as a tab of the main area, for wide screens. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { IModels } from './panel';
import { View } from './view';

export const TAB_ID = 'tfgpu-lab-tab';

export class Tab extends View {
  constructor(models: IModels, trans: TranslationBundle) {
    super(models, trans);
    this.id = TAB_ID;
    this.title.label = trans.__('GPU Status');
    this.title.closable = true;
    // The shell gives focus to what is in it; without this a click on the tab would leave it where it was.
    this.node.tabIndex = -1;
  }
}
