/** The item stands in the toolbars that the schema names, and nowhere that has no kernel. */
import type { IToolbarWidgetRegistry } from '@jupyterlab/apputils';
import { Signal } from '@lumino/signaling';
import type { Widget } from '@lumino/widgets';
import { readFileSync } from 'fs';
import { beforeEach, expect, it, vi } from 'vitest';

import { fakeApp, fakeRegistry, settled } from '../../__tests__/app';
import { FakeClient } from '../../__tests__/client';
import { KERNEL, report } from '../../__tests__/samples';
import { Reports } from '../../model/reports';
import { CommandIDs } from '../commands';
import { FACTORIES, ITEM, toolbar } from '../toolbar';

let reports: Reports;
let factories: Map<string, (document: object) => Widget>;
let settings: ReturnType<typeof fakeRegistry>;
let fake: ReturnType<typeof fakeApp>;

const document_ = () => {
  const sessionContext = {
    kernelChanged: new Signal<object, void>({}),
    statusChanged: new Signal<object, void>({}),
    session: { kernel: { id: KERNEL, status: 'idle' } }
  };
  return { sessionContext };
};

beforeEach(async () => {
  const client = new FakeClient();
  reports = new Reports(client);
  factories = new Map();
  settings = fakeRegistry({});
  fake = fakeApp();
  const addFactory = vi.fn((factory: string, item: string, make: (document: object) => Widget) => {
    factories.set(`${factory} ${item}`, make);
  });
  const widgets = { addFactory } as unknown as IToolbarWidgetRegistry;
  void toolbar.activate(fake.app, { reports }, widgets, settings.registry, null);
  await settled();
  const asked = reports.client.kernel(KERNEL);
  client.last.answer(report());
  await asked;
});

it('the toolbars are those of the schema', () => {
  const schema = JSON.parse(readFileSync('schema/plugin.json', 'utf8')) as {
    'jupyter.lab.toolbars': Record<string, { name: string }[]>;
  };
  const named = Object.entries(schema['jupyter.lab.toolbars']).flatMap(([factory, items]) =>
    items.map(item => `${factory} ${item.name}`)
  );
  expect([...factories.keys()]).toEqual(named);
  expect(named).toEqual(FACTORIES.map(factory => `${factory} ${ITEM}`));
});

it('the item opens the panel', () => {
  const item = factories.get(`Notebook ${ITEM}`)!(document_());
  item.node.querySelector('button')!.click();
  expect(fake.executed).toEqual([CommandIDs.openPanel]);
});

it('the items follow the setting until they are gone', () => {
  const item = factories.get(`ConsolePanel ${ITEM}`)!(document_());
  expect(item.isHidden).toBe(false);
  settings.change({ toolbarItem: false });
  expect(item.isHidden).toBe(true);
  item.dispose();
  expect(() => settings.change({ toolbarItem: true })).not.toThrow();
});

it('a document without a kernel has no item', () => {
  expect(factories.get(`Notebook ${ITEM}`)!({}).isHidden).toBe(true);
});

it('needs no registry of toolbars', () => {
  expect(() => void toolbar.activate(fakeApp().app, { reports }, null, null, null)).not.toThrow();
});
