/** Our commands, and their places in the command palette; the View menu and shortcuts are in schema/plugin.json. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { ReadonlyJSONObject, ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { gpuIcon } from '../icon';
import type { IModels } from '../widgets/panel';
import { PANEL_ID } from '../widgets/sidebar';
import { CommandIDs } from './commands';
import { IModelsToken } from './models';
import { type ISettings, onSettings, SETTINGS } from './settings';

const NO_ARGUMENTS = { args: { type: 'object', properties: {}, additionalProperties: false } };
/** Actions of the server that hand over code. */
const ACTIONS = ['verify', 'memory-growth', 'preload-library'] as const;

export const palette: JupyterFrontEndPlugin<void> = {
  id: 'tfgpu-lab:commands',
  description: 'The commands of TFGPU Lab, in the command palette.',
  autoStart: true,
  requires: [IModelsToken],
  optional: [ITranslator, ICommandPalette, ISettingRegistry],
  activate: (
    app: JupyterFrontEnd,
    models: IModels,
    translator: ITranslator | null,
    commandPalette: ICommandPalette | null,
    registry: ISettingRegistry | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('tfgpu-lab');
    const { kernel } = models;
    const hasTensorFlow = () => kernel.report !== null && kernel.report.verdict !== 'no-tensorflow';
    const add = (command: string, args: ReadonlyJSONObject = {}) =>
      commandPalette?.addItem({ command, args, category: trans.__('GPU Status') });

    app.commands.addCommand(CommandIDs.openPanel, {
      label: trans.__('Show GPU Status'),
      caption: trans.__('Show whether the kernel in front computes on the GPU, and if not, why'),
      icon: gpuIcon,
      describedBy: NO_ARGUMENTS,
      execute: () => app.shell.activateById(PANEL_ID)
    });
    app.commands.addCommand(CommandIDs.checkAgain, {
      label: trans.__('Check This Kernel for the GPU Again'),
      caption: trans.__("Look at the kernel's environment afresh; the kernel itself is not disturbed"),
      describedBy: NO_ARGUMENTS,
      isEnabled: () => kernel.state.kind !== 'none',
      execute: () => kernel.checkAgain()
    });
    app.commands.addCommand(CommandIDs.runBenchmark, {
      label: trans.__("Run Benchmark in This Kernel's Environment"),
      caption: trans.__('Multiply matrices in a process of its own, and prove where that was computed'),
      describedBy: NO_ARGUMENTS,
      isEnabled: hasTensorFlow,
      execute: async () => {
        const id = kernel.report?.kernel_id;
        if (id) {
          app.shell.activateById(PANEL_ID);
          await models.benchmark.start(id);
        }
      }
    });

    const labels: Record<(typeof ACTIONS)[number], string> = {
      verify: trans.__('Insert Cells That Verify the GPU'),
      'memory-growth': trans.__('Insert Cell That Enables Memory Growth'),
      'preload-library': trans.__('Insert Cell That Opens Missing Libraries First')
    };
    const actionOf = (args: ReadonlyPartialJSONObject) => ACTIONS.find(one => one === args['action']) ?? 'verify';
    app.commands.addCommand(CommandIDs.insertVerification, {
      label: args => labels[actionOf(args)],
      caption: trans.__('Put code below the active cell that shows where TensorFlow computes; it is not run'),
      describedBy: {
        args: {
          type: 'object',
          properties: {
            action: {
              type: 'string',
              enum: [...ACTIONS],
              default: 'verify',
              description: trans.__('Which cells: the checks, memory growth, or the missing libraries')
            }
          },
          additionalProperties: false
        }
      },
      isEnabled: hasTensorFlow,
      execute: async args => {
        const { report } = kernel;
        const action = actionOf(args);
        if (!report) {
          return;
        }
        const { fixes, offers } = await models.fixing();
        const offer = (await offers.ask(report.kernel_id)).find(one => one.action === action);
        if (offer?.possible && offer.cells.length) {
          await fixes.carryOut('insert', { title: offer.title, cells: offer.cells }, null, report);
        } else {
          Notification.info(offer?.why_not ?? trans.__('The server offers no such code for this kernel.'));
        }
      }
    });

    let current: ISettings | null = null;
    onSettings(registry, settings => {
      current = settings;
      app.commands.notifyCommandChanged();
    });
    const toggles: [string, keyof ISettings, string, string][] = [
      [
        CommandIDs.toggleStatusItem,
        'statusItem',
        trans.__('Show the Verdict in the Status Bar'),
        trans.__('The verdict of the kernel in front, in the status bar')
      ],
      [
        CommandIDs.toggleToolbarItem,
        'toolbarItem',
        trans.__('Show the Verdict in Notebook Toolbars'),
        trans.__("The verdict of each notebook's kernel, in its toolbar")
      ],
      [
        CommandIDs.toggleNotifications,
        'notifications',
        trans.__('Say So When a Kernel Falls Back to the CPU'),
        trans.__('A message, once a kernel, when it changes to the CPU although a GPU is there')
      ]
    ];
    for (const [id, setting, label, caption] of toggles) {
      app.commands.addCommand(id, {
        label,
        caption,
        describedBy: NO_ARGUMENTS,
        isToggleable: true,
        isToggled: () => Boolean(current?.[setting]),
        isEnabled: () => registry !== null,
        execute: () => registry?.set(SETTINGS, setting, !current?.[setting])
      });
    }

    kernel.changed.connect(() => app.commands.notifyCommandChanged());
    for (const id of [
      CommandIDs.openPanel,
      CommandIDs.checkAgain,
      CommandIDs.runBenchmark,
      ...toggles.map(([id]) => id)
    ]) {
      add(id);
    }
    for (const action of ACTIONS) {
      add(CommandIDs.insertVerification, { action });
    }
  }
};
