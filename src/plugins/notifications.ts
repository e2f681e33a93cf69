/** Says so once when a kernel changes to the CPU although a GPU is there, and never when that was meant. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { FallWatch } from '../model/fall';
import { sessionContextOf } from '../model/focus';
import { InstallWatch } from '../model/installs';
import { ITfGpu, type KernelReport } from '../tokens';
import { CommandIDs } from './commands';
import { onSettings, SETTINGS } from './settings';

/** Names of quiet notebooks that are kept; the oldest are forgotten. */
const KEPT = 200;

export const notifications: JupyterFrontEndPlugin<void> = {
  id: 'tfgpu-lab:notifications',
  description: 'Says so once when a kernel changes to the CPU.',
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
    const falls = new FallWatch();
    const installs = new InstallWatch();
    const follow = () => installs.follow(sessionContextOf(app.shell.currentWidget));
    let isWanted = true;
    let quiet: readonly string[] = [];
    onSettings(registry, settings => {
      isWanted = settings.notifications;
      quiet = settings.quietNotebooks;
    });

    const keepQuiet = (of: string) => {
      quiet = [...quiet.filter(one => one !== of), of].slice(-KEPT); // also where there are no settings
      void registry?.set(SETTINGS, 'quietNotebooks', [...quiet]);
    };
    const announce = (report: KernelReport) => {
      Notification.warning(report.reason, {
        autoClose: 10_000,
        actions: [
          { label: trans.__('Show why'), callback: () => void app.commands.execute(CommandIDs.openPanel) },
          { label: trans.__("Don't show again for this kernel"), callback: () => keepQuiet(nameOf(report)) },
          { label: trans.__('Never show'), callback: () => void registry?.set(SETTINGS, 'notifications', false) }
        ]
      });
    };

    app.shell.currentChanged?.connect(follow);
    follow();
    tfgpu.changed.connect(() => {
      follow(); // a notebook has its session later than its tab
      const { report } = tfgpu;
      if (!report || installs.isInstalling(report.kernel_id)) {
        return;
      }
      if (falls.hasFallen(report) && isWanted && !quiet.includes(nameOf(report))) {
        announce(report);
      }
    });
  }
};

/** What a kernel is known by when it is started anew: its notebook. */
function nameOf(report: KernelReport): string {
  return report.path ?? report.kernel_id;
}
