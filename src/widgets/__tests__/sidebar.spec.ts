/** The sidebar costs nothing before it is looked at, and asks nothing while nobody looks. */
import { MessageLoop } from '@lumino/messaging';
import { Panel, Widget } from '@lumino/widgets';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { trans } from '../../__tests__/render';
import type { IModels } from '../panel';
import { PANEL_ID, Sidebar } from '../sidebar';

const made = vi.hoisted(() => ({ bodies: 0, fails: false }));

vi.mock('../panel', async () => {
  const lumino = await import('@lumino/widgets');
  return {
    get PanelBody() {
      if (made.fails) {
        throw new Error('no such file');
      }
      return class extends lumino.Widget {
        constructor() {
          super();
          made.bodies++;
          this.node.textContent = 'the body';
        }
      };
    }
  };
});

const counter = () => ({ hold: vi.fn(), release: vi.fn() });

let models: { kernel: ReturnType<typeof counter>; gpus: ReturnType<typeof counter> };
let sidebar: Sidebar;
let area: Panel;

/** How often each model is held now. */
const held = () => [models.kernel, models.gpus].map(one => one.hold.mock.calls.length - one.release.mock.calls.length);

/** Wait until the sidebar has loaded its body, or has failed to. */
const filled = (text: string) => vi.waitFor(() => expect(sidebar.node.textContent).toBe(text));

/** Longer than the body needs to load. */
const elapsed = () => new Promise(resolve => setTimeout(resolve, 50));

beforeEach(() => {
  made.bodies = 0;
  made.fails = false;
  models = { kernel: counter(), gpus: counter() };
  sidebar = new Sidebar(models as unknown as IModels, trans);
  area = new Panel();
});

afterEach(() => {
  area.dispose();
  sidebar.dispose();
});

/** JupyterLab's side area, with our widget hidden in it. */
function collapsed(): void {
  sidebar.hide();
  area.addWidget(sidebar);
  Widget.attach(area, document.body);
}

describe('the sidebar', () => {
  it('has a name for those who cannot see it', () => {
    expect(sidebar.id).toBe(PANEL_ID);
    expect(sidebar.node.getAttribute('role')).toBe('region');
    expect(sidebar.node.getAttribute('aria-label')).toBe('GPU Status');
    expect(sidebar.title.caption).toBe('GPU Status');
    expect(sidebar.title.label).toBe('');
  });

  it('holds nothing and loads nothing while it is hidden', async () => {
    collapsed();
    await elapsed();
    expect(held()).toEqual([0, 0]);
    expect(made.bodies).toBe(0);
  });

  it('holds the models while it is shown', () => {
    collapsed();
    sidebar.show();
    expect(held()).toEqual([1, 1]);
    sidebar.hide();
    expect(held()).toEqual([0, 0]);
    sidebar.show();
    expect(held()).toEqual([1, 1]);
  });

  it('holds them when it is attached in view', () => {
    Widget.attach(sidebar, document.body);
    expect(held()).toEqual([1, 1]);
    Widget.detach(sidebar);
    expect(held()).toEqual([0, 0]);
  });

  it('holds them only while what it is in is shown', () => {
    area.addWidget(sidebar);
    area.hide();
    Widget.attach(area, document.body);
    expect(held()).toEqual([0, 0]);
    area.show();
    expect(held()).toEqual([1, 1]);
    area.hide();
    expect(held()).toEqual([0, 0]);
  });

  it('holds and releases them once, however often it is told', () => {
    Widget.attach(sidebar, document.body);
    MessageLoop.sendMessage(sidebar, Widget.Msg.AfterShow);
    expect(held()).toEqual([1, 1]);
    sidebar.hide();
    Widget.detach(sidebar);
    expect(held()).toEqual([0, 0]);
  });

  it('releases them when it is disposed', () => {
    Widget.attach(sidebar, document.body);
    sidebar.dispose();
    expect(held()).toEqual([0, 0]);
  });

  it('is filled once, however often it is shown', async () => {
    collapsed();
    sidebar.show();
    sidebar.hide();
    sidebar.show();
    await filled('the body');
    sidebar.hide();
    sidebar.show();
    await elapsed(); // for a second body, if there were one
    expect(made.bodies).toBe(1);
    expect(sidebar.widgets).toHaveLength(1);
  });

  it('says why it could not be filled, and tries again at the next look', async () => {
    made.fails = true;
    collapsed();
    sidebar.show();
    await filled('The panel could not be loaded: Error: no such file');
    made.fails = false;
    sidebar.hide();
    sidebar.show();
    await filled('the body');
    expect(made.bodies).toBe(1);
  });
});
