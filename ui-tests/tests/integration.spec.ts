/** TFGPU Lab in JupyterLab's own places: menus, palette, toolbars, the Running panel, settings. */
import type { Page, Request } from '@playwright/test';

import { expect, test } from './fixtures';

/** The items of the verdict in the toolbars of open notebooks and consoles; several when several are open. */
const toolbarItems = (page: Page) => page.getByRole('button', { name: /^(GPU\??|CPU): GPU Status/ });

const reset = (page: Page) => page.request.put('/lab/api/settings/tfgpu-lab:plugin', { data: { raw: '{}' } });

test.afterEach(({ page }) => reset(page).then(() => undefined)); // also after a failure

test('the panel is found in the View menu, in the palette and by its shortcut', async ({ lab, page }) => {
  await lab.open();
  await test.step('View menu', async () => {
    await page.getByRole('menubar').getByText('View', { exact: true }).click();
    await page.getByRole('menuitem', { name: 'Show GPU Status' }).click();
    await expect(lab.panel).toBeVisible();
  });

  await test.step('palette', async () => {
    await page.getByRole('tab', { name: 'GPU Status' }).click();
    await expect(lab.panel).toBeHidden();
    await page.keyboard.press('Control+Shift+C');
    await page.getByPlaceholder('Search').filter({ visible: true }).fill('GPU Status');
    // JupyterLab shows there what can be done now: without a kernel nothing else.
    await expect(page.getByRole('menuitem', { name: 'Open GPU Status in a Tab' })).toBeVisible();
    await expect(page.getByRole('menuitem', { name: 'Insert Cells That Verify the GPU' })).toHaveCount(0);
    await page.getByRole('menuitem', { name: 'Show GPU Status' }).first().click();
    await expect(lab.panel).toBeVisible();
  });

  await test.step('shortcut', async () => {
    await page.getByRole('tab', { name: 'GPU Status' }).click();
    await expect(lab.panel).toBeHidden();
    await page.keyboard.press('Alt+Shift+G');
    await expect(lab.panel).toBeVisible();
  });
});

test('toolbars have the verdict of their own kernel; the settings are followed at once, and are kept', async ({
  lab,
  page
}) => {
  test.slow(); // beside other checks
  const workspace = `settings-${Date.now()}`;
  await reset(page);
  await lab.open(workspace);
  await lab.newNotebook('python3');
  const items = toolbarItems(page);
  await expect(page.locator('.tfgpu-toolbar-item')).toHaveCount(1);
  await expect(items, 'nothing to say before TensorFlow is imported').toHaveCount(0);
  await lab.run('import tensorflow as tf; tf.constant(1).device');
  await expect(items).toHaveText('○ CPU', { timeout: 60_000 });
  await expect(items).toHaveAttribute('title', /this machine has no NVIDIA GPU/);

  await test.step('a toolbar’s item opens the panel by keyboard', async () => {
    await items.focus();
    await page.keyboard.press('Enter');
    await expect(lab.panel).toBeVisible();
  });

  await test.step('both places are switched off at once', async () => {
    await expect(lab.status).toHaveText(/CPU/);
    await lab.execute('tfgpu-lab:toggle-status-item');
    await expect(lab.status).toBeHidden();
    await lab.execute('tfgpu-lab:toggle-toolbar-item');
    await expect(items).toHaveCount(0);
  });

  await test.step('that is kept, and can be edited with its help', async () => {
    await page.waitForTimeout(1000); // JupyterLab saves the workspace
    await lab.open(workspace);
    await expect(lab.verdict).toContainText('On the CPU');
    await expect(lab.status).toBeHidden();
    await lab.execute('settingeditor:open', { query: 'TFGPU Lab' });
    const editor = page.locator('.jp-SettingsForm');
    await expect(editor.getByRole('heading', { name: 'TFGPU Lab' }).first()).toBeVisible();
    await expect(editor).toContainText('Nothing is asked of an idle kernel that nobody looks at.');
    await expect(editor).toContainText('Minutes of the GPUs');
    const status = editor.getByRole('checkbox', { name: /Status bar/ });
    await expect(status).not.toBeChecked();
    const interval = editor.getByRole('spinbutton').first();
    await interval.fill('0');
    await expect(editor).toContainText(/must be >= 1/);
    await interval.fill('5');
    await status.check();
    await editor.getByRole('checkbox', { name: /Toolbars/ }).check();
    await page.getByRole('tab', { name: /Untitled/ }).first().click();
    await expect(lab.status).toHaveText(/CPU/);
    await expect(items.filter({ visible: true })).toHaveCount(1);
  });

  await test.step('a console of the same kernel has it too, another kernel has its own', async () => {
    const kernel = await lab.kernelInFront();
    await lab.execute('console:create', { kernelPreference: { id: kernel } });
    await expect(items.filter({ visible: true })).toHaveText('○ CPU');
    await lab.newNotebook('no-tensorflow');
    await expect(lab.verdict).toContainText('No TensorFlow');
    await expect(items.filter({ visible: true })).toHaveCount(0);
    await page.getByRole('tab', { name: /Untitled/ }).first().click();
    await expect(items.filter({ visible: true })).toHaveCount(1);
  });

  await test.step('the item is gone while the kernel restarts', async () => {
    await page.getByRole('button', { name: 'Restart the kernel', exact: true }).filter({ visible: true }).click();
    await page.getByRole('button', { name: 'Confirm Kernel Restart' }).click();
    await expect(lab.verdict).toContainText('TensorFlow not imported');
    await expect(items.filter({ visible: true })).toHaveCount(0);
  });
});

test('the Running panel lists the kernels with their verdicts', async ({ lab, page }) => {
  await lab.open();
  const asked: string[] = [];
  const onRequest = (request: Request) => {
    if (/\/tfgpu-lab\/kernels(\?|$)/.test(request.url())) {
      asked.push(request.url());
    }
  };
  page.on('request', onRequest);
  await lab.newNotebook('python3');
  await page.waitForTimeout(4000);
  expect(asked, 'nothing is asked while nobody looks').toEqual([]);

  await page.getByRole('tab', { name: 'Running Terminals and Kernels' }).click();
  const section = page.locator('.jp-RunningSessions-section').filter({ hasText: 'GPU Kernels' });
  const item = page.locator('.jp-RunningSessions-item').filter({ hasText: /○ TensorFlow not imported · Untitled\d*\.ipynb/ });
  await expect(item).toBeVisible();
  await expect(section.or(item).first()).toBeVisible();
  await lab.execute('launcher:create');
  await expect(page.locator('.jp-NotebookPanel').filter({ visible: true })).toHaveCount(0);
  await item.locator('.jp-RunningSessions-itemLabel').click();
  await expect(page.locator('.jp-NotebookPanel').filter({ visible: true })).toHaveCount(1);
  await item.hover();
  await item.getByTitle('Shut Down Kernel').click();
  await expect(item).toHaveCount(0);

  const before = asked.length;
  await page.getByRole('tab', { name: 'Running Terminals and Kernels' }).click();
  await page.waitForTimeout(8000);
  page.off('request', onRequest);
  expect(asked.length - before, 'nothing is asked once it is closed').toBeLessThanOrEqual(1);
});
