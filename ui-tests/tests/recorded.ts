/** Answers of a server, always the same: for tests of how the panel looks and reads, not of what the server finds. */
import type { Page, Route } from '@playwright/test';

import { GIB, event, process, processes, row, terminalJob } from '../../src/__tests__/machine';
import { followed, placement, placementOffer, thing } from '../../src/__tests__/placed';
import {
  actionResult, finding, fix, gpu, GPU_UUID, gpus, job, offer, report, result, sample, throughput
} from '../../src/__tests__/samples';
import type { components } from '../../src/api/types';

type Schemas = components['schemas'];

const NOW_S = 1_700_000_000;
const MIB = 1024 ** 2;
/** No figure here was measured, and none may look as if it had been. */
const SIMULATED = 'Simulated GPU';

/** What a machine with its kernels is, for all questions but those about one kernel. */
export interface IRecorded {
  gpus: Schemas['Gpus'];
  rows: Schemas['KernelRow'][];
  events: Schemas['Event'][];
}

/** Two minutes of GPUs that begin to compute, with a gap; the number of the first sample is one after `seq`. */
function past(uuids: readonly string[], seq = 0): Schemas['Sample'][] {
  return Array.from({ length: 60 }, (_, tick) => tick)
    .filter(tick => tick < 34 || tick > 38)
    .map(tick => ({
      seq: seq + tick + 1,
      at_s: NOW_S - 118 + 2 * tick,
      gpus: uuids.map(
        (uuid, index) =>
          sample({
            uuid,
            utilization_percent: tick < 20 ? 2 + index : (tick * 7 + index * 13) % 60 + 40,
            memory_used_bytes: (tick < 20 ? 1 : 20) * GIB + index * GIB
          }).gpus[0]!
      )
    }));
}

const NOTEBOOK = 'experiments/a-notebook-with-a-rather-long-name.ipynb';

/** One GPU, on which two notebooks, a terminal job and somebody else hold memory. */
export const ONE_GPU: IRecorded = {
  gpus: gpus({
    devices: [gpu({ name: SIMULATED, memory_total_bytes: 80 * GIB })],
    samples: past([GPU_UUID]),
    seq: 60,
    processes: [
      processes({
        processes: [
          process({ path: 'train.ipynb' }),
          process({ kernel_id: 'other', path: NOTEBOOK, pid: 124, memory_used_bytes: 4 * GIB }),
          terminalJob({ pid: 125, memory_used_bytes: GIB })
        ],
        others: 1,
        others_memory_used_bytes: 2 * GIB
      })
    ]
  }),
  rows: [
    row(),
    row({ kernel_id: 'other', path: NOTEBOOK, verdict: 'gpu-ready', gpu_memory_used_bytes: 4 * GIB }),
    row({ kernel_id: 'third', path: 'plots.ipynb', verdict: 'cpu-fallback', gpu_memory_used_bytes: null }),
    row({ kernel_id: 'fourth', path: null, name: 'python3', verdict: 'not-loaded', gpu_memory_used_bytes: null })
  ],
  events: [
    event({ kind: 'gpu-stalled', text: 'GPU 0 did not answer for 6 s.' }),
    event({ seq: 2, at_s: NOW_S + 30, kind: 'gpu-returned', text: 'GPU 0 answers again.' }),
    event({ seq: 3, at_s: NOW_S + 60, kind: 'kernel-fell-back', text: 'It computes on the CPU.', kernel_id: 'third' })
  ]
};

const EIGHT = Array.from({ length: 8 }, (_, index) => `GPU-${index}`);

/** Eight GPUs, of which one is lost and one does not answer. */
export const EIGHT_GPUS: IRecorded = {
  ...ONE_GPU,
  gpus: gpus({
    devices: EIGHT.map((uuid, index) =>
      gpu({
        uuid,
        index,
        name: SIMULATED,
        memory_total_bytes: 80 * GIB,
        ...(index === 5 && { state: 'lost', problem: 'The driver has lost this GPU. Restart the machine.' } as const),
        ...(index === 6 && { state: 'stalled', problem: 'It has not answered for 12 s.' } as const)
      })
    ),
    samples: past(EIGHT, 60),
    seq: 120,
    processes: [processes()]
  })
};

/** A kernel that computes on the GPU. */
export const ON_GPU: Partial<Schemas['KernelReport']> = {
  binding: {
    certainty: 'exact',
    gpus: [
      {
        uuid: GPU_UUID,
        index: 0,
        mig_uuid: null,
        tensorflow_device: 'GPU:0',
        pids: [123],
        memory_used_bytes: 12 * GIB,
        tensorflow_used_bytes: 1.5 * GIB,
        tensorflow_peak_bytes: 9.75 * GIB,
        certainty: 'exact',
        note: null
      }
    ],
    memory_used_bytes: 12 * GIB,
    reason: 'The driver lists the process of this kernel.',
    at_s: NOW_S
  },
  live: {
    pid: 123,
    variables: {},
    execution_count: 4,
    followed: null,
    tensorflow: {
      version: '2.21.0',
      physical_devices: ['/physical_device:CPU:0', '/physical_device:GPU:0'],
      logical_devices: ['/device:CPU:0', '/device:GPU:0'],
      memory_growth: { '/physical_device:GPU:0': true },
      memory_limits_mb: { '/physical_device:GPU:0': [16384] }
    }
  } as unknown as Schemas['LiveReport'],
  last_execution: {
    execution_count: 3,
    cells: 1,
    began_s: NOW_S - 60,
    ended_s: NOW_S,
    computed_on: 'gpu',
    devices: ['GPU:0'],
    reason: 'The driver saw this kernel compute on it.',
    gpu_memory_before_bytes: 1.25 * GIB,
    gpu_memory_after_bytes: 12 * GIB,
    tensorflow_peak_before_bytes: null,
    tensorflow_peak_after_bytes: 9.75 * GIB,
    gpu_time_percent: 63,
    gpu_time_span_s: 25,
    absent: {}
  },
  findings: [finding({ id: 'b', title: 'A cell was compiled by XLA.', role: 'note', severity: 'info', certainty: 'hint' })]
};

/** A kernel that falls back to the CPU, with what mends it. */
export const FALLEN: Partial<Schemas['KernelReport']> = {
  path: NOTEBOOK,
  verdict: 'cpu-fallback',
  label: 'CPU: a library is missing',
  reason: 'TensorFlow computes on the CPU: `libcudnn.so.9` is missing.',
  findings: [
    finding({
      fixes: [
        fix(),
        fix({
          kind: 'kernel-env',
          title: 'Give the kernel the folder of the libraries',
          text: 'LD_LIBRARY_PATH=/opt/cuda/lib64:/opt/a/rather/long/path/to/somewhere/else/lib64',
          action: { action: 'create-kernelspec', request: { preview: false, variables: null, kernelspec: null } }
        }),
        fix({ kind: 'admin', title: 'Ask for the library', text: 'Have `libcudnn9` installed for all.' })
      ]
    }),
    finding({ id: 'two', title: 'CUDA_VISIBLE_DEVICES is empty.', role: 'would-also-fail' }),
    finding({ id: 'three', title: 'Keras computes with bfloat16.', role: 'note', severity: 'info' })
  ]
};

const SEEN = placement({
  things: [
    thing({ optimizer: [{ device: 'GPU:0', count: 8, bytes: 6 * MIB }] }),
    thing({ name: 'embeddings', type: 'Embedding', kind: 'layer', values: [{ device: 'CPU:0', count: 1, bytes: 40 * MIB }] })
  ],
  says: 'On the GPU: `model`. On the CPU, although TensorFlow has GPU:0: `embeddings`.'
});

const FIGURE = { device_name: SIMULATED, throughput_tflops: 2, p10: 1, p90: 3, max: 4 };

const MEASURED = job({
  state: 'done',
  progress: 1,
  result: result({
    throughputs: [
      throughput({ ...FIGURE, dtype: 'float16', throughput_tflops: 3, peak_tflops: 4, fraction_of_peak: 0.75 }),
      throughput({ ...FIGURE, speedup_over_cpu: 2, flags: ['throttled'] }),
      throughput({ ...FIGURE, device: 'CPU:0', device_name: 'A processor', throughput_tflops: 1, size: 2048 })
    ]
  })
});

/** Answer all questions of a page; those about one kernel by `reportOf`. `machine` may be exchanged at any time. */
export async function replay(
  page: Page,
  machine: () => IRecorded | null,
  reportOf: (kernelId: string) => Partial<Schemas['KernelReport']>
): Promise<void> {
  const looked = new Set<string>();
  const answer = (path: string, since: number, kernelId: string, isPost: boolean): object => {
    const { events, gpus: now, rows } = machine() ?? ONE_GPU;
    switch (path.replace(/^kernels\/[^/]+/, 'kernel')) {
      case 'gpus':
        return { ...now, samples: now.samples.filter(one => one.seq > since) };
      case 'events':
        return { events: events.filter(one => one.seq > since), seq: events.length };
      case 'kernels':
        return { kernels: rows };
      case 'kernel/actions':
        return { offers: [offer()] };
      case 'kernel/actions/create-kernelspec':
        return actionResult({ done: false });
      case 'kernel/placement':
        if (isPost) {
          looked.add(kernelId);
          return SEEN;
        }
        return placementOffer({
          last: looked.has(kernelId) ? SEEN : null,
          followed: followed(),
          followed_says: 'On the CPU in cell [4]: MatMul (2); on the GPU: 7 operations.'
        });
      case 'benchmarks':
        return { job: { ...MEASURED, kernel_id: kernelId }, history: [], problem: null, cell: '' };
      default:
        return report({ ...reportOf(kernelId), kernel_id: kernelId });
    }
  };
  await page.route(/^\w+:\/\/[^/]+\/tfgpu-lab\/(?!openapi)/, async (route: Route) => {
    const url = new URL(route.request().url());
    const path = decodeURIComponent(url.pathname.split('/tfgpu-lab/')[1] ?? '');
    const kernelId = url.searchParams.get('kernel_id') ?? path.split('/')[1] ?? '';
    if (!machine()) {
      return route.abort();
    }
    const since = Number(url.searchParams.get('since'));
    return route.fulfill({ json: answer(path, since, kernelId, route.request().method() === 'POST') });
  });
}
