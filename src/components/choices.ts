/** What the user has chosen in the views, wherever it is kept. */
import * as React from 'react';

export type Choice = boolean | number | string | string[];

export interface IChoices {
  get: (key: string) => Choice | undefined;
  set: (key: string, choice: Choice) => void;
}

function inMemory(): IChoices {
  const chosen = new Map<string, Choice>();
  return { get: key => chosen.get(key), set: (key, choice) => void chosen.set(key, choice) };
}

export const ChoicesContext = React.createContext<IChoices | null>(null);

/** A choice of this kind, and how to change it; without a provider it lives as long as its component. */
export function useChoice<T extends Choice>(key: string, otherwise: T): [T, (choice: T) => void] {
  const [own] = React.useState(inMemory);
  const choices = React.useContext(ChoicesContext) ?? own;
  const [, renew] = React.useReducer((count: number) => count + 1, 0);
  const kept = choices.get(key);
  const isOfThisKind = typeof kept === typeof otherwise && Array.isArray(kept) === Array.isArray(otherwise);
  const set = (choice: T) => {
    choices.set(key, choice);
    renew();
  };
  return [isOfThisKind ? (kept as T) : otherwise, set];
}
