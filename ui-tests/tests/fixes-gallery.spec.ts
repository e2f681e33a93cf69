/** Takes the screenshots of fixes, what came of them, and the places outside the panel: `make gallery`. */
import { expect, test } from './fixtures';
import { shoot, widen } from './gallery';

test('screenshots of fixes', { tag: '@gallery' }, async ({ lab, page }) => {
  test.setTimeout(400_000);
  await lab.open(`gallery-${Date.now()}`);
  await page.setViewportSize({ width: 1280, height: 1000 });
  await lab.execute('application:toggle-left-area');
  await lab.newNotebook('hidden-gpu');
  await lab.openPanel();
  await widen(lab, 280);
  await expect(lab.verdict).toContainText('TensorFlow not imported');
  await lab.panel.getByText(/Also in the way/).click();
  const finding = lab.finding(/CUDA_VISIBLE_DEVICES/);
  await finding.scrollIntoViewIfNeeded();
  await shoot(lab, 'fix-narrow');

  const apply = finding.getByRole('button', { name: /^Apply/ }).first();
  await apply.click();
  await expect(page.getByRole('dialog')).toContainText('This file will be written:');
  await page.getByRole('dialog').getByRole('button', { name: 'Apply' }).click();
  const outcome = lab.panel.locator('.tfgpu-fix-outcome');
  await expect(outcome).toContainText('was added', { timeout: 60_000 });
  await outcome.scrollIntoViewIfNeeded();
  await shoot(lab, 'fix-outcome-narrow');
  await outcome.getByRole('button', { name: /^Undo/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Apply' }).click();
  await expect(outcome).toContainText('was removed', { timeout: 60_000 });

  const check = lab.panel.getByRole('button', { name: 'Multiply on /GPU:0', exact: true });
  await check.click();
  await lab.panel
    .getByRole('heading', { name: 'Check in a cell' })
    .evaluate(node => node.scrollIntoView({ block: 'start' }));
  await shoot(lab, 'checks-narrow');

  await lab.execute('application:toggle-left-area');
  await page.getByRole('tab', { name: 'Running Terminals and Kernels' }).click();
  await expect(page.locator('.jp-RunningSessions-item').filter({ hasText: 'TensorFlow not imported' })).toBeVisible();
  await lab.execute('notebook:run-cell-and-select-next');
  await expect(lab.status).toHaveText(/CPU/, { timeout: 60_000 });
  await page.waitForTimeout(6000);
  await shoot(lab, 'running');
});
