/** The status bar's item: the verdict of the kernel in front; hidden when there is nothing to say. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStatusBar } from '@jupyterlab/statusbar';
import type { ISignal } from '@lumino/signaling';

import { ITfGpu } from '../tokens';
import { StatusWidget } from '../widgets/status';
import { CommandIDs } from './commands';
import { onSettings } from './settings';

export const statusbar: JupyterFrontEndPlugin<void> = {
  id: 'tfgpu-lab:statusbar',
  description: "The verdict of the kernel in front in JupyterLab's status bar.",
  autoStart: true,
  requires: [ITfGpu],
  optional: [IStatusBar, ISettingRegistry], // Notebook 7 has no status bar
  activate: (
    app: JupyterFrontEnd,
    tfgpu: ITfGpu,
    statusBar: IStatusBar | null,
    registry: ISettingRegistry | null
  ): void => {
    if (!statusBar) {
      return;
    }
    let isWanted = true;
    const item = new StatusWidget(tfgpu, () => void app.commands.execute(CommandIDs.openPanel));
    statusBar.registerStatusItem('tfgpu-lab:status', {
      item,
      align: 'left',
      rank: 4,
      isActive: () => isWanted && item.hasWords,
      activeStateChanged: tfgpu.changed as ISignal<unknown, void>
    });
    onSettings(registry, settings => {
      isWanted = settings.statusItem;
      tfgpu.refresh();
    });
  }
};
