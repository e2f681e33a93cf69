/** The panel's place. */
import { expect, it, vi } from 'vitest';

import { fakeApp } from '../../__tests__/app';
import { PANEL_ID } from '../../widgets/sidebar';
import { panel } from '../panel';

it('the panel is in the right sidebar, and is restored there', () => {
  const fake = fakeApp();
  const restorer = { add: vi.fn() };
  void panel.activate(fake.app, {}, null, restorer);
  const [widget, area] = fake.shell.add.mock.calls[0] as [{ id: string }, string];
  expect([widget.id, area]).toEqual([PANEL_ID, 'right']);
  expect(restorer.add).toHaveBeenCalledWith(widget, PANEL_ID);
});

it('the panel needs no restorer', () => {
  expect(() => void panel.activate(fakeApp().app, {}, null, null)).not.toThrow();
});
