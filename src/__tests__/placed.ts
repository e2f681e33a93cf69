/** Answers of the server about where models live, small and valid. */
import type { components } from '../api/types';

type Schemas = components['schemas'];

export function thing(changes: Partial<Schemas['PlacedThing']> = {}): Schemas['PlacedThing'] {
  return {
    name: 'model',
    type: 'Sequential',
    kind: 'model',
    strategy: null,
    values: [{ device: 'GPU:0', count: 4, bytes: 3 * 1024 ** 2 }],
    optimizer: [],
    ...changes
  };
}

export function placement(changes: Partial<Schemas['Placement']> = {}): Schemas['Placement'] {
  return {
    at_s: 1_700_000_000,
    pid: 1,
    execution_count: 3,
    initialized: true,
    logical_gpus: ['GPU:0'],
    things: [thing()],
    left_out: 0,
    took_s: 0.0121,
    says: 'On the GPU: `model`.',
    following: false,
    not_following: null,
    ...changes
  };
}

export function placementOffer(changes: Partial<Schemas['PlacementOffer']> = {}): Schemas['PlacementOffer'] {
  return {
    explains: 'A short program is run in the kernel.',
    code: 'look()',
    possible: true,
    why_not: null,
    last: null,
    follow_explains: 'TensorFlow notes what it prepares.',
    follow_code: 'follow()',
    followed: null,
    followed_says: null,
    ...changes
  };
}

export function followed(changes: Partial<Schemas['FollowedCell']> = {}): Schemas['FollowedCell'] {
  return {
    execution_count: 4,
    functions: 1,
    on_gpu: 7,
    on_cpu: [{ op: 'MatMul', count: 2 }],
    other_on_cpu: 5,
    took_s: 0.01,
    without_gpu_kernel: [],
    missing_gpus: [],
    ...changes
  };
}
