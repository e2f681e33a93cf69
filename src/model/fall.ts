/** Whether a kernel has just fallen to the CPU: told once a kernel, only when it *changed*, and not when it was meant. */
import type { KernelReport } from '../tokens';

export class FallWatch {
  /** Return true when this report is the first of its kernel that observes a fall which an earlier one did not. */
  hasFallen(report: KernelReport): boolean {
    const { kernel_id: id, verdict, basis } = report;
    const isFallen = verdict === 'cpu-fallback' && basis === 'observed';
    if (!isFallen) {
      this.standing.add(id);
      return false;
    }
    if (!this.standing.has(id) || this.told.has(id)) {
      return false;
    }
    this.told.add(id);
    return !isPinned(report);
  }

  private readonly standing = new Set<string>();
  private readonly told = new Set<string>();
}

/** Whether the user has taken the GPU away from this kernel on purpose. */
export function isPinned(report: KernelReport): boolean {
  const cause = report.findings.find(finding => finding.role === 'cause')?.id;
  const isMinusOne = report.live?.variables['CUDA_VISIBLE_DEVICES']?.trim() === '-1';
  return cause === 'visible-devices-emptied' || (cause === 'cvd-hides-gpu' && isMinusOne);
}
