/** The benchmark: what to measure, how far it is, and what came out, with the past beside it. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { components } from '../api/types';
import { day, duration, gigabytesPerSecond, tflops, unbroken } from '../format';
import { Figure } from './benchmarkFigure';
import { BenchmarkForm, type IBenchmarkChoice } from './benchmarkForm';
import { Sizes } from './benchmarkSizes';
import { asCsv, asJson, asMarkdown, figuresOf } from './benchmarkText';
import { Section } from './section';

type Job = components['schemas']['BenchmarkJob'];
type Result = components['schemas']['BenchmarkResult'];
type PastFigure = components['schemas']['PastFigure'];
type Throughput = components['schemas']['Throughput'];

export interface IBenchmarkProps {
  job: Job | null;
  pending: boolean;
  /** Why the last request failed, one sentence; empty when it did not. */
  problem: string;
  /** Why it cannot be run now, one sentence; empty when it can. */
  disabled: string;
  /** TensorFlow's names for the kernel's GPUs, as far as they are known. */
  gpus: readonly string[];
  /** Earlier figures of the kernel's environment, newest first. */
  history: readonly PastFigure[];
  /** Why some are missing, one sentence; empty when they are not. */
  historyProblem: string;
  /** Code of a cell that measures inside the kernel; empty where that says nothing. */
  cell: string;
  onRun: (choice: IBenchmarkChoice) => void;
  onCancel: () => void;
  onCopy: (text: string) => void;
  trans: TranslationBundle;
}

export function BenchmarkCard(props: IBenchmarkProps): React.JSX.Element {
  const { job, trans } = props;
  const why = React.useId();
  const isUnderWay = job?.state === 'queued' || job?.state === 'running';
  const figures = job ? figuresOf(job) : [];
  return (
    <Section id="benchmark" title={trans.__('Benchmark')}>
      <p className="tfgpu-muted">
        {trans.__(
          "Measures how fast TensorFlow multiplies matrices, with this kernel's environment but beside the kernel."
        )}
      </p>
      <BenchmarkForm
        gpus={props.gpus}
        isBlocked={Boolean(props.disabled) || props.pending || isUnderWay}
        describedBy={props.disabled ? why : undefined}
        isUnderWay={isUnderWay}
        onRun={props.onRun}
        onCancel={props.onCancel}
        trans={trans}
      />
      {props.disabled && (
        <p id={why} className="tfgpu-muted">
          {props.disabled}
        </p>
      )}
      {isUnderWay && <Progress job={job} trans={trans} />}
      {props.problem && (
        <p className="tfgpu-notice" role="alert">
          {props.problem}
        </p>
      )}
      {job && !isUnderWay && job.message && (
        <p className="tfgpu-notice" role="status">
          {job.message}
        </p>
      )}
      {best(figures).map(figure => (
        <Figure key={`${figure.device} ${figure.dtype} ${figure.mode}`} figure={figure} trans={trans} />
      ))}
      {swept(figures).map(([device, own]) => (
        <Sizes key={device} device={device} figures={own} trans={trans} />
      ))}
      {job?.result && <Conditions result={job.result} trans={trans} />}
      {job && !isUnderWay && figures.length > 0 && <Copy job={job} onCopy={props.onCopy} trans={trans} />}
      {!job && <Past history={props.history} trans={trans} />}
      {props.historyProblem && <p className="tfgpu-notice">{props.historyProblem}</p>}
      {props.cell && <Inside code={props.cell} onCopy={props.onCopy} trans={trans} />}
    </Section>
  );
}

/** The fastest size of each device, element type and mode, in the order in which they were measured. */
function best(figures: readonly Throughput[]): Throughput[] {
  const found = new Map<string, Throughput>();
  for (const figure of figures) {
    const key = `${figure.device} ${figure.dtype} ${figure.mode}`;
    const known = found.get(key);
    if (!known || figure.throughput_tflops > known.throughput_tflops) {
      found.set(key, figure);
    }
  }
  return [...found.values()];
}

/** The figures of each device that was measured at several sizes; what fell back is no figure of it. */
function swept(figures: readonly Throughput[]): [string, Throughput[]][] {
  const found = new Map<string, Throughput[]>();
  for (const figure of figures.filter(one => !one.flags.includes('fell-back'))) {
    found.set(figure.device, [...(found.get(figure.device) ?? []), figure]);
  }
  return [...found].filter(([, own]) => new Set(own.map(figure => figure.size)).size > 1);
}

function Progress(props: { job: Job; trans: TranslationBundle }): React.JSX.Element {
  const { job, trans } = props;
  const value = Math.round(job.progress * 100);
  const left = job.left_s == null ? '' : ` ${trans.__('%1 left at most', duration(job.left_s))}`;
  return (
    <div className="tfgpu-progress">
      <div
        className="tfgpu-bar"
        role="progressbar"
        aria-label={trans.__('Benchmark')}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={value}
        aria-valuetext={job.step}
        style={{ backgroundSize: `${value}% 100%` }}
      />
      <p className="tfgpu-muted tfgpu-numbers">{unbroken(job.message ?? `${job.step}…${left}`)}</p>
    </div>
  );
}

function Conditions(props: { result: Result; trans: TranslationBundle }): React.JSX.Element {
  const { result, trans } = props;
  const { conditions } = result;
  return (
    <>
      {result.notes.map(note => (
        <p key={note} className="tfgpu-notice">
          {note}
        </p>
      ))}
      {result.memory.map(one => (
        <p key={one.device} className="tfgpu-muted tfgpu-numbers">
          {unbroken(trans.__('%1 reads and writes its memory at %2', one.device, gigabytesPerSecond(one.gbps)))}
        </p>
      ))}
      {result.copies.map(copy => (
        <p key={copy.device} className="tfgpu-muted tfgpu-numbers">
          {unbroken(
            trans.__(
              '%1: %2 from the host, %3 back',
              copy.device,
              gigabytesPerSecond(copy.host_to_device_gbps),
              gigabytesPerSecond(copy.device_to_host_gbps)
            )
          )}
        </p>
      ))}
      {result.skipped.map(one => (
        <p key={`${one.device} ${one.dtype} ${one.reason}`} className="tfgpu-muted">
          {trans.__('Left out: %1 %2. %3', one.device, one.dtype, one.reason)}
        </p>
      ))}
      <p className="tfgpu-muted">
        {trans.__(
          'TensorFlow %1, Python %2, %3 (%4 threads)',
          conditions.tensorflow,
          conditions.python,
          conditions.cpu,
          conditions.threads
        )}
        {conditions.driver_version && ` · ${trans.__('driver %1', conditions.driver_version)}`}
      </p>
    </>
  );
}

function Copy(props: { job: Job; onCopy: (text: string) => void; trans: TranslationBundle }): React.JSX.Element {
  const { job, onCopy, trans } = props;
  const kinds: [string, string, (job: Job) => string][] = [
    ['Markdown', trans.__('Copy as Markdown'), asMarkdown],
    ['CSV', trans.__('Copy as CSV'), asCsv],
    ['JSON', trans.__('Copy as JSON'), asJson]
  ];
  return (
    <div className="tfgpu-row tfgpu-actions">
      <span className="tfgpu-muted">{trans.__('Copy as')}</span>
      {kinds.map(([kind, label, text]) => (
        <button key={kind} type="button" className="tfgpu-button" aria-label={label} onClick={() => onCopy(text(job))}>
          {kind}
        </button>
      ))}
    </div>
  );
}

/** What was reached before, newest first: one line a device, element type and mode. */
function Past(props: { history: readonly PastFigure[]; trans: TranslationBundle }): React.JSX.Element | null {
  const { history, trans } = props;
  const newest = new Map<string, PastFigure>();
  for (const one of history) {
    const key = `${one.device_id} ${one.dtype} ${one.mode}`;
    const known = newest.get(key);
    if (!known || (known.at_s === one.at_s && known.throughput_tflops < one.throughput_tflops)) {
      newest.set(key, one);
    }
  }
  if (!newest.size) {
    return null;
  }
  return (
    <ul className="tfgpu-benchmark-past" aria-label={trans.__('Earlier benchmarks')}>
      {[...newest].map(([key, one]) => (
        <li key={key} className="tfgpu-muted tfgpu-numbers">
          {unbroken(
            trans.__('%1 %2 on %3: %4 TFLOP/s', one.device, one.dtype, day(one.at_s), tflops(one.throughput_tflops))
          )}
        </li>
      ))}
    </ul>
  );
}

/** The same inside the kernel: the user reads the code, and runs it as a cell or not. */
function Inside(props: { code: string; onCopy: (text: string) => void; trans: TranslationBundle }): React.JSX.Element {
  const { code, onCopy, trans } = props;
  return (
    <details className="tfgpu-details">
      <summary>{trans.__('Measure inside this kernel')}</summary>
      <p className="tfgpu-muted">
        {trans.__(
          'TensorFlow already computes in this kernel. Run this code as a cell to measure there, beside all that it holds; it takes about five seconds. Its figures are for this kernel only.'
        )}
      </p>
      <button type="button" className="tfgpu-button" onClick={() => onCopy(code)}>
        {trans.__('Copy the code of the cell')}
      </button>
      <pre className="tfgpu-code" tabIndex={0} aria-label={trans.__('Code of the cell')}>
        {code}
      </pre>
    </details>
  );
}
