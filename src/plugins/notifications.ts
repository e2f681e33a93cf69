/** Says so once when a kernel falls back to the CPU although a GPU is there. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { FallWatch } from '../model/fall';
import { ITfGpu } from '../tokens';
import { CommandIDs } from './commands';
import { onSettings, SETTINGS } from './settings';

export const notifications: JupyterFrontEndPlugin<void> = {
  id: 'tfgpu-lab:notifications',
  description: 'Says so once when a kernel falls back to the CPU.',
  autoStart: true,
  requires: [ITfGpu],
  optional: [ITranslator, ISettingRegistry],
  activate: (
    app: JupyterFrontEnd,
    tfgpu: ITfGpu,
    translator: ITranslator | null,
    registry: ISettingRegistry | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('tfgpu-lab');
    const watch = new FallWatch();
    let isWanted = true;
    onSettings(registry, settings => {
      isWanted = settings.notifications;
    });
    tfgpu.changed.connect(() => {
      const { report } = tfgpu;
      if (!report || !watch.hasFallen(report) || !isWanted) {
        return;
      }
      Notification.warning(report.reason, {
        autoClose: 10_000,
        actions: [
          { label: trans.__('Show why'), callback: () => void app.commands.execute(CommandIDs.openPanel) },
          {
            label: trans.__('Never show this'),
            callback: () => void registry?.set(SETTINGS, 'notifications', false)
          }
        ]
      });
    });
  }
};
