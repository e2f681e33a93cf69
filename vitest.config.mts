/**
 * Vitest: the unit tests of src/, in jsdom; JupyterLab's packages are transformed like our own code.
 *
 * Most of the time is spent on loading those packages: files share one loaded set and one page. Only a file that puts
 * something in a module's place has modules of its own.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

const SPECS = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map(path => join('src', path))
  .filter(path => /__tests__\/.*\.spec\.tsx?$/.test(path));
const replacesModules = (path: string) => readFileSync(path, 'utf8').includes('vi.mock(');

const common = {
  environment: 'jsdom',
  setupFiles: ['vitest.setup.ts'],
  css: false,
  restoreMocks: true,
  unstubGlobals: true,
  testTimeout: 30_000, // pytest runs beside them
  server: {
    // They are ES modules that import CSS, SVG and each other without extensions: node cannot load them.
    deps: { inline: [/@jupyterlab\//, /@jupyter\//, /@lumino\//, /@microsoft\//] }
  }
};

export default defineConfig({
  test: {
    projects: [
      { test: { ...common, name: 'together', isolate: false, include: SPECS.filter(path => !replacesModules(path)) } },
      { test: { ...common, name: 'apart', include: SPECS.filter(replacesModules) } }
    ]
  }
});
