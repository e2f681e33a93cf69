/** The benchmark beyond its first figure: a sweep with its chart, the copy, and what a new page still knows. */
import { expect, test } from './fixtures';

test('a sweep shows a chart, a table and the past, and outlives the page', async ({ context, lab, page }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const workspace = `benchmark-${Date.now()}`;
  await lab.open(workspace);
  await lab.newNotebook();
  await lab.openPanel();
  await lab.benchmark.getByLabel('Device').selectOption('CPU:0');
  await lab.benchmark.getByLabel('Measure').selectOption('sweep');
  // All sizes take half a minute; the choice is proven by what is sent, the rest by three of them.
  const asked: object[] = [];
  await page.route(/\/tfgpu-lab\/benchmarks(\?|$)/, async route => {
    const body = route.request().method() === 'POST' ? (route.request().postDataJSON() as object) : null;
    if (body) {
      asked.push(body);
    }
    await route.continue(body ? { postData: JSON.stringify({ ...body, sweep: false, sizes: [256, 512, 1024] }) } : {});
  });
  await lab.benchmark.getByRole('button', { name: 'Run benchmark' }).click();
  await expect(lab.benchmark).toContainText(/left at most/);
  await expect(lab.benchmark.getByRole('progressbar')).toBeHidden({ timeout: 60_000 });
  expect(asked).toMatchObject([{ device: 'CPU:0', sweep: true }]);

  await expect(lab.benchmark.getByRole('group', { name: 'CPU:0 float32' })).toContainText(/median of \d+ runs/);
  await expect(lab.benchmark.getByRole('figure', { name: 'CPU:0: TFLOP/s by size' })).toBeVisible();
  await expect(lab.benchmark.locator('canvas').first()).toBeVisible(); // axes and lines have one each
  if (process.env['TFGPU_TEST_SHOT']) {
    await lab.benchmark.screenshot({ path: process.env['TFGPU_TEST_SHOT'] });
  }
  await lab.benchmark.getByText('All sizes as a table').click();
  await expect(lab.benchmark.getByRole('table').getByRole('row').nth(2)).toContainText(/^512/);

  await lab.benchmark.getByRole('button', { name: 'Copy as Markdown' }).click();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toMatch(/^\| device \| dtype \|/);
  expect(copied).toContain('| CPU:0 | float32 | function |');

  await lab.open(workspace);
  await lab.openPanel();
  await expect(lab.benchmark.getByRole('group', { name: 'CPU:0 float32' })).toContainText('TFLOP/s');
});
