/** What notebooks and kernels are called in the views. */
import type { TranslationBundle } from '@jupyterlab/translation';

/** A notebook is called by its file; where another has the same file name, by its whole path. */
export function calledBy(paths: readonly (string | null)[]): (path: string) => string {
  const known = new Set(paths);
  const counts = new Map<string, number>();
  for (const path of known) {
    if (path) {
      const file = fileOf(path);
      counts.set(file, (counts.get(file) ?? 0) + 1);
    }
  }
  return path => ((counts.get(fileOf(path)) ?? 0) > 1 ? path : fileOf(path));
}

/** The last part of a path. */
export function fileOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** A kernel that no notebook or console names. */
export function namelessKernel(kernelName: string | null, trans: TranslationBundle): string {
  return trans.__('%1 kernel without a notebook', kernelName ?? trans.__('a'));
}
