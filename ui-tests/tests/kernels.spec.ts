/** Kernels with one thing wrong each, real environments all: the panel follows the kernel in front. */
import { expect, test } from './fixtures';

test('without a kernel in front the panel says what to do', async ({ lab }) => {
  await lab.open();
  await lab.openPanel();
  await expect(lab.verdict).toContainText('Open a notebook or a console');
  await expect(lab.benchmark.getByRole('button', { name: 'Run benchmark' })).toHaveAttribute('aria-disabled', 'true');
  await expect(lab.benchmark).toContainText('It needs a kernel');
  await expect(lab.status).toBeHidden();
});

test('an environment without TensorFlow is told with the command that installs it', async ({ lab }) => {
  await lab.open();
  await lab.newNotebook('no-tensorflow');
  await lab.openPanel();
  await expect(lab.verdict).toContainText('No TensorFlow');
  await expect(lab.finding(/TensorFlow is not installed/)).toContainText(/bare\/bin\/python" -m pip install/);
  await expect(lab.benchmark).toContainText("There is no TensorFlow in this kernel's environment.");
  await expect(lab.status).toBeHidden();
});

test('a CPU-only wheel and a hidden GPU are named behind the first cause', async ({ lab }) => {
  await lab.open();
  await lab.newNotebook('cpu-only-wheel');
  await lab.openPanel();
  await expect(lab.verdict).toContainText('2.21.0 · CPU build');
  await lab.panel.getByText(/Also in the way/).click();
  await expect(lab.finding('tensorflow-cpu is built for the CPU only')).toContainText('pip uninstall -y tensorflow-cpu');

  await lab.newNotebook('hidden-gpu');
  await expect(lab.verdict).toContainText('hidden-gpu');
  await expect(lab.verdict).toContainText('2.21.0 · CUDA build');
  await lab.panel.getByText(/Also in the way/).click();
  await expect(lab.finding(/CUDA_VISIBLE_DEVICES/)).toContainText('-1');
});

test('Keras on another backend is said in the status bar', async ({ lab, page }) => {
  await lab.open();
  await lab.newNotebook('keras-on-jax');
  await lab.openPanel();
  await lab.run('import keras; keras.config.backend()');
  await expect(page.getByText("'jax'")).toBeVisible({ timeout: 60_000 });
  await expect(lab.status).toHaveText(/Keras computes with jax/);
  await expect(lab.verdict).toContainText('Keras computes with jax in this kernel');
});

test('the panel and the status bar follow the kernel in front, its restart and its end', async ({ lab, page }) => {
  await lab.open();
  await lab.newNotebook('python3');
  await lab.openPanel();
  await lab.run('import tensorflow as tf; tf.constant(1).device');
  await expect(lab.status).toHaveText(/CPU: no NVIDIA GPU/, { timeout: 60_000 });

  await lab.newNotebook('no-tensorflow');
  await expect(lab.verdict).toContainText('No TensorFlow');
  await expect(lab.status).toBeHidden();

  await page.getByRole('tab', { name: /Untitled/ }).first().click();
  await expect(lab.status).toHaveText(/CPU: no NVIDIA GPU/);

  await page.getByRole('button', { name: 'Restart the kernel', exact: true }).filter({ visible: true }).click();
  await page.getByRole('button', { name: 'Confirm Kernel Restart' }).click();
  await expect(lab.verdict).toContainText('TensorFlow not imported');
  await expect(lab.status).toBeHidden();

  await lab.execute('notebook:shutdown-kernel');
  await expect(lab.verdict).toContainText('Open a notebook or a console');
});
