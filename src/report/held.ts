/**
 * Who holds what at a moment of a told run: the locks that each task got and did not give back.
 */
import type { Told, ToldStep } from "./told.ts";

/** A lock that a task holds, and since which step. */
export interface Held {
  readonly task: number;
  readonly lock: string;
  /** `for reading`, `for writing`; empty where there is one way only. */
  readonly mode: string;
  readonly step: ToldStep;
}

/** Kinds that take a lock, by the mode they take it in; those that may fail say so in their outcome. */
const TAKES: Readonly<Record<string, string>> = {
  lock: "",
  trylock: "",
  "lock killable": "",
  "read lock": "for reading",
  "read trylock": "for reading",
  "read lock killable": "for reading",
  "write lock": "for writing",
  "write trylock": "for writing",
  "write lock killable": "for writing",
};
const MAY_FAIL = /trylock|killable/;
const GIVES: ReadonlySet<string> = new Set(["unlock", "read unlock", "write unlock"]);

/** Locks that are held behind the first `steps` steps: by task, each in the order they were taken. */
export function heldAt(told: Told, steps: number = told.steps.length): Held[] {
  const held = told.tasks.map(() => new Map<string, Held>());
  for (const step of told.steps.slice(0, steps)) {
    const { task, kind, object, outcome } = step;
    const mine = held[task]!;
    const mode = TAKES[kind];
    if (mode !== undefined && (!MAY_FAIL.test(kind) || outcome === 1))
      mine.set(object, { task, lock: object, mode, step });
    else if (kind === "downgrade") mine.set(object, { task, lock: object, mode: "for reading", step });
    else if (GIVES.has(kind)) mine.delete(object);
  }
  return held.flatMap((mine) => [...mine.values()]);
}

/** `fork holds parent.mmapLock for writing (step 3); swapoff holds child.mmapLock for reading (step 9)`; empty where nobody holds a lock. */
export function heldText(told: Told): string {
  const held = heldAt(told);
  return told.tasks
    .flatMap((name, task) => {
      const locks = held
        .filter((h) => h.task === task)
        .map(({ lock, mode, step }) => `${lock}${mode === "" ? "" : ` ${mode}`} (step ${step.number})`);
      return locks.length === 0 ? [] : [`${name} holds ${locks.join(", ")}`];
    })
    .join("; ");
}
