/** Takes the screenshots of docs/screenshots: `make gallery`. Real values of this machine, nothing staged. */
import { expect, test } from './fixtures';
import { shoot, widen } from './gallery';

const NOTEBOOK = 'First light.ipynb';

test('screenshots of the first light', { tag: '@gallery' }, async ({ lab, page }) => {
  test.setTimeout(240_000);
  await lab.open(`gallery-${Date.now()}`);
  await page.setViewportSize({ width: 1280, height: 860 });
  await lab.openNotebook(NOTEBOOK);
  await lab.execute('application:toggle-left-area');
  await lab.openPanel();
  await widen(lab, 360);
  await expect(lab.verdict).toContainText('TensorFlow not imported');
  await shoot(lab, 'forecast');

  await page.getByText('import tensorflow as tf').click();
  await page.keyboard.press('Shift+Enter');
  await expect(lab.status).toHaveText(/CPU: no NVIDIA GPU/, { timeout: 60_000 });
  await shoot(lab, 'panel');

  await widen(lab, 280);
  await shoot(lab, 'narrow');
  await widen(lab, 360);

  await lab.benchmark.getByRole('button', { name: 'Run benchmark' }).click();
  await expect(lab.benchmark.getByRole('group', { name: 'CPU:0 float32' })).toBeVisible({ timeout: 90_000 });
  await expect(lab.benchmark.getByRole('progressbar')).toBeHidden({ timeout: 90_000 });
  await lab.benchmark.scrollIntoViewIfNeeded();
  await shoot(lab, 'benchmark');
});
