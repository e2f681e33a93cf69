/** By keyboard alone; axe and the themes are in states.spec.ts. */
import { expect, test } from './fixtures';

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
