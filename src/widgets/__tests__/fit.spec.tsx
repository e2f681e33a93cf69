/** A server of another version is told with what to do; no answer is told elsewhere. */
import * as React from 'react';
import { expect, it, vi } from 'vitest';

import { render, trans } from '../../__tests__/render';
import { PAGE_VERSION } from '../../model/versions';
import { VersionFit } from '../fit';

const shown = (ask: () => Promise<string>) => render(<VersionFit ask={ask} trans={trans} />);

it('an older server is to be updated', async () => {
  const screen = await shown(() => Promise.resolve('0.0.9'));
  expect(screen.get('status').textContent).toBe(
    `The Jupyter server runs TFGPU Lab 0.0.9, this page is ${PAGE_VERSION}: what is shown may be incomplete. ` +
      "Run pip install --upgrade tfgpu-lab in the server's environment, restart the server and reload this page."
  );
});

it('an older page is to be reloaded', async () => {
  const screen = await shown(() => Promise.resolve('99.0.0'));
  expect(screen.text).toContain(`this page is still ${PAGE_VERSION}: reload it.`);
});

it('nothing is said of one version, or of no answer', async () => {
  expect((await shown(() => Promise.resolve(PAGE_VERSION))).text).toBe('');
  expect((await shown(() => Promise.reject(new Error('offline')))).text).toBe('');
});

it('it is asked once', async () => {
  const ask = vi.fn(() => Promise.resolve(PAGE_VERSION));
  const screen = await shown(ask);
  await screen.show(<VersionFit ask={() => ask()} trans={trans} />);
  expect(ask).toHaveBeenCalledOnce();
});
