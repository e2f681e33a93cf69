/** Puts the panel into the right sidebar. */
import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import type { IModels } from '../widgets/panel';
import { PANEL_ID, Sidebar } from '../widgets/sidebar';
import { IModelsToken } from './models';

export const panel: JupyterFrontEndPlugin<void> = {
  id: 'tfgpu-lab:panel',
  description: 'The GPU Status panel.',
  autoStart: true,
  requires: [IModelsToken],
  optional: [ITranslator, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    models: IModels,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('tfgpu-lab');
    const sidebar = new Sidebar(models, trans);
    app.shell.add(sidebar, 'right', { rank: 600, type: 'GPU Status' });
    restorer?.add(sidebar, PANEL_ID);
  }
};
