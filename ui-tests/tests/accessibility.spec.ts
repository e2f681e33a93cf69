/** axe on our own nodes in each theme, and by keyboard alone. */
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';

import { expect, test } from './fixtures';
import type { Theme } from './lab';

const OURS = '#tfgpu-lab-panel, .tfgpu-status-widget, .tfgpu-toolbar-item';

async function violations(page: Page, within: string): Promise<{ ids: string[]; contrastChecked: number }> {
  // JupyterLab's body has no height, so that axe takes all text for off-screen and skips its contrast.
  await page.addStyleTag({ content: 'html, body { height: 100%; }' });
  const builder = new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']);
  for (const selector of within.split(', ')) {
    builder.include(selector);
  }
  const { violations: found, passes } = await builder.analyze();
  return {
    ids: found.map(one => `${one.id}: ${one.nodes.map(node => node.html).join(' ')}`),
    contrastChecked: passes.find(one => one.id === 'color-contrast')?.nodes.length ?? 0
  };
}

test('has no violation in Light, Dark and High Contrast', async ({ lab, page }) => {
  await lab.open();
  await lab.newNotebook('python3');
  await lab.openPanel();
  await lab.run('import tensorflow as tf; tf.constant(1).device');
  await expect(lab.status).toHaveText(/CPU/, { timeout: 60_000 });
  for (const summary of await lab.panel.locator('summary').all()) {
    await summary.click();
  }
  const themes: Theme[] = ['JupyterLab Light', 'JupyterLab Dark', 'JupyterLab Dark High Contrast'];
  for (const theme of themes) {
    await lab.theme(theme);
    const { ids, contrastChecked } = await violations(page, OURS);
    expect(ids, theme).toEqual([]);
    expect(contrastChecked, theme).toBeGreaterThan(10);
  }
  await lab.theme('JupyterLab Light');

  // The control: what is planted must be found, or the check above says nothing.
  await lab.panel.evaluate(node => {
    node.insertAdjacentHTML(
      'beforeend',
      '<div id="planted"><img src="data:,"><p style="color: #ddd; background: #fff">faint</p></div>'
    );
  });
  const { ids } = await violations(page, '#planted');
  expect(ids.map(id => id.split(':')[0])).toEqual(expect.arrayContaining(['image-alt', 'color-contrast']));
});

test('everything is reached and used by keyboard', async ({ lab, page }) => {
  await lab.open();
  await lab.newNotebook('python3');
  await lab.openPanel();
  await expect(lab.verdict).toContainText('TensorFlow not imported');
  await lab.verdict.getByRole('button', { name: 'Check again' }).focus();
  const names: string[] = [];
  for (let i = 0; i < 40; i++) {
    await page.keyboard.press('Tab');
    names.push(
      await page.evaluate(() => {
        const node = document.activeElement as HTMLElement | null;
        return node?.getAttribute('aria-label') ?? node?.textContent ?? '';
      })
    );
    if (names.at(-1) === 'Run benchmark') {
      break;
    }
  }
  expect(names).toEqual(expect.arrayContaining([expect.stringMatching(/^Copy: /), 'Run benchmark']));
  expect(names.some(name => name.startsWith('Evidence'))).toBe(true);
  await page.keyboard.press('Enter');
  await expect(lab.benchmark.getByRole('progressbar')).toBeVisible();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(lab.benchmark).toContainText('Cancelled');
});
