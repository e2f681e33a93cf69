/** What JupyterLab does for a fix; plugins/workbench.ts does it. */
import type { components } from '../api/types';

type Schemas = components['schemas'];

/** Code for the notebook, as the server hands it over or a fix has it. */
export type Cell = Pick<Schemas['Cell'], 'code' | 'place'>;

/** Each returns false, or null, when the user thought better of it, and rejects with a sentence when it cannot be done. */
export interface IWorkbench {
  /** Whether `insert` and `restart` have something to work on: a notebook or a console of this kernel is open. */
  isOpen(kernelId: string): boolean;
  /** Whether this server has terminals. */
  readonly hasTerminals: boolean;
  /** Put cells below the active one, or first, or into the console's prompt, and run none; undone by one undo. */
  insert(kernelId: string, cells: readonly Cell[]): Promise<boolean>;
  /** Open a terminal with this line typed and not run. */
  type(line: string): Promise<boolean>;
  /** Restart the kernel, after JupyterLab's own question. */
  restart(kernelId: string): Promise<boolean>;
  /** Give the notebook a kernel of another kernelspec, after a question; returns the new kernel's id. */
  choose(kernelId: string, kernelspec: string): Promise<string | null>;
  /** Shut one of these kernels down, after a question that names its notebook. */
  shutDown(candidates: readonly Schemas['KernelRow'][]): Promise<boolean>;
  /** Show exactly what will be written or removed, and ask. */
  confirm(title: string, files: readonly Schemas['FileChange'][]): Promise<boolean>;
}
