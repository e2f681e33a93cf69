/** Other servers than the newest with everything on: our extension switched off, and the oldest JupyterLab. */
import { expect, test } from '@playwright/test';

import { Lab } from './lab';
import { type IServer, start } from './servers';

let server: IServer | null = null;

test.afterEach(async () => {
  await server?.stop();
  server = null;
});

/** Open JupyterLab of this server; errors on the page that are ours. */
async function opened(lab: Lab, url: string): Promise<string[]> {
  const errors: string[] = [];
  lab.page.on('pageerror', error => {
    const trace = error.stack ?? error.message;
    if (trace.includes('tfgpu')) {
      errors.push(trace); // older JupyterLabs have errors of their own
    }
  });
  await lab.page.goto(`${url}/lab`);
  await lab.page.waitForFunction(() => window.jupyterapp !== undefined);
  await lab.page.evaluate(() => window.jupyterapp.restored);
  return errors;
}

test('with the server extension switched off the panel says what to run, and nothing breaks', async ({ page }) => {
  server = await start({
    environment: '.venv',
    application: 'lab',
    port: 18942,
    args: ["--ServerApp.jpserver_extensions={'tfgpu_lab': False}"]
  });
  const lab = new Lab(page);
  const errors = await opened(lab, server.url);
  await lab.newNotebook('python3');
  await lab.openPanel();
  const command = 'jupyter server extension enable tfgpu_lab';
  await expect(lab.verdict.getByRole('alert')).toContainText(command);
  await expect(lab.verdict.getByRole('button', { name: 'Try again' })).toBeVisible();
  await expect(lab.status).toBeHidden();
  await expect(page.getByRole('alert').filter({ hasText: 'Show why' })).toHaveCount(0);
  await expect(lab.panel.getByRole('progressbar')).toHaveCount(0);
  expect(errors).toEqual([]);
  await lab.shutDown();
});

test('a server of an older version is told with the command that updates it', async ({ page }) => {
  const lab = new Lab(page);
  await page.route('**/tfgpu-lab/openapi.json*', async route => {
    const answer = await route.fetch();
    const document = (await answer.json()) as { info: object };
    await route.fulfill({ json: { ...document, info: { ...document.info, version: '0.0.9' } } });
  });
  await lab.open();
  await lab.openPanel();
  const notice = lab.panel.getByRole('status').filter({ hasText: '0.0.9' });
  await expect(notice).toContainText('pip install --upgrade tfgpu-lab');
});

test('JupyterLab 4.2 runs the same build', async ({ page }) => {
  server = await start({ environment: '.venvs/lab42', application: 'lab', port: 18943 });
  const lab = new Lab(page);
  const errors = await opened(lab, server.url);
  await lab.newNotebook('tensorflow');
  await lab.openPanel();
  await expect(lab.verdict).toContainText('TensorFlow not imported');
  await lab.run('import tensorflow as tf; tf.constant(1).device');
  await expect(lab.status).toHaveText(/CPU: no NVIDIA GPU/, { timeout: 90_000 });
  await expect(page.getByRole('button', { name: /^CPU: GPU Status/ })).toBeVisible();
  await expect(lab.finding('This machine has no NVIDIA GPU')).toBeVisible();

  await test.step('a check is inserted, and undone', async () => {
    const cells = page.locator('.jp-Notebook .jp-CodeCell');
    const before = await cells.count();
    await lab.panel.getByRole('button', { name: 'Multiply on /GPU:0' }).click();
    await expect(cells).toHaveCount(before + 1);
    await lab.execute('notebook:undo-cell-action');
    await expect(cells).toHaveCount(before);
  });

  await test.step('the Running panel has its section', async () => {
    await page.getByRole('tab', { name: 'Running Terminals and Kernels' }).click();
    await expect(page.locator('.jp-RunningSessions-item').filter({ hasText: '○ On the CPU' })).toBeVisible();
  });
  expect(errors).toEqual([]);
  await lab.shutDown();
});
