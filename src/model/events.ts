/** What happened to the GPUs and to the kernels' use of them, as the server noticed it. */
import type { IClient } from '../api/client';
import type { components } from '../api/types';
import { Watched } from './watched';

type Event = components['schemas']['Event'];

const INTERVAL_MS = 5000;
const MOST_EVENTS = 200;

export class EventsModel extends Watched {
  constructor(private readonly client: IClient) {
    super('events', INTERVAL_MS);
  }

  /** The latest events, newest first; null before the first answer. */
  get events(): readonly Event[] | null {
    return this._events;
  }

  protected async ask(): Promise<void> {
    const answer = await this.client.events(this.seq);
    const isRestarted = answer.seq < this.seq;
    const before = isRestarted ? [] : (this._events ?? []);
    this.seq = answer.seq;
    if (answer.events.length || before !== this._events) {
      this._events = [...[...answer.events].reverse(), ...before].slice(0, MOST_EVENTS);
    }
  }

  private seq = 0;
  private _events: readonly Event[] | null = null;
}
