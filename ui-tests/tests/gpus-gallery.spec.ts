/** Takes the screenshots of the views of GPUs: `make gallery`. The GPUs are simulated, and their name says so. */
import { pidOf, say } from './driver';
import { expect, test } from './fixtures';
import { shoot, widen } from './gallery';

test('screenshots of simulated GPUs', { tag: '@gallery' }, async ({ lab, page }) => {
  test.setTimeout(400_000);
  say('gpus 1', 'set utilization 63', 'set used_mb 21000', 'set temperature 58', 'set power_mw 412000', 'set throttle 4');
  await lab.open(`gallery-${Date.now()}`);
  await page.setViewportSize({ width: 1280, height: 1000 });
  await lab.execute('application:toggle-left-area');
  await lab.newNotebook('python3');
  const first = pidOf(await lab.kernelInFront());
  await lab.newNotebook('python3');
  const second = pidOf(await lab.kernelInFront());
  say(
    'gpus 1', 'set utilization 63', 'set used_mb 21000', 'set temperature 58', 'set power_mw 412000', 'set throttle 4',
    `process 0 ${first} 12600`, `process 0 ${second} 6100`, `process 0 ${process.pid} 900`, 'process 0 999999 8300'
  );
  await lab.openPanel();
  await widen(lab, 360);
  await expect(lab.panel.getByText('this kernel', { exact: true })).toBeVisible();
  await page.waitForTimeout(6000);
  await lab.panel.getByRole('region', { name: 'GPUs of this machine' }).scrollIntoViewIfNeeded();
  await page.getByRole('button', { name: 'GPUs of this machine' }).evaluate(node => node.scrollIntoView({ block: 'start' }));
  await shoot(lab, 'gpu');
  await widen(lab, 280);
  await page.getByRole('button', { name: 'GPUs of this machine' }).evaluate(node => node.scrollIntoView({ block: 'start' }));
  await shoot(lab, 'gpu-narrow');

  const busy = Array.from({ length: 16 }, (_, i) => [`set utilization ${(i * 37) % 101} ${i}`, `set used_mb ${1024 + i * 4700} ${i}`]).flat();
  say('gpus 16', ...busy, `process 3 ${second} 12600`, 'error * 15 7');
  await expect(lab.panel.getByRole('article', { name: 'GPU 7' })).toContainText('Lost', { timeout: 30_000 });
  await page.waitForTimeout(6000);
  await page.getByRole('button', { name: 'GPUs of this machine' }).evaluate(node => node.scrollIntoView({ block: 'start' }));
  await shoot(lab, 'gpus-16-narrow');
  await page.getByRole('button', { name: 'Over time' }).evaluate(node => node.scrollIntoView({ block: 'start' }));
  await shoot(lab, 'charts-16-narrow');

  await page.setViewportSize({ width: 1600, height: 1000 });
  await lab.execute('tfgpu-lab:open-tab');
  await page.waitForTimeout(3000);
  await shoot(lab, 'tab-16');
});
