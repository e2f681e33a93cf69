/** What every browser test begins with: JupyterLab, and a page on which no error goes unnoticed. */
import { type ConsoleMessage, expect, test as base } from '@playwright/test';

import { Lab } from './lab';

/**
 * `lab` and `page` are the same for all tests of a worker: `lab.open()` makes the page as new where it can, and loads it
 * anew where it must. After a test that failed Playwright begins with another worker, and so with another page.
 */
export const test = base.extend<{ lab: Lab }, { shared: Lab }>({
  shared: [
    async ({ browser }, use, { project }) => {
      const { actionTimeout, baseURL, extraHTTPHeaders, viewport } = project.use;
      // One clock and one way to write numbers, whatever the machine's.
      const context = await browser.newContext({
        ...(baseURL && { baseURL }),
        ...(extraHTTPHeaders && { extraHTTPHeaders }),
        ...(viewport !== undefined && { viewport }),
        locale: 'en-GB',
        timezoneId: 'UTC'
      });
      context.setDefaultTimeout(actionTimeout ?? 0);
      await use(new Lab(await context.newPage()));
      await context.close();
    },
    { scope: 'worker' }
  ],
  context: async ({ shared }, use) => use(shared.page.context()),
  page: async ({ shared }, use) => use(shared.page),
  lab: async ({ shared, page }, use) => {
    const errors: string[] = [];
    let isClosing = false;
    const onError = (error: Error) => {
      const said = error.stack ?? error.message;
      // JupyterLab has errors of its own when all is closed at once and kernels end under their notebooks.
      if (!isClosing || said.includes('tfgpu')) {
        errors.push(said);
      }
    };
    const onMessage = (message: ConsoleMessage) => {
      if (message.type() === 'error' && message.text().includes('tfgpu')) {
        errors.push(message.text());
      }
    };
    page.on('pageerror', onError).on('console', onMessage);
    await use(shared);
    isClosing = true;
    page.off('console', onMessage); // the browser reports each answer that is no longer there
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await shared.shutDown();
    page.off('pageerror', onError);
    expect(errors, 'errors on the page').toEqual([]);
  }
});

export { expect } from '@playwright/test';
