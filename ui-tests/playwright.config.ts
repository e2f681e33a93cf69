import { defineConfig } from '@playwright/test';

const PORT = process.env['TFGPU_TEST_PORT'] ?? '18931';
export const TOKEN = 'browser-tests';

// Debian's Chromium, without its background traffic: the tests reach nothing but this machine.
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync'
];

export default defineConfig({
  testDir: 'tests',
  outputDir: 'test-results',
  timeout: 120_000,
  expect: { timeout: 20_000 },
  workers: 1,
  retries: 0,
  use: {
    actionTimeout: 20_000,
    baseURL: `http://127.0.0.1:${PORT}`,
    extraHTTPHeaders: { Authorization: `token ${TOKEN}` },
    viewport: { width: 1280, height: 800 },
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
      args
    }
  },
  webServer: {
    command: '.venv/bin/jupyter lab --config ui-tests/jupyter_server_test_config.py',
    cwd: '..',
    url: `http://127.0.0.1:${PORT}/api/status?token=${TOKEN}`,
    timeout: 60_000,
    reuseExistingServer: false,
    gracefulShutdown: { signal: 'SIGTERM', timeout: 10_000 }
  }
});
