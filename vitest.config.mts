/** Vitest: the unit tests of src/, in jsdom; JupyterLab's packages are transformed like our own code. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/__tests__/**/*.spec.{ts,tsx}'],
    environment: 'jsdom',
    setupFiles: ['vitest.setup.ts'],
    css: false,
    restoreMocks: true,
    testTimeout: 30_000, // pytest runs beside them
    server: {
      // They are ES modules that import CSS, SVG and each other without extensions: node cannot load them.
      deps: { inline: [/@jupyterlab\//, /@jupyter\//, /@lumino\//, /@microsoft\//] }
    }
  }
});
