/** A fit that runs on the GPU, seen in the panel: the real TensorFlow computes on a simulated GPU. */
import { pidOf, say } from './driver';
import { expect, test } from './fixtures';

const FIT = `import numpy as np, keras, tensorflow as tf
model = keras.Sequential([keras.layers.Dense(32, activation="relu"), keras.layers.Dense(1)])
model.compile("adam", "mse", jit_compile=False)
x = np.random.default_rng(0).random((256, 8)).astype("float32")
losses = model.fit(x, x.sum(1, keepdims=True), epochs=5, verbose=0).history["loss"]
print("learned", losses[-1] < losses[0], "on", model.weights[0].value.device[-5:])`;

test('a fit on the GPU is seen there, with its notebook and what ran out of memory', async ({ lab, page }) => {
  say('gpus 1');
  await lab.open();
  await lab.newNotebook('computes');
  await lab.openPanel();
  say('gpus 1', 'set used_mb 1800', `process 0 ${pidOf(await lab.kernelInFront())} 1748`);
  await lab.run(FIT);
  await expect(page.getByText('learned True on GPU:0')).toBeVisible({ timeout: 90_000 });
  await expect(lab.status).toHaveText(/GPU/);
  await expect(lab.status).not.toHaveText(/CPU/);
  await expect(lab.verdict).toContainText('On the GPU');
  await expect(lab.verdict).toContainText('Observed in the running kernel');
  const gpu = lab.panel.getByRole('article', { name: 'GPU 0' });
  await expect(gpu).toContainText('Untitled');
  await expect(gpu).toContainText('1.7 GiB');

  await lab.run('tf.zeros((1 << 31,))');
  await expect(page.getByText('ResourceExhaustedError').first()).toBeVisible();
  await expect(lab.panel.getByText(/ran out of memory on GPU:0/)).toBeVisible();
});

test('a GPU that the notebook hid is a fallback, with the call that did it', async ({ lab }) => {
  say('gpus 1');
  await lab.open();
  await lab.newNotebook('computes');
  await lab.openPanel();
  await lab.run("import tensorflow as tf; tf.config.set_visible_devices([], 'GPU'); tf.constant(1).device");
  await expect(lab.status).toHaveText(/CPU: GPU hidden by set_visible_devices/, { timeout: 60_000 });
  await expect(lab.finding('The notebook hid the GPU with set_visible_devices')).toContainText('Certain');
});
