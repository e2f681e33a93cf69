/** Servers of a test's own: another version of JupyterLab, Notebook, or ours switched off. */
import { type ChildProcess, spawn } from 'child_process';
import { mkdirSync, writeFileSync } from 'fs';
import { join } from 'path';

import { TOKEN } from '../playwright.config';

const ROOT = join(__dirname, '..', '..');

export interface IServer {
  /** Address without a slash at its end. */
  url: string;
  stop(): Promise<void>;
}

export interface IServerOptions {
  /** The folder of the environment, relative to the project. */
  environment: string;
  /** `lab` or `notebook`. */
  application: string;
  port: number;
  /** Further arguments. */
  args?: string[];
}

/** Start a server with the configuration of all browser tests, and wait until it answers. */
export async function start({ environment, application, port, args = [] }: IServerOptions): Promise<IServer> {
  const state = `own-${port}`;
  const url = `http://127.0.0.1:${port}`;
  const config = join('ui-tests', 'jupyter_server_test_config.py');
  const child = spawn(join(ROOT, environment, 'bin', `jupyter-${application}`), ['--config', config, ...args], {
    cwd: ROOT,
    env: { ...process.env, TFGPU_TEST_PORT: String(port), TFGPU_TEST_STATE: state },
    stdio: 'ignore'
  });
  await answering(`${url}/api/status?token=${TOKEN}`, child);
  kernelspec(join(ROOT, 'ui-tests', '.state', state, 'jupyter', 'kernels', 'tensorflow'));
  return {
    url,
    stop: () =>
      new Promise(resolve => {
        child.once('exit', () => resolve());
        child.kill('SIGTERM');
      })
  };
}

/** The kernel with TensorFlow, for servers whose own Python has none. */
function kernelspec(folder: string): void {
  const argv = [join(ROOT, '.venv', 'bin', 'python'), '-m', 'ipykernel_launcher', '-f', '{connection_file}'];
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'kernel.json'), JSON.stringify({ argv, display_name: 'TensorFlow', language: 'python' }));
}

async function answering(address: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (child.exitCode !== null) {
      throw new Error(`The server has ended with ${child.exitCode}.`);
    }
    const isThere = await fetch(address)
      .then(answer => answer.ok)
      .catch(() => false);
    if (isThere) {
      return;
    }
    await new Promise(resolve => setTimeout(resolve, 200));
  }
  child.kill('SIGTERM');
  throw new Error(`No answer from ${address}`);
}
