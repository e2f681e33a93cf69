/** Figures as text for elsewhere: Markdown, CSV and JSON; for programs and papers, so in English and without a locale. */
import type { components } from '../api/types';
import { tflops } from '../format';

type Job = components['schemas']['BenchmarkJob'];
type Throughput = components['schemas']['Throughput'];

const COLUMNS: readonly [string, (figure: Throughput) => string | number][] = [
  ['device', figure => figure.device],
  ['device_name', figure => figure.device_name],
  ['dtype', figure => figure.dtype],
  ['mode', figure => figure.mode],
  ['size', figure => figure.size],
  ['tflops_median', figure => figure.throughput_tflops],
  ['tflops_p10', figure => figure.p10],
  ['tflops_p90', figure => figure.p90],
  ['tflops_max', figure => figure.max],
  ['repetitions', figure => figure.repetitions],
  ['peak_tflops', figure => figure.peak_tflops ?? ''],
  ['fraction_of_peak', figure => figure.fraction_of_peak ?? ''],
  ['speedup_over_cpu', figure => figure.speedup_over_cpu ?? ''],
  ['clock_sm_mhz', figure => figure.circumstances?.clock_sm_mhz ?? ''],
  ['power_w', figure => figure.circumstances?.power_w ?? ''],
  ['flags', figure => figure.flags.join(' ')],
  ['result_device', figure => figure.result_device]
];

/** All that was measured, as a table with a head. */
export function asCsv(job: Job): string {
  const rows = figuresOf(job).map(figure => COLUMNS.map(([, value]) => cell(String(value(figure)))).join(','));
  return `${[COLUMNS.map(([name]) => name).join(','), ...rows].join('\n')}\n`;
}

/** The whole job, as the server answered. */
export function asJson(job: Job): string {
  return `${JSON.stringify(job, null, 2)}\n`;
}

/** A table for an issue or a chat, with what must be known to trust it. */
export function asMarkdown(job: Job): string {
  const head = '| device | dtype | mode | size | TFLOP/s | p10 to p90 | of peak | x CPU | flags |';
  const rows = figuresOf(job).map(figure => {
    const peak = figure.fraction_of_peak == null ? '' : `${Math.round(figure.fraction_of_peak * 100)} %`;
    const cpu = figure.speedup_over_cpu == null ? '' : tflops(figure.speedup_over_cpu);
    const spread = `${tflops(figure.p10)} to ${tflops(figure.p90)}`;
    const cells = [figure.device, figure.dtype, figure.mode, figure.size, tflops(figure.throughput_tflops), spread];
    return `| ${[...cells, peak, cpu, figure.flags.join(', ')].join(' | ')} |`;
  });
  const table = [head, head.replace(/[^|]+/g, ' --- '), ...rows].join('\n');
  const told = job.result?.conditions;
  const conditions = told
    ? [
        `TensorFlow ${told.tensorflow}`,
        `Python ${told.python}`,
        `${told.cpu} (${told.threads} threads)`,
        ...told.gpus,
        ...(told.driver_version ? [`driver ${told.driver_version}`] : [])
      ]
    : [];
  const notes = [...new Set(job.result?.notes ?? [])].map(note => `- ${note}`);
  const measured = `Measured with TFGPU Lab on ${new Date(job.created_s * 1000).toISOString().slice(0, 10)}`;
  return `${[table, `${[measured, ...conditions].join('; ')}.`, ...notes].join('\n\n')}\n`;
}

/** What was measured, also of a job that did not end well. */
export function figuresOf(job: Job): readonly Throughput[] {
  return job.result?.throughputs ?? job.partial;
}

function cell(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}
