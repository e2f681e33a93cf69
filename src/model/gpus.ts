/** The GPUs of the server's machine and their last minutes, read only while somebody looks. */
import type { ApiError, IClient } from '../api/client';
import type { components } from '../api/types';
import { kept } from './kept';
import type { Past } from './past';
import { Watched } from './watched';

type Gpus = components['schemas']['Gpus'];
type Sample = Gpus['samples'][number];

const INTERVAL_MS = 2000;
/** A server that reads very often must not fill the browser. */
const MOST_SAMPLES = 3600;

/** What is known of the GPUs, and why it may be old. */
export interface IGpusState {
  /** The last good answer; its `samples` are only those that were new in it. */
  readonly gpus: Gpus | null;
  /** The latest sample; null before the first. */
  readonly latest: Sample | null;
  /** The samples of as much of the past as the user wants, oldest first; a new array whenever there is a new one. */
  readonly history: readonly Sample[];
  /** Why the last question failed; null when it did not. */
  readonly problem: ApiError | null;
}

export class GpusModel extends Watched {
  constructor(
    private readonly client: IClient,
    private readonly past: Pick<Past, 'minutes'>
  ) {
    super('gpus', INTERVAL_MS);
  }

  get state(): IGpusState {
    const { gpus, history, problem } = this;
    // Values of a GPU that is gone are not its values.
    const latest = gpus?.devices.length ? this.latest : null;
    return { gpus, latest, history, problem };
  }

  protected async ask(): Promise<void> {
    const gpus = kept(this.gpus, await this.client.gpus(this.gpus?.seq ?? 0));
    this.gpus = gpus;
    this.latest = gpus.samples[gpus.samples.length - 1] ?? this.latest;
    this.history = appended(this.history, gpus.samples, 60 * this.past.minutes);
    this.interval = gpus.interval_s * 1000;
  }

  private gpus: Gpus | null = null;
  private latest: Sample | null = null;
  private history: readonly Sample[] = [];
}

/**
 * The history with what is new in it, without what is too old, and in order even when the server's clock was put back.
 * Of samples that come faster than there is room for, the first in each stretch stays: the whole past fits.
 */
export function appended(history: readonly Sample[], samples: readonly Sample[], longestS: number): readonly Sample[] {
  const [first] = samples;
  const last = samples[samples.length - 1];
  if (!first || !last) {
    return history;
  }
  const stretch = (sample: Sample | undefined) => sample && Math.floor((sample.at_s / longestS) * MOST_SAMPLES);
  const all = history.filter(sample => sample.at_s < first.at_s && sample.at_s > last.at_s - longestS);
  for (const sample of samples) {
    if (sample.at_s > last.at_s - longestS && stretch(sample) !== stretch(all[all.length - 1])) {
      all.push(sample);
    }
  }
  return all;
}
