/** Fixes from the panel: nothing is run by itself, and what was done is looked at again. Real kernels, real TensorFlow. */
import type { Page } from '@playwright/test';

import { expect, test } from './fixtures';

/** The text of the terminal in front: what its shell has printed, and what is typed. */
async function terminalText(page: Page): Promise<string> {
  return page.evaluate(() => {
    interface Line { translateToString(trim: boolean): string }
    interface Buffer { length: number; getLine(index: number): Line | undefined }
    const { shell } = window.jupyterapp as unknown as {
      shell: { currentWidget: { content: { _term?: { buffer: { active: Buffer } } } } };
    };
    const buffer = shell.currentWidget.content._term?.buffer.active;
    return buffer ? Array.from({ length: buffer.length }, (_, i) => buffer.getLine(i)?.translateToString(true)).join('') : '';
  });
}

const CHECKS = [
  ['List devices, set memory growth', 'set_memory_growth(gpu, True)', /Physical devices: \['\/physical_device:CPU:0'\]/],
  ['Fit a small model', 'model.fit(', /The weights of a fitted model are on: .*device:CPU:0/],
  ['Multiply on /GPU:0', 'with tf.device("/GPU:0")', /was computed on: .*device:CPU:0/]
] as const;

test('each check is done from the panel in three clicks: the panel, the check, run', async ({ lab, page }) => {
  await lab.open();
  await lab.newNotebook('python3');
  const cells = page.locator('.jp-Notebook .jp-CodeCell');
  await page.getByRole('tab', { name: 'GPU Status' }).click();
  for (const [title, code, output] of CHECKS) {
    await test.step(title, async () => {
      const before = await cells.count();
      await lab.panel.getByRole('button', { name: title, exact: true }).click();
      await expect(cells).toHaveCount(before + 1);
      const cell = page.locator('.jp-Notebook .jp-CodeCell.jp-mod-active');
      await expect(cell).toContainText(code);
      await expect(cell).toContainText('[ ]:');
      await expect(lab.panel.getByRole('status').filter({ hasText: title })).toContainText('not run yet');
      await page.getByRole('button', { name: /^Run this cell and advance/ }).filter({ visible: true }).click();
      await expect(page.locator('.jp-OutputArea').filter({ hasText: output })).toBeVisible({ timeout: 60_000 });
    });
  }

  await test.step('a cell that was inserted is taken away by the notebook’s own undo', async () => {
    const before = await cells.count();
    await lab.panel.getByRole('button', { name: 'Fit a small model' }).click();
    await expect(cells).toHaveCount(before + 1);
    await lab.execute('notebook:undo-cell-action');
    await expect(cells).toHaveCount(before);
  });
});

test('in a console the code is put into its prompt, not run', async ({ lab, page }) => {
  await lab.open();
  await lab.execute('console:create', { kernelPreference: { name: 'python3' } });
  await lab.openPanel();
  await lab.panel.getByRole('button', { name: 'Multiply on /GPU:0' }).click();
  const prompt = page.locator('.jp-CodeConsole-promptCell');
  await expect(prompt).toContainText('tf.linalg.matmul');
  await expect(prompt).toContainText('[ ]:');
});

test('a command is typed into a terminal and waits for Enter', async ({ lab, page }) => {
  await lab.open();
  await lab.newNotebook('no-tensorflow');
  await lab.openPanel();
  const finding = lab.finding(/TensorFlow is not installed/);
  const command = (await finding.locator('pre').first().textContent()) ?? '';
  await finding.getByRole('button', { name: /^Open in terminal: / }).first().click();
  await expect.poll(() => terminalText(page)).toContain(command.replaceAll('\n', ''));
  await page.waitForTimeout(1500); // had it been run, pip would have answered by now
  const text = await terminalText(page);
  expect(text.slice(text.lastIndexOf(command) + command.length).trim()).toBe('');
  await page.getByRole('tab', { name: /Untitled/ }).first().click();
  await expect(lab.panel.getByRole('status').filter({ hasText: 'press Enter there' })).toBeVisible();

  // The user checks again: nothing was run, so it says that it is still there.
  await lab.verdict.getByRole('button', { name: 'Check again' }).click();
  const outcome = lab.panel.getByRole('status').filter({ hasText: 'is still there' });
  await expect(outcome).toContainText('Before: ○ No TensorFlow');
  await expect(outcome).toContainText('After: ○ No TensorFlow');
  await outcome.getByRole('button', { name: /^Hide/ }).click();
  await expect(outcome).toBeHidden();
});

test('the kernel is restarted after JupyterLab’s own question, and the fix is verified', async ({ lab, page }) => {
  await lab.open();
  await lab.newNotebook('python3');
  await lab.openPanel();
  await lab.run(
    'import os, tensorflow as tf\ntf.config.list_physical_devices()\nos.environ["CUDA_VISIBLE_DEVICES"] = "0"\nprint("changed")'
  );
  await expect(page.locator('.jp-OutputArea').getByText('changed')).toBeVisible({ timeout: 60_000 });
  const title = /CUDA_VISIBLE_DEVICES was changed/;
  await lab.panel.getByText(/Notes \(/).click();
  await lab.finding(title).getByRole('button', { name: /^Restart kernel/ }).click();

  await test.step('cancelled, nothing has happened', async () => {
    await page.getByRole('dialog').getByRole('button', { name: /Cancel/ }).click();
    await expect(lab.panel.locator('.tfgpu-fix-outcome')).toHaveText('');
    await expect(lab.finding(title)).toBeVisible();
  });

  await lab.finding(title).getByRole('button', { name: /^Restart kernel/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Confirm Kernel Restart' }).click();
  const outcome = lab.panel.getByRole('status').filter({ hasText: 'Verified' });
  await expect(outcome).toContainText(title);
  await expect(outcome).toContainText(/Before: ○ On the CPU.*After: ○ TensorFlow not imported/);
  await expect(lab.finding(title)).toHaveCount(0);
});

test('a kernelspec is shown, written, chosen, and taken away again', async ({ lab, page }) => {
  await lab.open();
  await lab.newNotebook('hidden-gpu');
  await lab.openPanel();
  await expect(lab.verdict).toContainText('TensorFlow not imported');
  const later = lab.panel.getByText(/Also in the way/);
  await later.click();
  const finding = lab.finding(/CUDA_VISIBLE_DEVICES/);
  const dialog = page.getByRole('dialog');

  await test.step('the question shows the file and its text; cancelled, nothing is written', async () => {
    await finding.getByRole('button', { name: /^Apply/ }).first().click();
    await expect(dialog).toContainText('This file will be written:');
    await expect(dialog).toContainText(/kernels\/hidden-gpu-tfgpu\/kernel\.json/);
    await expect(dialog.locator('pre')).toContainText('"CUDA_VISIBLE_DEVICES"');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await expect(lab.panel.locator('.tfgpu-fix-outcome')).toHaveText('');
  });

  const outcome = lab.panel.locator('.tfgpu-fix-outcome');
  await test.step('it is written, and says what is foreseen there', async () => {
    await finding.getByRole('button', { name: /^Apply/ }).first().click();
    await dialog.getByRole('button', { name: 'Apply' }).click();
    await expect(outcome).toContainText('was added (kernelspec hidden-gpu-tfgpu)', { timeout: 60_000 });
    await expect(outcome).toContainText('Foreseen there: ○ On the CPU');
  });

  await test.step('it is chosen for the notebook, and the cause is gone', async () => {
    await outcome.getByRole('button', { name: /^Choose this kernel/ }).click();
    await dialog.getByRole('button', { name: 'Choose' }).click();
    await expect(outcome).toContainText('Verified: "CUDA_VISIBLE_DEVICES', { timeout: 60_000 });
    await expect(outcome).toContainText(/Before: ○ TensorFlow not imported.*After: ○ TensorFlow not imported/);
  });

  await test.step('undo gives the notebook its former kernel and removes the file', async () => {
    await outcome.getByRole('button', { name: /^Undo/ }).click();
    await dialog.getByRole('button', { name: 'Choose' }).click();
    await expect(dialog).toContainText('This file will be removed:');
    await dialog.getByRole('button', { name: 'Apply' }).click();
    await expect(outcome).toContainText('(kernelspec hidden-gpu-tfgpu) was removed', { timeout: 60_000 });
    await expect(lab.verdict).toContainText('hidden-gpu');
  });
});
