/** Answers of the server, small and valid; a test changes what it is about. */
import type { components } from '../api/types';

type Schemas = components['schemas'];

export const KERNEL = 'k1';
export const GPU_UUID = 'GPU-0';

export function report(changes: Partial<Schemas['KernelReport']> = {}): Schemas['KernelReport'] {
  return {
    kernel_id: KERNEL,
    name: 'python3',
    display_name: 'Python 3',
    path: 'train.ipynb',
    execution_state: 'idle',
    at_s: 1_700_000_000,
    verdict: 'gpu',
    basis: 'observed',
    label: 'GPU',
    reason: 'TensorFlow computes on GPU:0.',
    forecast: null,
    findings: [],
    live: null,
    live_unavailable: null,
    environment: null,
    environment_unavailable: null,
    confirmation: null,
    binding: null,
    ...changes
  };
}

export function fix(changes: Partial<Schemas['Fix']> = {}): Schemas['Fix'] {
  return {
    kind: 'command',
    title: 'Install the libraries',
    text: 'pip install "tensorflow[and-cuda]"',
    verified_by: 'The verdict becomes "On the GPU".',
    ...changes
  };
}

export function finding(changes: Partial<Schemas['Finding']> = {}): Schemas['Finding'] {
  return {
    id: 'cuda-lib-missing',
    family: 'libraries',
    title: 'A CUDA library is missing.',
    severity: 'blocks-gpu',
    certainty: 'certain',
    role: 'cause',
    evidence: [{ source: 'dlopen', observed: 'not found', expected: 'loaded' }],
    fixes: [],
    docs: 'https://example.org/causes/cuda-lib-missing',
    ...changes
  };
}

export function gpu(changes: Partial<Schemas['Gpu']> = {}): Schemas['Gpu'] {
  return {
    index: 0,
    uuid: GPU_UUID,
    name: 'NVIDIA H200',
    state: 'ok',
    problem: null,
    stalled_since_s: null,
    pci_bus_id: '00000000:01:00.0',
    minor_number: 0,
    memory_total_bytes: 8 * 1024 ** 3,
    compute_capability: '9.0',
    power_limit_w: 700,
    clock_sm_max_mhz: 1980,
    compute_mode: 'default',
    ecc_enabled: true,
    ecc_errors_uncorrected: 0,
    persistence_enabled: true,
    mig_enabled: false,
    mig: [],
    absent: {},
    ...changes
  };
}

export function sample(changes: Partial<Schemas['GpuSample']> = {}, seq = 1): Schemas['Sample'] {
  const one: Schemas['GpuSample'] = {
    uuid: GPU_UUID,
    memory_used_bytes: 2 * 1024 ** 3,
    memory_reserved_bytes: 512 * 1024 ** 2,
    utilization_percent: 37,
    memory_utilization_percent: 12,
    temperature_c: 41.4,
    power_w: 120.2,
    clock_sm_mhz: 1980,
    clock_memory_mhz: 2619,
    throttle_reasons: [],
    mig: [],
    absent: {},
    ...changes
  };
  return { seq, at_s: 1_700_000_000, gpus: [one] };
}

export function gpus(changes: Partial<Schemas['Gpus']> = {}): Schemas['Gpus'] {
  return {
    driver: { state: 'ok', reason: '', nvml_code: 0, driver_version: '550.54.14', cuda_version: '12.4' },
    hardware: { controllers: [], unreadable: null },
    devices: [gpu()],
    samples: [sample()],
    processes: [],
    seq: 1,
    interval_s: 2,
    stalled_since_s: null,
    error: null,
    ...changes
  };
}

export function throughput(changes: Partial<Schemas['Throughput']> = {}): Schemas['Throughput'] {
  return {
    device: 'GPU:0',
    dtype: 'float32',
    size: 8192,
    throughput_tflops: 41.26,
    p10: 40.1,
    p90: 42.9,
    max: 43,
    repetitions: 20,
    result_device: '/job:localhost/replica:0/task:0/device:GPU:0',
    peak_tflops: null,
    peak_source: null,
    fraction_of_peak: null,
    flags: [],
    ...changes
  };
}

export function result(changes: Partial<Schemas['BenchmarkResult']> = {}): Schemas['BenchmarkResult'] {
  return {
    throughputs: [throughput()],
    copies: [],
    speedup_over_cpu: {},
    conditions: {
      tensorflow: '2.21.0',
      python: '3.11.7',
      executable: '/usr/bin/python3',
      cpu: 'A processor',
      threads: 8,
      gpus: ['NVIDIA H200']
    },
    ...changes
  };
}

export function job(changes: Partial<Schemas['BenchmarkJob']> = {}): Schemas['BenchmarkJob'] {
  return {
    id: 'j1',
    kernel_id: KERNEL,
    state: 'running',
    step: 'float32 on GPU:0',
    progress: 0.25,
    created_s: 1_700_000_000,
    elapsed_s: 3,
    partial: [],
    result: null,
    message: null,
    ...changes
  };
}
