/** The list of plugins, nothing else. */
import { models, tfgpu } from './plugins/model';
import { notifications } from './plugins/notifications';
import { panel } from './plugins/panel';
import { statusbar } from './plugins/statusbar';

export { ITfGpu } from './tokens';

export default [models, tfgpu, panel, statusbar, notifications];
