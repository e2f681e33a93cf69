/** The views of GPUs on simulated ones, with real kernels: the driver lists their processes because the test says so. */
import type { Page } from '@playwright/test';

import { pidOf, say } from './driver';
import { expect, test } from './fixtures';
import type { Lab } from './lab';

const region = (lab: Lab, name: string) => lab.panel.getByRole('region', { name });
const gpus = (lab: Lab) => region(lab, 'GPUs of this machine');
const gpu = (lab: Lab, index: number) => gpus(lab).getByRole('article', { name: `GPU ${index}`, exact: true });

/** How many questions about GPUs a page asks in so many milliseconds. */
async function questions(page: Page, milliseconds: number): Promise<number> {
  let count = 0;
  const onRequest = (request: { url(): string }) => {
    count += Number(request.url().includes('/tfgpu-lab/gpus'));
  };
  page.on('request', onRequest);
  await page.waitForTimeout(milliseconds);
  page.off('request', onRequest);
  return count;
}

/** The elements of the panel that are wider than it. */
const overflowing = (lab: Lab) =>
  lab.panel.evaluate(panel => {
    const right = panel.getBoundingClientRect().right;
    const wide = [...panel.querySelectorAll('*')].filter(node => node.getBoundingClientRect().right > right + 1);
    return wide.map(node => `${node.className}: ${node.textContent}`);
  });

test('two notebooks and a terminal job on one GPU are told apart, and one is shut down', async ({ lab, page }) => {
  say('gpus 1', 'set used_mb 21000', 'set utilization 63');
  await lab.open();
  await lab.newNotebook('python3');
  const first = pidOf(await lab.kernelInFront());
  await lab.newNotebook('python3');
  const second = pidOf(await lab.kernelInFront());
  say(
    'gpus 1',
    'set used_mb 21000',
    'set utilization 63',
    `process 0 ${first} 12288`,
    `process 0 ${second} 4096`,
    `process 0 ${process.pid} 1024`,
    'process 0 4000000 2048'
  );
  await lab.openPanel();
  const holders = gpu(lab, 0).getByRole('list', { name: 'Who holds its memory' }).getByRole('listitem');
  await expect(holders).toHaveText([
    /^Untitled\.ipynb12\.0 GiB/,
    /^Untitled1\.ipynb4\.0 GiBthis kernel/,
    /\(pid \d+\), yours1\.0 GiB$/,
    /^1 process of others2\.0 GiB$/
  ]);
  await expect(gpu(lab, 0).getByRole('meter', { name: 'Memory' })).toHaveAttribute(
    'aria-valuetext',
    '20.5 of 80.0 GiB'
  );

  const kernels = region(lab, 'Kernels');
  await expect(kernels.getByRole('button', { name: /Untitled\.ipynb/ })).toContainText('12.0 GiB');
  await kernels.getByRole('button', { name: /Untitled\.ipynb/ }).press('Enter');
  await expect(lab.verdict).toContainText('Untitled.ipynb');
  await expect(holders.first()).toContainText('this kernel');

  await gpu(lab, 0).getByRole('button', { name: 'Shut down the kernel of Untitled1.ipynb' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('Shut down the kernel of Untitled1.ipynb?');
  await expect(dialog).toContainText('This frees 4.0 GiB of GPU memory.');
  await dialog.getByRole('button', { name: 'Shut Down Kernel' }).click();
  await expect(kernels.getByRole('button', { name: /Untitled1\.ipynb/ })).toHaveCount(0);
  await expect.poll(() => pidIsGone(second)).toBe(true);
});

function pidIsGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

test('eight GPUs: rows by keyboard, one is lost and one hangs while the others go on', async ({ lab }) => {
  say('gpus 8', 'set utilization 11');
  await lab.open();
  await lab.openPanel();
  const row = gpu(lab, 2).getByRole('button', { name: /^GPU 2, / });
  await expect(row).toHaveAccessibleName(/1\.0 GiB of 80\.0 GiB in use, utilisation 11 %/);
  await row.press('Enter');
  await expect(gpu(lab, 2).getByRole('meter', { name: 'Utilisation' })).toHaveAttribute('aria-valuetext', '11 %');
  await expect(gpu(lab, 3).getByRole('meter')).toHaveCount(0);

  const wrong = ['error * 15 5', 'hang nvmlDeviceGetTemperature 6'];
  say('gpus 8', 'set utilization 77', ...wrong);
  await expect(gpu(lab, 5)).toContainText('Lost');
  await expect(gpu(lab, 6)).toContainText('Does not answer');
  await expect(gpu(lab, 2).getByRole('meter', { name: 'Utilisation' })).toHaveAttribute('aria-valuetext', '77 %');
  await expect(region(lab, 'What happened')).toContainText(/GPU 5/);
  const chart = region(lab, 'Over time').getByRole('img', { name: /^Utilisation/ });
  await expect(chart).toHaveAccessibleName(/GPU 2: latest 77 %, lowest 11 %, highest 77 %/);

  say('gpus 8', 'set utilization 77');
  await expect(gpu(lab, 5)).not.toContainText('Lost');
  await expect(gpu(lab, 6)).not.toContainText('Does not answer');
});

test('sixteen GPUs fit a narrow panel, and what is folded stays folded', async ({ lab, page }) => {
  say('gpus 16', 'set utilization 100', 'set used_mb 79000', 'mig 15 2 10240');
  const workspace = `kept-${Date.now()}`;
  await lab.open(workspace);
  await lab.openPanel();
  await expect(gpu(lab, 15).getByRole('button')).toBeVisible();
  await gpu(lab, 15).getByRole('button').click();
  await expect(gpu(lab, 15).getByRole('group', { name: 'MIG instance 1' })).toBeVisible();
  expect((await lab.panel.boundingBox())?.width).toBeLessThan(300);
  expect(await overflowing(lab)).toEqual([]);
  const heading = region(lab, 'Over time').getByRole('button', { name: 'Over time' });
  await heading.click();
  await expect(region(lab, 'Over time').getByRole('img')).toHaveCount(0);
  await page.waitForTimeout(1000); // JupyterLab saves the workspace
  await lab.open(workspace);
  await lab.openPanel();
  await expect(gpu(lab, 15).getByRole('group', { name: 'MIG instance 1' })).toBeVisible();
  await expect(heading).toHaveAttribute('aria-expanded', 'false');
  say('gpus 3'); // what happens to many at once is one row
  await expect(region(lab, 'What happened')).toContainText("13 GPUs are gone from the driver's list: GPU 3 to GPU 15.");
});

test('charts: another metric, ten minutes, pause, and one line hidden', async ({ lab }) => {
  say('gpus 2', 'set power_mw 300000 0', 'set power_mw 100000 1');
  await lab.open();
  await lab.openPanel();
  const charts = region(lab, 'Over time');
  await charts.getByRole('button', { name: 'Power' }).click();
  const power = charts.getByRole('img', { name: /^Power/ });
  await expect(power).toHaveAccessibleName(/GPU 0: latest 300 W.*GPU 1: latest 100 W/);
  // It is drawn: the canvas holds something of the line's colour.
  const inked = () =>
    power.evaluate(node =>
      [...node.querySelectorAll('canvas')].some(canvas => {
        const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
        return data.some((value, index) => index % 4 === 3 && value > 200);
      })
    );
  await expect.poll(inked).toBe(true);
  await charts.getByRole('button', { name: '10 min' }).click();
  await expect(charts.getByRole('button', { name: '10 min' })).toHaveAttribute('aria-pressed', 'true');
  await charts.getByRole('button', { name: 'Pause' }).click();
  const bar = gpu(lab, 0).getByRole('meter', { name: 'Memory' });
  const { width } = (await bar.boundingBox())!;
  say('gpus 2', 'set power_mw 555000', 'set used_mb 12345');
  await expect(gpu(lab, 0)).toContainText('555 of 700 W');
  await expect(gpu(lab, 0)).toContainText('12.1 of 80.0 GiB'); // a digit more, and nothing moves
  expect((await bar.boundingBox())?.width).toBe(width);
  await expect(power).toHaveAccessibleName(/GPU 0: latest 300 W/);
  await charts.getByRole('button', { name: 'Pause' }).click();
  await expect(power).toHaveAccessibleName(/GPU 0: latest 555 W/);
  await charts.getByRole('figure', { name: 'Power' }).getByRole('button', { name: /^GPU 1/ }).click();
  await expect(power).not.toHaveAccessibleName(/GPU 1/);
});

test('the tab of the main area: the same view, one poll, restored; nothing is asked when nobody looks', async ({
  lab,
  page
}) => {
  say('gpus 1');
  const workspace = `tab-${Date.now()}`;
  await lab.open(workspace);
  await page.setViewportSize({ width: 1600, height: 900 });
  expect(await questions(page, 1500), 'nobody looks').toBe(0);
  await lab.openPanel();
  await expect(gpu(lab, 0)).toBeVisible();
  const alone = await questions(page, 4000);
  await lab.execute('tfgpu-lab:open-tab');
  const tab = page.locator('#tfgpu-lab-tab');
  await expect(tab.getByRole('article', { name: 'GPU 0' })).toBeVisible();
  expect(Math.abs((await questions(page, 4000)) - alone), 'both views share one poll').toBeLessThanOrEqual(2);
  const [kernel, machine] = await Promise.all(
    ['This kernel', 'GPUs of this machine'].map(name => tab.getByRole('region', { name }).boundingBox())
  );
  expect(machine!.x, 'side by side where there is room').toBeGreaterThan(kernel!.x + 200);

  await page.waitForTimeout(1000); // JupyterLab saves the workspace
  await lab.open(workspace);
  await expect(tab.getByRole('article', { name: 'GPU 0' })).toBeVisible();
});

test('a driver that is broken, lists no GPU and is put right is told without a reload', async ({ lab }) => {
  say('gpus 1', 'error nvmlInit 18');
  await lab.open(`broken-${Date.now()}`); // a driver that was loaded before is let go of meanwhile
  await lab.openPanel();
  await expect(gpus(lab)).toContainText(/version/);
  await expect(region(lab, 'Over time')).toHaveCount(0);
  say('gpus 0');
  await expect(gpus(lab)).toContainText(/no .*GPU/i);
  say('gpus 1');
  await expect(gpu(lab, 0).getByRole('meter', { name: 'Memory' })).toBeVisible();
  await expect(region(lab, 'Over time').getByRole('img', { name: /^Utilisation/ })).toBeVisible();
});
