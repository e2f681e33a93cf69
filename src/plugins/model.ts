/** Makes the models that all other plugins share, and provides ITfGpu. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ISessionContextDialogs } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { Client } from '../api/client';
import { chooseUnits } from '../format';
import { BenchmarkModel } from '../model/benchmark';
import { Focus } from '../model/focus';
import { KernelModel } from '../model/kernel';
import { KernelsModel } from '../model/kernels';
import { Past } from '../model/past';
import { Reports } from '../model/reports';
import { TfGpu } from '../model/tfgpu';
import { ITfGpu } from '../tokens';
import type { IModels } from '../widgets/panel';
import { IModelsToken } from './models';
import { opener } from './open';
import { onSettings } from './settings';

export const models: JupyterFrontEndPlugin<IModels> = {
  id: 'tfgpu-lab:models',
  description: 'Follows the kernel in front, the GPUs and the benchmarks.',
  autoStart: true,
  optional: [ISettingRegistry, ITranslator, ISessionContextDialogs, IStateDB],
  provides: IModelsToken,
  activate: (
    app: JupyterFrontEnd,
    registry: ISettingRegistry | null,
    translator: ITranslator | null,
    dialogs: ISessionContextDialogs | null,
    database: IStateDB | null
  ): IModels => {
    const trans = (translator ?? nullTranslator).load('tfgpu-lab');
    const reports = new Reports(new Client(app.serviceManager.serverSettings));
    const { client } = reports;
    const kernel = new KernelModel(client, new Focus(app.shell));
    const kernels = new KernelsModel(client, app.serviceManager);
    const tfgpu = new TfGpu(kernel, reports);
    const past = new Past();
    let fixing: ReturnType<IModels['fixing']> | null = null;
    onSettings(registry, settings => {
      chooseUnits({ memory: settings.memoryUnit, temperature: settings.temperatureUnit });
      kernel.interval = settings.interval * 1000;
      past.minutes = settings.history;
    });
    return {
      kernel,
      kernels,
      fixing: () =>
        (fixing ??= import(/* webpackChunkName: "panel-fixing" */ './fixing').then(({ makeFixing }) =>
          makeFixing({ app, dialogs, kernel, kernels, reports, trans })
        )),
      reports,
      tfgpu,
      benchmark: new BenchmarkModel(client),
      past,
      database,
      open: opener(app, id => kernels.kindOf(id))
    };
  }
};

export const tfgpu: JupyterFrontEndPlugin<ITfGpu> = {
  id: 'tfgpu-lab:plugin',
  description: 'Tells whether the kernel in front computes on the GPU, and if not, why.',
  autoStart: true,
  requires: [IModelsToken],
  provides: ITfGpu,
  activate: (_: JupyterFrontEnd, made: IModels): ITfGpu => made.tfgpu
};
