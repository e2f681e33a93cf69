import { existsSync } from 'node:fs';

import { defineConfig } from '@playwright/test';

const PORT = process.env['TFGPU_TEST_PORT'] ?? '18931';
/** Where the server with simulated GPUs listens. */
const GPU_PORT = process.env['TFGPU_TEST_GPU_PORT'] ?? '18932';
export const TOKEN = 'browser-tests';

/** A real `jupyter lab`; its folders and port are its own. */
const server = (config: string, port: string, state: string) => ({
  command: `.venv/bin/jupyter lab --config ui-tests/${config}`,
  cwd: '..',
  env: { TFGPU_TEST_PORT: port, TFGPU_TEST_STATE: state },
  url: `http://127.0.0.1:${port}/api/status?token=${TOKEN}`,
  timeout: 60_000,
  reuseExistingServer: false,
  gracefulShutdown: { signal: 'SIGTERM' as const, timeout: 10_000 }
});

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
  snapshotPathTemplate: '{testDir}/../pictures/{arg}{ext}',
  // They are of Debian's Chromium with Debian's fonts; others draw letters otherwise.
  ignoreSnapshots: !existsSync('/etc/debian_version'),
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
  // What is seen without a GPU, and what is seen on simulated ones.
  projects: [
    { name: 'plain', testIgnore: /gpus.*\.spec\.ts/ },
    { name: 'gpus', testMatch: /gpus.*\.spec\.ts/, use: { baseURL: `http://127.0.0.1:${GPU_PORT}` } }
  ],
  webServer: [
    server('jupyter_server_test_config.py', PORT, 'plain'),
    server('simulated_gpus_config.py', GPU_PORT, 'gpus')
  ]
});
