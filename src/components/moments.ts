/** Events as they are read: what happened to many GPUs at one moment is one row. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { components } from '../api/types';

type Event = components['schemas']['Event'];

/** So far apart are changes that one look at the driver has found. */
const ONE_LOOK_S = 1;

/** The same that happened to one or more GPUs at one moment. */
export interface IMoment {
  /** The latest; what is said of one GPU is its sentence. */
  readonly event: Event;
  /** How the driver numbers the GPUs, in order. */
  readonly gpus: readonly number[];
}

/** The events, newest first, put together where only the number of the GPU differs. */
export function moments(events: readonly Event[]): IMoment[] {
  const found: { event: Event; gpus: number[] }[] = [];
  for (const event of events) {
    const { gpu_index: index } = event;
    // Not only the last: something else may have happened to a GPU between.
    const same = index === null ? undefined : found.find(moment => isAlike(moment.event, event));
    if (same && index !== null) {
      same.gpus.push(index);
    } else {
      found.push({ event, gpus: index === null ? [] : [index] });
    }
  }
  found.forEach(moment => moment.gpus.sort((one, other) => one - other));
  return found;
}

function isAlike(one: Event, other: Event): boolean {
  return (
    one.kind === other.kind &&
    one.kernel_id === null &&
    other.kernel_id === null &&
    Math.abs(one.at_s - other.at_s) < ONE_LOOK_S &&
    withoutNumber(one) === withoutNumber(other)
  );
}

const withoutNumber = ({ text }: Event) => text.replace(/^GPU \d+ /, '');

/** One sentence for a moment. */
export function sentenceOf({ event, gpus }: IMoment, trans: TranslationBundle): string {
  if (gpus.length < 2) {
    return event.text;
  }
  const count = gpus.length;
  const names = named(gpus, trans);
  switch (event.kind) {
    case 'gpu-appeared':
      return trans.__("%1 GPUs are new in the driver's list: %2.", count, names);
    case 'gpu-vanished':
      return trans.__("%1 GPUs are gone from the driver's list: %2.", count, names);
    case 'gpu-returned':
      return trans.__('%1 GPUs answer again: %2.', count, names);
    default:
      // What is wrong stands behind the first sentence, and is the same for all.
      return `${trans.__('%1 GPUs do not answer: %2.', count, names)}${event.text.replace(/^[^.]*\./, '')}`;
  }
}

/** `GPU 0, GPU 2 to GPU 5`. */
function named(gpus: readonly number[], trans: TranslationBundle): string {
  const runs: [from: number, to: number][] = [];
  for (const index of gpus) {
    const run = runs[runs.length - 1];
    if (run && index <= run[1] + 1) {
      run[1] = index;
    } else {
      runs.push([index, index]);
    }
  }
  const one = (index: number) => trans.__('GPU %1', index);
  return runs
    .map(([from, to]) =>
      to > from + 1 ? trans.__('%1 to %2', one(from), one(to)) : to > from ? `${one(from)}, ${one(to)}` : one(from)
    )
    .join(', ');
}
