/** Takes the screenshots of states that a healthy machine does not show, on recorded answers: `make gallery`. */
import { expect, test } from './fixtures';
import { shoot, widen } from './gallery';
import { EIGHT_GPUS, FALLEN, type IRecorded, ON_GPU, ONE_GPU, replay } from './recorded';

test('screenshots of states', { tag: '@gallery' }, async ({ lab, page }) => {
  test.setTimeout(240_000);
  let machine: IRecorded | null = ONE_GPU;
  let report = ON_GPU;
  await replay(page, () => machine, () => report);
  await lab.open(`gallery-${Date.now()}`);
  await page.setViewportSize({ width: 1280, height: 1000 });
  await lab.execute('application:toggle-left-area');
  const ask = async () => {
    await page.evaluate(() => window.jupyterapp.shell.collapseRight());
    await lab.openPanel();
  };
  await lab.openPanel();
  await widen(lab, 280);
  await expect(lab.verdict).toContainText('Open a notebook or a console');
  await shoot(lab, 'state-no-kernel');

  report = FALLEN;
  await lab.newNotebook('no-tensorflow');
  await expect(lab.verdict).toContainText('Falls back to the CPU');
  await shoot(lab, 'state-fallback');

  report = ON_GPU;
  await ask();
  await expect(lab.verdict).toContainText('Last cell');
  await shoot(lab, 'state-on-gpu');
  await lab.panel.getByRole('button', { name: 'Where does my model live?' }).click();
  await expect(lab.panel).toContainText('A short program is run in the kernel.');
  await lab.panel.getByRole('button', { name: 'Look now' }).click();
  await expect(lab.panel).toContainText('embeddings Embedding');
  await lab.panel
    .getByRole('heading', { name: 'Where does my model live?' })
    .evaluate(node => node.scrollIntoView({ block: 'start' }));
  await shoot(lab, 'state-placement');
  await lab.benchmark.evaluate(node => node.scrollIntoView({ block: 'start' }));
  await shoot(lab, 'state-benchmark');

  machine = EIGHT_GPUS;
  await ask();
  await expect(lab.panel.getByRole('article', { name: 'GPU 5' })).toContainText('Lost');
  await lab.panel
    .getByRole('button', { name: 'GPUs of this machine' })
    .evaluate(node => node.scrollIntoView({ block: 'start' }));
  await shoot(lab, 'state-eight-gpus');

  machine = null;
  await ask();
  await expect(lab.verdict).toContainText('cannot be reached');
  await lab.verdict.evaluate(node => node.scrollIntoView({ block: 'start' }));
  await shoot(lab, 'state-offline');

  machine = ONE_GPU;
  await page.setViewportSize({ width: 1600, height: 1000 });
  await page.evaluate(() => window.jupyterapp.shell.collapseRight());
  await lab.execute('tfgpu-lab:open-tab');
  await expect(page.locator('#tfgpu-lab-tab').getByRole('article', { name: 'GPU 0' })).toBeVisible();
  await shoot(lab, 'state-wide');
});
