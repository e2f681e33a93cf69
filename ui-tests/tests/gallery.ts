/** How the screenshots of the gallery are taken. */
import { expect } from './fixtures';
import type { Lab, Theme } from './lab';

/** Where the project lies on this machine is nobody's business: it is written as a home folder would be. */
const HERE = process.cwd();
const SHOWN_AS = '~/tfgpu-lab';

const FOLDER = 'docs/screenshots';
const THEMES: [string, Theme][] = [
  ['light', 'JupyterLab Light'],
  ['dark', 'JupyterLab Dark']
];

/** Draw the right sidebar to a width, by its handle. */
export async function widen(lab: Lab, width: number): Promise<void> {
  const box = await lab.panel.boundingBox();
  if (box) {
    const y = box.y + box.height / 2;
    await lab.page.mouse.move(box.x - 2, y);
    await lab.page.mouse.down();
    await lab.page.mouse.move(box.x - 2 - (width - box.width), y, { steps: 8 });
    await lab.page.mouse.up();
  }
}

/** Take what the page shows, in both themes. */
export async function shoot(lab: Lab, name: string): Promise<void> {
  for (const [suffix, theme] of THEMES) {
    await lab.theme(theme);
    await expect(lab.page.locator('#jupyterlab-splash')).toHaveCount(0);
    await lab.page.evaluate(
      ([path, shown]) => {
        const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        for (let node = texts.nextNode(); node; node = texts.nextNode()) {
          if (node.nodeValue?.includes(path)) {
            node.nodeValue = node.nodeValue.replaceAll(path, shown);
          }
        }
      },
      [HERE, SHOWN_AS] as const
    );
    await lab.page.screenshot({ path: `${FOLDER}/${name}-${suffix}.png`, animations: 'disabled' });
  }
}
