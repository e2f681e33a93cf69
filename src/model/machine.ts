/** What only the views need: made when the first of them is shown, and the same for all. */
import type { IStateDB } from '@jupyterlab/statedb';

import type { IClient } from '../api/client';
import { Choices } from './choices';
import { EventsModel } from './events';
import { GpusModel } from './gpus';
import type { Past } from './past';
import { PlacementModel } from './placement';

export interface IMachine {
  readonly gpus: GpusModel;
  readonly events: EventsModel;
  readonly placement: PlacementModel;
  readonly choices: Choices;
}

const made = new WeakMap<IClient, IMachine>();

/** The models over this client; `database` is where the user's choices are kept. */
export function machineOf(client: IClient, database: IStateDB | null, past: Past): IMachine {
  const machine = made.get(client) ?? {
    gpus: new GpusModel(client, past),
    events: new EventsModel(client),
    placement: new PlacementModel(client),
    choices: new Choices(database)
  };
  made.set(client, machine);
  return machine;
}
