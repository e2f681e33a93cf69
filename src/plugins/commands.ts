/** The ids of our commands. */
export const CommandIDs = {
  openPanel: 'tfgpu-lab:open',
  openTab: 'tfgpu-lab:open-tab',
  checkAgain: 'tfgpu-lab:check-again',
  runBenchmark: 'tfgpu-lab:run-benchmark',
  insertVerification: 'tfgpu-lab:insert-verification',
  toggleStatusItem: 'tfgpu-lab:toggle-status-item',
  toggleToolbarItem: 'tfgpu-lab:toggle-toolbar-item',
  toggleNotifications: 'tfgpu-lab:toggle-notifications'
} as const;
