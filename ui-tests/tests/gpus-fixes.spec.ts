/** On a machine with a GPU that this kernel's TensorFlow cannot use: the message, once, and the way back. Simulated GPUs. */
import { pidOf, say } from './driver';
import { expect, test } from './fixtures';
import type { Lab } from './lab';
import type { components } from '../../src/api/types';

const LISTS = 'import tensorflow as tf; tf.config.list_physical_devices()';

/**
 * How many messages JupyterLab has, those too that are out of sight: its bell counts them. A message is made by the
 * report that also gives the status bar its words; what that draws is waited for.
 */
async function messages({ page }: Lab): Promise<number> {
  await page.evaluate(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))));
  return Number(await page.locator('.jp-Notification-Status-Text').textContent());
}

/** Run a cell and wait until the page has a report of its end. */
async function runAndReport(lab: Lab, code: string, count: number): Promise<void> {
  const id = await lab.kernelInFront();
  const told = lab.page.waitForResponse(async response => {
    const isReport = response.url().includes(`/tfgpu-lab/kernels/${id}?`) || response.url().endsWith(`/kernels/${id}`);
    if (!isReport || !response.ok()) {
      return false;
    }
    const report = (await response.json()) as components['schemas']['KernelReport'];
    return (report.live?.execution_count ?? 0) >= count;
  });
  await lab.run(code);
  await told;
}

/** A notebook whose kernel was looked at while it stood: only what changes is announced. */
async function standing(lab: Lab): Promise<void> {
  const looked: string[] = [];
  const onResponse = (response: { url(): string }) => void looked.push(response.url());
  lab.page.on('response', onResponse);
  await lab.newNotebook('python3');
  const id = await lab.kernelInFront();
  await expect.poll(() => looked.some(url => url.includes(`/tfgpu-lab/kernels/${id}`))).toBe(true);
  lab.page.off('response', onResponse);
}

test('a kernel that changes to the CPU is announced once, and never again where it is not wanted', async ({ lab, page }) => {
  say('gpus 1');
  await lab.open(`announced-${Date.now()}`); // no message of another test stands there
  const toast = page.getByRole('alert').filter({ hasText: 'Show why' });

  await test.step('a kernel that hides its GPU on purpose is left in peace', async () => {
    await lab.newNotebook('hidden-gpu');
    await lab.run(LISTS);
    await expect(lab.status).toHaveText(/CPU/, { timeout: 60_000 });
    expect(await messages(lab)).toBe(0);
  });

  await test.step('another one is announced, once', async () => {
    await standing(lab);
    await lab.run(LISTS);
    await expect(toast).toHaveCount(1, { timeout: 60_000 });
    expect(await messages(lab)).toBe(1);
    await toast.getByRole('button', { name: 'Show why' }).click();
    await expect(lab.panel).toBeVisible();
    await expect(toast).toHaveCount(0);
    const before = await messages(lab);
    await runAndReport(lab, '1 + 1', 2);
    expect(await messages(lab)).toBe(before);
  });

  await test.step('never again means never', async () => {
    await standing(lab);
    await lab.run(LISTS);
    await expect(toast).toHaveCount(1, { timeout: 60_000 });
    await toast.getByRole('button', { name: 'Never show' }).click();
    await expect(toast).toHaveCount(0);
    const before = await messages(lab);
    await standing(lab);
    await lab.run(LISTS);
    await expect(lab.status).toHaveText(/CPU/, { timeout: 60_000 });
    expect(await messages(lab)).toBe(before);
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
