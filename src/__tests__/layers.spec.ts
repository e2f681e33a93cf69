// @vitest-environment node
/** ESLint really holds the table of who may import whom, and the other promises of the style. */
import { ESLint } from 'eslint';
import { readdirSync } from 'fs';
import tseslint from 'typescript-eslint';
import { describe, expect, it } from 'vitest';

// The rules under test need no types, and a file that does not exist has none.
const eslint = new ESLint({
  overrideConfig: [{ files: ['**/*.{ts,tsx}'], ...(tseslint.configs.disableTypeChecked as object) }]
});

/** The rules that a text breaks when it stands in a file. */
async function broken(filePath: string, text: string): Promise<string[]> {
  const [found] = await eslint.lintText(text, { filePath });
  return (found?.messages ?? []).map(message => message.ruleId ?? message.message);
}

const IMPORTS = '@typescript-eslint/no-restricted-imports';
const SYNTAX = 'no-restricted-syntax';

/** What each folder may never import, one of each kind. */
const FORBIDDEN: Record<string, string[]> = {
  api: ['react', 'react-dom/client', '@lumino/widgets', '../model/gpus', '../format', '../plugins/panel'],
  model: ['react', '../components/gpus', '../widgets/panel', '../charts/line', '../plugins/panel', '../format'],
  charts: ['../api/client', '../model/gpus', '../components/gpus', '../widgets/panel', '../plugins/panel'],
  components: [
    '@lumino/widgets',
    '@lumino/signaling',
    '@jupyterlab/services',
    '@jupyterlab/services/lib/kernel',
    '../api/client',
    '../model/gpus',
    '../widgets/panel',
    '../plugins/panel',
    '../tokens'
  ],
  widgets: ['../api/client', '../plugins/commands', '@jupyterlab/services'],
  plugins: ['../index', 'react']
};

/** What each folder does import, or will. */
const ALLOWED: Record<string, string[]> = {
  api: ['@jupyterlab/services', './types'],
  model: ['../api/client', '../api/types', '../tokens', './focus', '@lumino/polling'],
  charts: ['../api/types', '../format', './metrics'],
  components: ['react', '../api/types', '../format', '../charts/line', './verdict', '@jupyterlab/translation'],
  widgets: ['../model/kernel', '../components/panel', '../charts/line', '../icon', '../tokens', '@lumino/widgets'],
  plugins: ['../api/client', '../model/kernel', '../widgets/panel', '../icon', './commands']
};

const pairs = (table: Record<string, string[]>) =>
  Object.entries(table).flatMap(([folder, sources]) => sources.map(source => [folder, source] as const));

describe('who may import whom', () => {
  it.each(pairs(FORBIDDEN))('%s may not import %s', async (folder, source) => {
    const file = `src/${folder}/planted.ts`;
    expect(await broken(file, `import { it } from '${source}';\n\nconsole.error(it);\n`)).toContain(IMPORTS);
    expect(await broken(file, `import type { it } from '${source}';\n\nexport const one: it = 1;\n`)).toContain(
      IMPORTS
    );
    expect(await broken(file, `export * from '${source}';\n`)).toContain(IMPORTS);
    expect(await broken(file, `export const one = import('${source}');\n`)).toContain(SYNTAX);
    expect(await broken(file, `export let one: import('${source}').One;\n`)).toContain(SYNTAX);
  });

  it.each(pairs(ALLOWED))('%s may import %s', async (folder, source) => {
    const found = await broken(
      `src/${folder}/planted.ts`,
      `import { it } from '${source}';\n\nconsole.error(it);\nexport const one = import('${source}');\n`
    );
    expect(found).not.toContain(IMPORTS);
    expect(found).not.toContain(SYNTAX);
  });

  it('has a row for every folder of src/', () => {
    const folders = readdirSync('src', { withFileTypes: true }).filter(entry => entry.isDirectory());
    expect(Object.keys(FORBIDDEN)).toEqual(
      expect.arrayContaining(folders.map(folder => folder.name).filter(name => name !== '__tests__'))
    );
  });

  it('holds in folders of folders too', async () => {
    const file = 'src/components/deep/planted.ts';
    expect(await broken(file, "export * from '../../api/client';\n")).toContain(IMPORTS);
    expect(await broken(file, "export * from '../../format';\n")).not.toContain(IMPORTS);
  });

  it('lets the model name the types of widgets, but load none', async () => {
    const file = 'src/model/planted.ts';
    expect(await broken(file, "export type { Widget } from '@lumino/widgets';\n")).not.toContain(IMPORTS);
    expect(await broken(file, "export { Widget } from '@lumino/widgets';\n")).toContain(IMPORTS);
    expect(await broken(file, "export const one = import('@lumino/widgets');\n")).toContain(SYNTAX);
  });

  it.each(['./plugins/panel', './model/gpus', './api/client'])(
    'a file of src/ itself may not import %s',
    async source => {
      expect(await broken('src/planted.ts', `export * from '${source}';\n`)).toContain(IMPORTS);
      expect(await broken('src/index.ts', `export * from '${source}';\n`)).not.toContain(IMPORTS);
    }
  );
});

describe('the style', () => {
  it.each([
    ['a word on the console', 'planted.ts', "console.log('here');\n", 'no-console'],
    [
      'a label that is not translated',
      'planted.ts',
      "export const a = { label: 'Run' };\n",
      'jupyter/no-untranslated-string'
    ],
    [
      'text in JSX that is not translated',
      'planted.tsx',
      'export const a = <p>Run</p>;\n',
      'jupyter/no-untranslated-string'
    ],
    ['a loose comparison', 'planted.ts', 'export const a = (b: number) => b == 1;\n', 'eqeqeq'],
    ['any', 'planted.ts', 'export const a = (b: any) => b;\n', '@typescript-eslint/no-explicit-any']
  ])('has no %s', async (_, file, text, rule) => {
    expect(await broken(`src/components/${file}`, text)).toContain(rule);
  });

  it('is broken by nothing when nothing is wrong', async () => {
    expect(await broken('src/components/planted.ts', 'export const a = (b: number) => b === 1;\n')).toEqual([]);
  });
});
