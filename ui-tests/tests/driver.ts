/** The simulated NVIDIA driver below the second server: it says what a test writes. See tests/native/nvml_scenario.c. */
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'fs';
import { join } from 'path';

const SCENARIO = join(__dirname, '..', '.state', 'gpus', 'scenario.txt');

/** Replace what the driver says, all at once. */
export function say(...lines: string[]): void {
  writeFileSync(`${SCENARIO}.new`, `${lines.join('\n')}\n`);
  renameSync(`${SCENARIO}.new`, SCENARIO);
}

/** The pid of the kernel whose connection file has this id in its name. */
export function pidOf(kernelId: string): number {
  const pids = readdirSync('/proc').filter(name => /^\d+$/.test(name));
  const pid = pids.find(name => {
    try {
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8');
      return command.includes(`kernel-${kernelId}.json`) && command.includes('ipykernel');
    } catch {
      return false; // it has ended meanwhile
    }
  });
  if (!pid) {
    throw new Error(`No process of kernel ${kernelId}`);
  }
  return Number(pid);
}
