/** The verdict in the toolbars of notebooks and consoles; schema/plugin.json puts it there, users may take it away. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IToolbarWidgetRegistry } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import { sessionContextOf } from '../model/focus';
import type { IModels } from '../widgets/panel';
import { ToolbarItem } from '../widgets/toolbaritem';
import { CommandIDs } from './commands';
import { IModelsToken } from './models';
import { onSettings } from './settings';

/** The names of JupyterLab's widget factories whose toolbars have the item. */
export const FACTORIES = ['Notebook', 'ConsolePanel'];
/** The name of the item, as schema/plugin.json lists it. */
export const ITEM = 'tfgpu-verdict';

export const toolbar: JupyterFrontEndPlugin<void> = {
  id: 'tfgpu-lab:toolbar',
  description: 'The verdict of each notebook and console in its toolbar.',
  autoStart: true,
  requires: [IModelsToken],
  optional: [IToolbarWidgetRegistry, ISettingRegistry, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    models: IModels,
    widgets: IToolbarWidgetRegistry | null,
    registry: ISettingRegistry | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('tfgpu-lab');
    const items = new Set<ToolbarItem>();
    let isWanted = true;
    const make = (document: Widget): Widget => {
      const context = sessionContextOf(document);
      if (!context) {
        const nothing = new Widget(); // a toolbar wants a widget for each of its items
        nothing.hide();
        return nothing;
      }
      const open = () => void app.commands.execute(CommandIDs.openPanel);
      const item = new ToolbarItem(context, models.reports, open, trans);
      item.isWanted = isWanted;
      items.add(item);
      item.disposed.connect(() => items.delete(item));
      return item;
    };
    for (const factory of FACTORIES) {
      widgets?.addFactory(factory, ITEM, make);
    }
    onSettings(registry, settings => {
      isWanted = settings.toolbarItem;
      for (const item of items) {
        item.isWanted = isWanted;
      }
    });
  }
};
