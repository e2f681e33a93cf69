/** Makes what carries fixes out; loaded when the panel or a command first needs it. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ISessionContextDialogs } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import { FixesModel } from '../model/fixes';
import type { KernelModel } from '../model/kernel';
import type { KernelsModel } from '../model/kernels';
import { OffersModel } from '../model/offers';
import type { Reports } from '../model/reports';
import { Workbench } from './workbench';

export interface IFixingNeeds {
  app: JupyterFrontEnd;
  dialogs: ISessionContextDialogs | null;
  kernel: KernelModel;
  kernels: KernelsModel;
  reports: Reports;
  trans: TranslationBundle;
}

export function makeFixing({ app, dialogs, kernel, kernels, reports, trans }: IFixingNeeds) {
  const workbench = new Workbench(app, dialogs, id => kernels.shutDown(id), trans);
  return {
    fixes: new FixesModel(reports, workbench, () => kernel.checkAgain()),
    offers: new OffersModel(reports)
  };
}
