/** Each state of the panel on recorded answers: axe in every theme, and what it looks like. */
import AxeBuilder from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';

import { expect, test } from './fixtures';
import { widen } from './gallery';
import type { Lab, Theme } from './lab';
import { EIGHT_GPUS, FALLEN, type IRecorded, ON_GPU, ONE_GPU, replay } from './recorded';

const THEMES: [string, Theme][] = [
  ['light', 'JupyterLab Light'],
  ['dark', 'JupyterLab Dark'],
  ['contrast', 'JupyterLab Dark High Contrast']
];
const OURS = ['#tfgpu-lab-panel', '.tfgpu-status-widget', '.tfgpu-toolbar-item'];

async function violations(page: Page, within: readonly string[]): Promise<{ ids: string[]; contrastChecked: number }> {
  const builder = new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']);
  within.forEach(selector => builder.include(selector));
  const { violations: found, passes } = await builder.analyze();
  return {
    ids: found.map(one => `${one.id}: ${one.nodes.map(node => node.html).join(' ')}`),
    contrastChecked: passes.find(one => one.id === 'color-contrast')?.nodes.length ?? 0
  };
}

/** The fonts of Debian's Chromium, whatever else is installed; no pointer, no caret, no notebook that differs. */
const CALM = `
  html, body { height: 100%; }
  :root { --jp-ui-font-family: 'DejaVu Sans'; --jp-code-font-family: 'DejaVu Sans Mono'; }
  .Toastify { display: none; }
`;

/** So many pixels may differ, however large a picture is: a changed word is more (`anew` for `again`: 60). */
const MOST_PIXELS = 40;

/** Compare with the picture that was looked at; anti-aliasing differs a little from one Chromium to the next. */
async function looksAsBefore(node: Locator, name: string): Promise<void> {
  await node.page().mouse.move(0, 0);
  await expect(node).toHaveScreenshot(`${name}.png`, { maxDiffPixels: MOST_PIXELS });
}

/** Have all views ask at once. */
async function askAgain(lab: Lab): Promise<void> {
  await lab.page.evaluate(() => window.jupyterapp.shell.collapseRight());
  await lab.openPanel();
}

test('every state has no violation in Light, Dark and High Contrast, and looks as it did', async ({ lab, page }) => {
  test.slow(); // beside other checks
  let machine: IRecorded | null = ONE_GPU;
  let fallen = '';
  await replay(page, () => machine, id => (id === fallen ? FALLEN : ON_GPU));
  await lab.open(`states-${Date.now()}`);
  // JupyterLab's body has no height, so that axe takes all text for off-screen and skips its contrast.
  await page.addStyleTag({ content: CALM });
  await page.setViewportSize({ width: 1280, height: 3000 });
  await lab.newNotebook('no-tensorflow');
  await lab.openPanel();
  await widen(lab, 280);

  await test.step('a kernel on the GPU: cards, charts, kernels, timeline, benchmark, where its model lives', async () => {
    await lab.panel.getByRole('button', { name: 'Where does my model live?' }).click();
    await lab.panel.getByRole('button', { name: 'Look now' }).click();
    await expect(lab.panel).toContainText('embeddings Embedding');
    await expect(lab.panel.getByRole('img', { name: /^Memory/ }).locator('canvas').first()).toBeVisible();
    await expect(lab.benchmark).toContainText('3.00 TFLOP/s');
    for (const [suffix, theme] of THEMES) {
      await lab.theme(theme);
      const { ids, contrastChecked } = await violations(page, OURS);
      expect(ids, theme).toEqual([]);
      expect(contrastChecked, theme).toBeGreaterThan(50);
      await looksAsBefore(lab.panel, `on-gpu-${suffix}`);
    }
  });

  await test.step('a kernel on the CPU: causes, fixes and the question before files are written', async () => {
    await lab.newNotebook('no-tensorflow');
    fallen = await lab.kernelInFront();
    await askAgain(lab);
    await expect(lab.verdict).toContainText('Falls back to the CPU');
    for (const summary of await lab.panel.locator('summary').all()) {
      await summary.click();
    }
    await lab.finding('A CUDA library is missing.').getByRole('button', { name: /^Apply/ }).click();
    await expect(page.locator('.tfgpu-fix-plan')).toBeVisible();
    for (const [, theme] of [...THEMES].reverse()) {
      await lab.theme(theme);
      expect((await violations(page, [...OURS, '.tfgpu-fix-plan'])).ids, theme).toEqual([]);
    }
    await looksAsBefore(page.getByRole('dialog').locator('.jp-Dialog-content'), 'apply-light');
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await looksAsBefore(lab.panel.locator('.tfgpu-column').first(), 'fallen-light');
  });

  await test.step('no answer of the server', async () => {
    machine = null;
    await askAgain(lab);
    await expect(lab.panel).toContainText('cannot be reached');
    await looksAsBefore(lab.verdict, 'offline-light');
  });

  await test.step('eight GPUs in a tab of the main area', async () => {
    machine = EIGHT_GPUS;
    await page.setViewportSize({ width: 1600, height: 1400 });
    await page.evaluate(() => window.jupyterapp.shell.collapseRight());
    await lab.execute('tfgpu-lab:open-tab');
    const tab = page.locator('#tfgpu-lab-tab');
    await expect(tab.getByRole('article', { name: 'GPU 7' })).toBeVisible();
    await expect(tab.getByRole('img', { name: /GPU 7/ }).first()).toBeVisible();
    await lab.theme('JupyterLab Dark');
    await looksAsBefore(tab, 'eight-gpus-wide-dark');
    await lab.theme('JupyterLab Light');
  });

  await test.step('the control: what is planted must be found, or the checks above say nothing', async () => {
    await page.locator('#tfgpu-lab-tab').evaluate(node => {
      node.insertAdjacentHTML(
        'beforeend',
        '<div id="planted"><img src="data:,"><p style="color: #ddd; background: #fff">faint</p></div>'
      );
    });
    const { ids } = await violations(page, ['#planted']);
    expect(ids.map(id => id.split(':')[0])).toEqual(expect.arrayContaining(['image-alt', 'color-contrast']));
  });
});
