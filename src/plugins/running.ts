/** A section of JupyterLab's Running panel: the kernels with their verdicts and the GPU memory that they hold. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IRunningSessionManagers } from '@jupyterlab/running';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import type { IModels } from '../widgets/panel';
import { RunningKernels } from '../widgets/runningkernels';
import { IModelsToken } from './models';

/** The id that JupyterLab and Notebook give their Running panel. */
const RUNNING_PANEL = 'jp-running-sessions';

export const running: JupyterFrontEndPlugin<void> = {
  id: 'tfgpu-lab:running',
  description: 'The kernels with their verdicts in the Running panel.',
  autoStart: true,
  requires: [IModelsToken],
  optional: [IRunningSessionManagers, ITranslator],
  activate: (
    _: JupyterFrontEnd,
    models: IModels,
    managers: IRunningSessionManagers | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('tfgpu-lab');
    const isSeen = () => Boolean(document.getElementById(RUNNING_PANEL)?.getClientRects().length);
    const { client } = models.reports;
    let seq = 0; // what was read already is not sent again
    const readGpus = () => {
      client
        .gpus(seq)
        .then(gpus => (seq = gpus.seq))
        .catch(() => undefined); // the panel tells of it
    };
    managers?.add(new RunningKernels(models.kernels, { isSeen, readGpus, open: models.open }, trans));
  }
};
