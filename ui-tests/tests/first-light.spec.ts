/** The main job, end to end: what a newcomer sees on a machine without a GPU, on real TensorFlow. */
import { expect, test } from './fixtures';

const NOTEBOOK = 'First light.ipynb';

test('a newcomer learns what the kernel computes on, why, and how fast it is', async ({ lab, page }) => {
  test.slow(); // beside other checks
  await test.step('the demo notebook opens, and the panel has an icon in a sidebar', async () => {
    await lab.open();
    await lab.openNotebook(NOTEBOOK);
    await page.getByRole('tab', { name: 'GPU Status' }).click();
    await expect(lab.panel).toBeVisible();
  });

  await test.step('before the import it says what will happen', async () => {
    await expect(lab.verdict).toContainText('TensorFlow not imported');
    await expect(lab.verdict).toContainText(/It would compute on the CPU: this machine has no NVIDIA GPU/);
    await expect(lab.verdict).toContainText('Forecast from its environment');
    await expect(lab.verdict).toContainText('2.21.0 · CUDA build');
    await expect(lab.status).toBeHidden();
  });

  await test.step('it says exactly why there is no GPU, with evidence and a fix', async () => {
    const finding = lab.finding('This machine has no NVIDIA GPU');
    await expect(finding).toContainText('Certain');
    await expect(finding.getByRole('button', { name: /^Copy: Use a machine with an NVIDIA GPU/ })).toBeVisible();
    await finding.getByText('Evidence').click();
    await expect(finding.getByText('Expected').first()).toBeVisible();
    const gpus = lab.panel.getByRole('region', { name: 'GPUs of this machine' });
    await expect(gpus).toContainText('This machine has no NVIDIA GPU: none is on its PCI bus');
  });

  await test.step('the status bar changes once TensorFlow is imported, with the cause', async () => {
    await page.getByText('import tensorflow as tf').click();
    await page.keyboard.press('Shift+Enter');
    await expect(lab.state('Busy')).toBeVisible();
    await expect(lab.state('Idle')).toBeVisible({ timeout: 60_000 });
    await expect(lab.status).toHaveText(/CPU: no NVIDIA GPU/, { timeout: 5_000 });
    await expect(lab.verdict).toContainText('Observed in the running kernel');
    await expect(lab.verdict).toContainText('CPU:0');
  });

  await test.step('a click on it opens the panel', async () => {
    await page.getByRole('tab', { name: 'GPU Status' }).click();
    await expect(lab.panel).toBeHidden();
    await lab.status.click();
    await expect(lab.panel).toBeVisible();
  });

  await test.step('the answer still comes while a cell runs, and the cell is not touched', async () => {
    await page.getByText('import numpy as np').click();
    await page.keyboard.press('Shift+Enter');
    await expect(lab.state('Busy')).toBeVisible();
    const said = lab.verdict.getByText(/Observed in the running kernel at/);
    const before = await said.textContent();
    await expect(said).not.toHaveText(before ?? '', { timeout: 15_000 });
    await expect(lab.state('Busy')).toBeVisible();
    await expect(lab.state('Idle')).toBeVisible({ timeout: 90_000 });
    await expect(page.getByText('[2]:').first()).toBeVisible();
  });

  await test.step('a benchmark is cancelled and leaves nothing', async () => {
    await lab.benchmark.getByRole('button', { name: 'Run benchmark' }).click();
    await expect(lab.benchmark.getByRole('progressbar')).toBeVisible();
    await lab.benchmark.getByRole('button', { name: 'Cancel' }).click();
    await expect(lab.benchmark).toContainText('Cancelled; its processes have ended.');
    await expect(lab.benchmark.getByRole('progressbar')).toBeHidden();
    const again = lab.benchmark.getByRole('button', { name: 'Run benchmark' });
    await expect(again).toHaveAttribute('aria-disabled', 'false');
  });

  await test.step('the benchmark shows progress, a figure and the proof of where it was computed', async () => {
    await lab.benchmark.getByRole('button', { name: 'Run benchmark' }).click();
    await expect(lab.benchmark.getByRole('progressbar')).toBeVisible();
    await expect(lab.benchmark.getByRole('button', { name: 'Cancel' })).toBeVisible();
    const figure = lab.benchmark.getByRole('group', { name: 'CPU:0 float32' });
    await expect(figure).toContainText(/[0-9.]+ TFLOP\/s/, { timeout: 60_000 });
    await expect(figure).toContainText('/job:localhost/replica:0/task:0/device:CPU:0');
    await expect(lab.benchmark.getByRole('progressbar')).toBeHidden({ timeout: 60_000 });
    await expect(lab.benchmark).toContainText('TensorFlow 2.21.0');
  });
});
