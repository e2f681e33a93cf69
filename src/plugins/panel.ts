/** Puts the panel into the right sidebar, with the commands that belong to it. */
import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { gpuIcon } from '../icon';
import type { IModels } from '../widgets/panel';
import { PANEL_ID, Sidebar } from '../widgets/sidebar';
import { CommandIDs } from './commands';
import { IModelsToken } from './models';

const NO_ARGUMENTS = { args: { type: 'object', properties: {} } };

export const panel: JupyterFrontEndPlugin<void> = {
  id: 'tfgpu-lab:panel',
  description: 'The GPU Status panel.',
  autoStart: true,
  requires: [IModelsToken],
  optional: [ITranslator, ILayoutRestorer, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    models: IModels,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('tfgpu-lab');
    const sidebar = new Sidebar(models, trans);
    app.shell.add(sidebar, 'right', { rank: 600, type: 'GPU Status' });
    restorer?.add(sidebar, PANEL_ID);

    app.commands.addCommand(CommandIDs.openPanel, {
      label: trans.__('Show GPU Status'),
      icon: gpuIcon,
      describedBy: NO_ARGUMENTS,
      execute: () => app.shell.activateById(PANEL_ID)
    });
    app.commands.addCommand(CommandIDs.checkAgain, {
      label: trans.__('Check This Kernel for the GPU Again'),
      describedBy: NO_ARGUMENTS,
      isEnabled: () => models.kernel.state.kind !== 'none',
      execute: () => models.kernel.checkAgain()
    });
    app.commands.addCommand(CommandIDs.runBenchmark, {
      label: trans.__("Run Benchmark in This Kernel's Environment"),
      describedBy: NO_ARGUMENTS,
      isEnabled: () => models.kernel.report !== null && models.kernel.report.verdict !== 'no-tensorflow',
      execute: async () => {
        const id = models.kernel.report?.kernel_id;
        if (id) {
          app.shell.activateById(PANEL_ID);
          await models.benchmark.start(id);
        }
      }
    });
    models.kernel.changed.connect(() => app.commands.notifyCommandChanged());
    for (const command of Object.values(CommandIDs)) {
      palette?.addItem({ command, category: trans.__('GPU Status') });
    }
  }
};
