import { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ReactWidget } from '@jupyterlab/apputils';
import * as React from 'react';
const p: JupyterFrontEndPlugin<void> = { id: 'tfgpu-lab:plugin', autoStart: true, activate: async app => { const w = ReactWidget.create(React.createElement('b')); w.id='x'; app.shell.add(w, 'left'); } };
export default [p];
