/** Answers of the server about who uses its GPUs and what happened there, small and valid. */
import type { components } from '../api/types';
import { GPU_UUID, KERNEL } from './samples';

type Schemas = components['schemas'];

export const GIB = 1024 ** 3;

export function process(changes: Partial<Schemas['GpuProcess']> = {}): Schemas['GpuProcess'] {
  return {
    pid: 123,
    owner: 'kernel',
    kernel_id: KERNEL,
    kernel_name: 'python3',
    path: 'train.ipynb',
    process_name: 'python3',
    mig_uuid: null,
    memory_used_bytes: 12 * GIB,
    ...changes
  };
}

/** A process of the same user that is no kernel's. */
export function terminalJob(changes: Partial<Schemas['GpuProcess']> = {}): Schemas['GpuProcess'] {
  return process({ owner: 'user', kernel_id: null, kernel_name: null, path: null, ...changes });
}

export function processes(changes: Partial<Schemas['GpuProcesses']> = {}): Schemas['GpuProcesses'] {
  return {
    uuid: GPU_UUID,
    at_s: 1_700_000_000,
    processes: [process()],
    others: 0,
    others_memory_used_bytes: null,
    absent: null,
    ...changes
  };
}

export function row(changes: Partial<Schemas['KernelRow']> = {}): Schemas['KernelRow'] {
  return {
    kernel_id: KERNEL,
    name: 'python3',
    path: 'train.ipynb',
    verdict: 'gpu',
    reason: 'TensorFlow computes on GPU:0.',
    gpu_memory_used_bytes: 12 * GIB,
    ...changes
  };
}

export function event(changes: Partial<Schemas['Event']> = {}): Schemas['Event'] {
  return {
    seq: 1,
    at_s: 1_700_000_000,
    kind: 'gpu-lost',
    text: 'GPU 0 is lost.',
    gpu_index: 0,
    gpu_uuid: GPU_UUID,
    kernel_id: null,
    ...changes
  };
}
