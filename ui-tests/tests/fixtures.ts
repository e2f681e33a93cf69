/** What every browser test begins with: JupyterLab, and a page on which no error goes unnoticed. */
import { expect, test as base } from '@playwright/test';

import { Lab } from './lab';

export const test = base.extend<{ lab: Lab }>({
  lab: async ({ page }, use) => {
    const errors: string[] = [];
    page.on('pageerror', error => errors.push(error.message));
    page.on('console', message => {
      if (message.type() === 'error' && message.text().includes('tfgpu')) {
        errors.push(message.text());
      }
    });
    const lab = new Lab(page);
    await use(lab);
    await lab.shutDown();
    expect(errors, 'errors on the page').toEqual([]);
  }
});

export { expect } from '@playwright/test';
