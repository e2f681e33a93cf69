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
    mapped: null,
    mapped_unavailable: null,
    last_execution: null,
    ...changes
  };
}

export function fix(changes: Partial<Schemas['Fix']> = {}): Schemas['Fix'] {
  return {
    kind: 'command',
    title: 'Install the libraries',
    text: 'pip install "tensorflow[and-cuda]"',
    verified_by: 'The verdict becomes "On the GPU".',
    action: null,
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
    driver: { state: 'ok', reason: '', nvml_code: 0, driver_version: '550.54.14', cuda_version: '12.4', absent: {} },
    hardware: { controllers: [], unreadable: null },
    devices: [gpu()],
    samples: [sample()],
    processes: [],
    idle_holders: [],
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
    device_name: 'NVIDIA H200',
    dtype: 'float32',
    mode: 'function',
    size: 8192,
    chosen: true,
    throughput_tflops: 41.26,
    p10: 40.1,
    p90: 42.9,
    max: 43,
    repetitions: 20,
    products: 3,
    settled: true,
    took_s: 1.5,
    result_device: '/job:localhost/replica:0/task:0/device:GPU:0',
    peak_tflops: null,
    peak_source: null,
    fraction_of_peak: null,
    speedup_over_cpu: null,
    circumstances: null,
    before: null,
    flags: [],
    ...changes
  };
}

export function pastFigure(changes: Partial<Schemas['PastFigure']> = {}): Schemas['PastFigure'] {
  return {
    at_s: 1_700_000_000,
    environment: '/usr/bin/python3',
    device: 'GPU:0',
    device_id: GPU_UUID,
    device_name: 'NVIDIA H200',
    dtype: 'float16',
    mode: 'function',
    size: 8192,
    chosen: true,
    throughput_tflops: 700,
    p10: 690,
    p90: 710,
    repetitions: 20,
    threads: null,
    flags: [],
    circumstances: null,
    tensorflow: '2.21.0',
    driver_version: '550.54.14',
    ...changes
  };
}

export function result(changes: Partial<Schemas['BenchmarkResult']> = {}): Schemas['BenchmarkResult'] {
  return {
    throughputs: [throughput()],
    skipped: [],
    copies: [],
    memory: [],
    notes: [],
    conditions: {
      tensorflow: '2.21.0',
      python: '3.11.7',
      executable: '/usr/bin/python3',
      host: 'a-machine',
      cpu: 'A processor',
      threads: 8,
      load_before: 0.1,
      gpus: ['NVIDIA H200'],
      cuda_build: '12.5.1',
      cudnn_build: '9',
      driver_version: '550.54.14'
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
    left_s: 6,
    created_s: 1_700_000_000,
    elapsed_s: 3,
    partial: [],
    result: null,
    message: null,
    ...changes
  };
}

export function offer(changes: Partial<Schemas['ActionOffer']> = {}): Schemas['ActionOffer'] {
  return {
    action: 'verify',
    title: 'Insert the verification cells',
    explains: 'They list the devices.',
    effect: 'cells',
    needs_restart: false,
    cells: [{ title: 'List the devices', code: 'import tensorflow as tf\n', place: 'here' }],
    files: [],
    request: { preview: false, variables: null, kernelspec: null },
    possible: true,
    why_not: null,
    ...changes
  };
}

export function actionResult(changes: Partial<Schemas['ActionResult']> = {}): Schemas['ActionResult'] {
  return {
    action: 'create-kernelspec',
    done: true,
    says: 'The kernelspec python3-tfgpu was written.',
    cells: [],
    files: [{ path: '/home/a/kernels/python3-tfgpu/kernel.json', before: null, after: '{}' }],
    kernelspec: 'python3-tfgpu',
    before: { verdict: 'cpu-fallback', label: '', reason: '' },
    after: { verdict: 'gpu-ready', label: '', reason: '' },
    report: report(),
    ...changes
  };
}
