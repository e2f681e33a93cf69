/** The ids of our commands. */
export const CommandIDs = {
  openPanel: 'tfgpu-lab:open-panel',
  checkAgain: 'tfgpu-lab:check-again',
  runBenchmark: 'tfgpu-lab:run-benchmark'
} as const;
