/** Makes the models that all other plugins share, and provides ITfGpu. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ISettingRegistry } from '@jupyterlab/settingregistry';

import { Client } from '../api/client';
import { BenchmarkModel } from '../model/benchmark';
import { Focus } from '../model/focus';
import { GpusModel } from '../model/gpus';
import { KernelModel } from '../model/kernel';
import { ITfGpu } from '../tokens';
import type { IModels } from '../widgets/panel';
import { IModelsToken } from './models';
import { onSettings } from './settings';

export const models: JupyterFrontEndPlugin<IModels> = {
  id: 'tfgpu-lab:models',
  description: 'Follows the kernel in front, the GPUs and the benchmarks.',
  autoStart: true,
  optional: [ISettingRegistry],
  provides: IModelsToken,
  activate: (app: JupyterFrontEnd, registry: ISettingRegistry | null): IModels => {
    const client = new Client(app.serviceManager.serverSettings);
    const kernel = new KernelModel(client, new Focus(app.shell));
    onSettings(registry, settings => {
      kernel.interval = settings.interval * 1000;
    });
    return { kernel, gpus: new GpusModel(client), benchmark: new BenchmarkModel(client) };
  }
};

export const tfgpu: JupyterFrontEndPlugin<ITfGpu> = {
  id: 'tfgpu-lab:plugin',
  description: 'Tells whether the kernel in front computes on the GPU, and if not, why.',
  autoStart: true,
  requires: [IModelsToken],
  provides: ITfGpu,
  activate: (_: JupyterFrontEnd, made: IModels): ITfGpu => made.kernel
};
