/** The panel as a tab of the main area, by a command; it comes back with the layout. */
import { ILabShell, ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, WidgetTracker } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { gpuIcon } from '../icon';
import type { IModels } from '../widgets/panel';
import { Tab, TAB_ID } from '../widgets/tab';
import { CommandIDs } from './commands';
import { IModelsToken } from './models';

export const mainarea: JupyterFrontEndPlugin<void> = {
  id: 'tfgpu-lab:mainarea',
  description: 'GPU Status as a tab of the main area.',
  autoStart: true,
  requires: [IModelsToken],
  optional: [ILabShell, ITranslator, ILayoutRestorer, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    models: IModels,
    labShell: ILabShell | null, // Notebook 7 has no tabs
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null
  ): void => {
    if (!labShell) {
      return;
    }
    const trans = (translator ?? nullTranslator).load('tfgpu-lab');
    const tracker = new WidgetTracker<Tab>({ namespace: TAB_ID });
    const added = (): Tab => {
      const tab = new Tab(models, trans);
      labShell.add(tab, 'main', { type: 'GPU Status' });
      void tracker.add(tab);
      return tab;
    };
    app.commands.addCommand(CommandIDs.openTab, {
      label: trans.__('Open GPU Status in a Tab'),
      caption: trans.__('GPUs, charts, kernels and the verdict of the kernel in front, on a wide screen'),
      icon: args => (args['isPalette'] ? undefined : gpuIcon),
      describedBy: { args: { type: 'object', properties: {}, additionalProperties: false } },
      execute: () => {
        labShell.activateById((tracker.currentWidget ?? added()).id);
      }
    });
    palette?.addItem({ command: CommandIDs.openTab, category: trans.__('GPU Status') });
    void restorer?.restore(tracker, { command: CommandIDs.openTab, name: () => TAB_ID });
  }
};
