/** A place for the panel costs nothing before it is looked at. */
import { Panel, Widget } from '@lumino/widgets';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { trans } from '../../__tests__/render';
import type { IModels } from '../panel';
import { PANEL_ID, Sidebar } from '../sidebar';
import { Tab, TAB_ID } from '../tab';

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

let sidebar: Sidebar;
let area: Panel;

/** Wait until the sidebar has loaded its body, or has failed to. */
const filled = (text: string) => vi.waitFor(() => expect(sidebar.node.textContent).toBe(text));

/** Longer than the body needs to load. */
const elapsed = () => new Promise(resolve => setTimeout(resolve, 50));

beforeEach(() => {
  made.bodies = 0;
  made.fails = false;
  sidebar = new Sidebar({} as IModels, trans);
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

  it('loads nothing while it is hidden', async () => {
    collapsed();
    await elapsed();
    expect(made.bodies).toBe(0);
  });

  it('is filled when it is attached in view', async () => {
    Widget.attach(sidebar, document.body);
    await filled('the body');
    Widget.detach(sidebar);
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

describe('the tab of the main area', () => {
  it('has a label, can be closed, and is filled like the sidebar', async () => {
    const tab = new Tab({} as IModels, trans);
    expect(tab.id).toBe(TAB_ID);
    expect(tab.title.label).toBe('GPU Status');
    expect(tab.title.closable).toBe(true);
    Widget.attach(tab, document.body);
    await vi.waitFor(() => expect(tab.node.textContent).toBe('the body'));
    tab.dispose();
  });
});
