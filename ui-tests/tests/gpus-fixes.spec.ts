/** On a machine with a GPU that this kernel's TensorFlow cannot use: the message, once, and the way back. Simulated GPUs. */
import { pidOf, say } from './driver';
import { expect, test } from './fixtures';

test('a kernel that changes to the CPU is announced once, and never again where it is not wanted', async ({ lab, page }) => {
  say('gpus 1');
  await lab.open();
  const toast = page.getByRole('alert').filter({ hasText: 'Show why' });

  await test.step('a kernel that hides its GPU on purpose is left in peace', async () => {
    await lab.newNotebook('hidden-gpu');
    await lab.run('import tensorflow as tf; tf.config.list_physical_devices()');
    await expect(lab.status).toHaveText(/CPU/, { timeout: 60_000 });
    await page.waitForTimeout(2000);
    await expect(toast).toHaveCount(0);
  });

  await test.step('another one is announced, once', async () => {
    await lab.newNotebook('python3');
    await page.waitForTimeout(3000); // it is looked at while it stands
    await lab.run('import tensorflow as tf; tf.config.list_physical_devices()');
    await expect(toast).toHaveCount(1, { timeout: 60_000 });
    await toast.getByRole('button', { name: 'Show why' }).click();
    await expect(lab.panel).toBeVisible();
    await lab.run('1 + 1');
    await page.waitForTimeout(3000);
    await expect(toast).toHaveCount(0);
  });

  await test.step('never again means never', async () => {
    await lab.newNotebook('python3');
    await page.waitForTimeout(3000);
    await lab.run('import tensorflow as tf; tf.config.list_physical_devices()');
    await expect(toast).toHaveCount(1, { timeout: 60_000 });
    await toast.getByRole('button', { name: 'Never show' }).click();
    await lab.newNotebook('python3');
    await page.waitForTimeout(3000);
    await lab.run('import tensorflow as tf; tf.config.list_physical_devices()');
    await expect(lab.status).toHaveText(/CPU/, { timeout: 60_000 });
    await page.waitForTimeout(2000);
    await expect(toast).toHaveCount(0);
    await lab.execute('tfgpu-lab:toggle-notifications');
  });
});

test('the Running panel says what a kernel holds of the GPU', async ({ lab, page }) => {
  say('gpus 1');
  await lab.open();
  await lab.newNotebook('python3');
  const pid = pidOf(await lab.kernelInFront());
  say('gpus 1', 'set used_mb 21000', `process 0 ${pid} 12600`);
  await page.getByRole('tab', { name: 'Running Terminals and Kernels' }).click();
  const item = page.locator('.jp-RunningSessions-item').filter({ hasText: '12.3 GiB of GPU memory' });
  await expect(item).toBeVisible({ timeout: 30_000 });
});
