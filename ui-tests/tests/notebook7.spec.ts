/** Notebook 7: the panel in its right sidebar; the verdict in the notebook's toolbar, as there is no status bar. */
import { expect, test } from '@playwright/test';

import { type IServer, start } from './servers';

let server: IServer;

test.beforeAll(async () => {
  server = await start({
    environment: '.venvs/notebook7',
    application: 'notebook',
    port: 18941,
    args: ['--JupyterNotebookApp.expose_app_in_browser=True']
  });
});

test.afterAll(async () => {
  await server.stop();
});

test('a notebook of Notebook 7 has its verdict in the toolbar and the panel at its side', async ({ page }) => {
  const errors: string[] = [];
  page.on('pageerror', error => errors.push(error.message));
  const notebook = {
    type: 'notebook',
    content: {
      cells: [{ cell_type: 'code', source: 'import tensorflow as tf; tf.constant(1).device', metadata: {}, outputs: [] }],
      metadata: { kernelspec: { name: 'tensorflow', display_name: 'TensorFlow' } },
      nbformat: 4,
      nbformat_minor: 5
    }
  };
  await page.request.put(`${server.url}/api/contents/train.ipynb`, { data: notebook });
  await page.goto(`${server.url}/notebooks/train.ipynb`);
  const item = page.getByRole('button', { name: /^(GPU\??|CPU): GPU Status/ });
  const panel = page.getByRole('region', { name: 'GPU Status' });

  await page.locator('.jp-CodeCell').first().click();
  await page.keyboard.press('Shift+Enter');
  await expect(item).toHaveText('○ CPU', { timeout: 90_000 });
  await expect(panel).toBeHidden();
  await item.click();
  await expect(panel).toBeVisible();
  await expect(panel.getByRole('region', { name: 'This kernel' })).toContainText('train.ipynb');
  await expect(panel.getByRole('article').first()).toContainText('This machine has no NVIDIA GPU');

  await test.step('a check is inserted from there', async () => {
    const cells = page.locator('.jp-CodeCell');
    const before = await cells.count();
    await panel.getByRole('button', { name: 'Multiply on /GPU:0' }).click();
    await expect(cells).toHaveCount(before + 1);
  });

  await test.step('the View menu opens it too', async () => {
    await page.getByRole('menubar').getByText('View', { exact: true }).click();
    await expect(page.getByRole('menuitem', { name: 'Show GPU Status' })).toBeVisible();
    await page.keyboard.press('Escape');
  });
  expect(errors.filter(error => error.includes('tfgpu'))).toEqual([]);
  await page.evaluate(() => window.jupyterapp.serviceManager.sessions.shutdownAll());
});
