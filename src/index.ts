/** The list of plugins, nothing else. */
import { mainarea } from './plugins/mainarea';
import { models, tfgpu } from './plugins/model';
import { notifications } from './plugins/notifications';
import { palette } from './plugins/palette';
import { panel } from './plugins/panel';
import { running } from './plugins/running';
import { statusbar } from './plugins/statusbar';
import { toolbar } from './plugins/toolbar';
import { addSheet } from './sheet';
import status from '../style/status.raw.css';

export { type Finding, type IFindingProvider, type IMetric, ITfGpu, type KernelReport } from './tokens';

addSheet(status);

export default [models, tfgpu, panel, mainarea, palette, statusbar, toolbar, running, notifications];
