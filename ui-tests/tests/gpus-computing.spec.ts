/** What a kernel does with a GPU, seen in the panel: the real TensorFlow computes on a simulated GPU. */
import { pidOf, say } from './driver';
import { expect, test } from './fixtures';

const FIT = `import numpy as np, keras, tensorflow as tf
model = keras.Sequential([keras.layers.Dense(32, activation="relu"), keras.layers.Dense(1)])
model.compile("adam", "mse", jit_compile=False)
x = np.random.default_rng(0).random((256, 8)).astype("float32")
losses = model.fit(x, x.sum(1, keepdims=True), epochs=5, verbose=0).history["loss"]
print("learned", losses[-1] < losses[0], "on", model.weights[0].value.device[-5:])`;
const PINNED = "with tf.device('/CPU:0'): print('pinned to', tf.reduce_sum(tf.ones((9, 9))).device[-5:])";
const FOLLOWED = "with tf.device('/CPU:0'): tf.linalg.matmul(tf.ones((9, 9)), tf.ones((9, 9)))";
const GROWTH = "tf.config.experimental.set_memory_growth(tf.config.list_physical_devices('GPU')[0], True)";
const HALVES = `import tensorflow as tf
half = tf.config.LogicalDeviceConfiguration(memory_limit=512)
tf.config.set_logical_device_configuration(tf.config.list_physical_devices('GPU')[0], [half, half])
print('made', len(tf.config.list_logical_devices('GPU')), 'of', len(tf.config.list_physical_devices('GPU')))`;
const FAILS = `import os, tensorflow as tf
os.environ['SIMULATED_CONTEXT_ERROR'] = '2'
tf.constant(1)`;

test('a GPU that is ready, is spared, computes and runs out of memory is seen so', async ({ lab, page }) => {
  say('gpus 1');
  await lab.open();
  await lab.newNotebook('computes');
  await lab.openPanel();
  say('gpus 1', 'set used_mb 1800', `process 0 ${pidOf(await lab.kernelInFront())} 1748`);

  await test.step('listed and not yet used', async () => {
    await lab.run("import tensorflow as tf; tf.config.list_physical_devices('GPU')");
    await expect(lab.status).toHaveText(/GPU ready/, { timeout: 90_000 });
  });

  await test.step('pinned to the CPU', async () => {
    await lab.run(PINNED);
    await expect(page.getByText('pinned to CPU:0')).toBeVisible();
    await expect(lab.verdict).toContainText(/Last (cell|\d+ cells).*on the CPU/s);
  });

  await test.step('a fit', async () => {
    await lab.run(FIT);
    await expect(page.getByText('learned True on GPU:0')).toBeVisible({ timeout: 90_000 });
    await expect(lab.status).toHaveText(/GPU/);
    await expect(lab.status).not.toHaveText(/CPU|ready/);
    await expect(lab.verdict).toContainText('On the GPU');
    await expect(lab.verdict).toContainText('Observed in the running kernel');
    await expect(lab.verdict).toContainText(/Last (cell|\d+ cells).*GPU:0 · 1\.7\sGiB/s);
    const gpu = lab.panel.getByRole('article', { name: 'GPU 0' });
    await expect(gpu).toContainText('Untitled');
    await expect(gpu).toContainText('1.7 GiB');
  });

  await test.step('where the model lives is looked at on demand, after what that costs was told', async () => {
    await lab.panel.getByRole('button', { name: 'Where does my model live?' }).press('Enter');
    const placed = lab.panel.getByRole('region', { name: 'Where does my model live?' });
    await expect(placed).toContainText('The kernel is occupied for some milliseconds');
    await placed.getByRole('button', { name: 'Look, and follow the next cell' }).press('Enter');
    await expect(placed).toContainText('On the GPU: model');
    await expect(placed.getByRole('heading', { name: 'GPU:0' })).toBeVisible();
    await expect(placed).toContainText('The next cell is followed');
    await lab.run(FOLLOWED);
    await expect(placed).toContainText(/On the CPU in cell \[\d+\]: MatMul/);
  });

  await test.step('memory growth comes too late, which is said with the code', async () => {
    await lab.run(GROWTH);
    await expect(page.getByText(/Physical devices cannot be modified/).first()).toBeVisible();
    await expect(lab.panel).toContainText('It is too late in this kernel: TensorFlow is initialised.');
  });

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

test('two logical GPUs on one are one, and a start that failed is told with its reason', async ({ lab, page }) => {
  say('gpus 1');
  await lab.open();
  await lab.newNotebook('cuda');
  await lab.openPanel();
  await lab.run(HALVES);
  await expect(page.getByText('made 2 of 1')).toBeVisible({ timeout: 90_000 });
  await expect(lab.status).toHaveText(/GPU: Simulated GPU 0/);
  await expect(lab.verdict).toContainText('parted into 2 logical GPUs');
  await expect(lab.verdict).toContainText('GPU:0 512 MiB + 512 MiB');

  await lab.newNotebook('cuda');
  await lab.run(FAILS);
  await expect(page.getByText(/CUDA_ERROR_OUT_OF_MEMORY/).first()).toBeVisible({ timeout: 90_000 });
  await expect(lab.status).toHaveText(/GPU not initialised/);
  await expect(lab.verdict).toContainText('could not start it: the GPU had no free memory for it.');
  const finding = lab.finding('TensorFlow could not start the GPU');
  await expect(finding).toContainText('CUDA_ERROR_OUT_OF_MEMORY'); // TensorFlow's own words, in the evidence
  await expect(finding).toContainText('Certain');
  await expect(finding.getByRole('button', { name: 'Restart kernel…' })).toBeVisible();
});
