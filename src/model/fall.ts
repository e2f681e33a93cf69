/** Whether a kernel has just fallen to the CPU: told once a kernel, and only when it *changed*. */
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
    return true;
  }

  private readonly standing = new Set<string>();
  private readonly told = new Set<string>();
}
