/** How the user has arranged the views: what is folded, which charts are shown. Kept with the workspace. */
import type { IStateDB } from '@jupyterlab/statedb';
import { Signal, type ISignal } from '@lumino/signaling';

const ID = 'tfgpu-lab:choices';

export type Choice = boolean | number | string | string[];

export class Choices {
  constructor(private readonly database: IStateDB | null) {
    void database
      ?.fetch(ID)
      .then(kept => {
        this.chosen = { ...(kept as Record<string, Choice> | undefined), ...this.chosen };
        this._changed.emit();
      })
      .catch((reason: unknown) => console.warn('TFGPU Lab has lost how its views were arranged:', reason));
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** What was chosen; undefined when nothing was. */
  get(key: string): Choice | undefined {
    return this.chosen[key];
  }

  set(key: string, choice: Choice): void {
    this.chosen = { ...this.chosen, [key]: choice };
    void this.database?.save(ID, this.chosen);
    this._changed.emit();
  }

  private readonly _changed = new Signal<this, void>(this);
  private chosen: Record<string, Choice> = {};
}
