/**
 * Who holds what at the end of a told run: the locks that each task got and did not give back.
 */
import type { Told } from "./told.ts";

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

/** `fork holds parent.mmapLock for writing; swapoff holds child.mmapLock for reading`; empty where nobody holds a lock. */
export function heldText(told: Told): string {
  const held = told.tasks.map(() => new Map<string, string>());
  for (const { task, kind, object, outcome } of told.steps) {
    const mine = held[task]!;
    const mode = TAKES[kind];
    if (mode !== undefined && (!MAY_FAIL.test(kind) || outcome === 1)) mine.set(object, mode);
    else if (kind === "downgrade") mine.set(object, "for reading");
    else if (GIVES.has(kind)) mine.delete(object);
  }
  return told.tasks
    .flatMap((name, task) => {
      const locks = [...held[task]!].map(([lock, mode]) => (mode === "" ? lock : `${lock} ${mode}`));
      return locks.length === 0 ? [] : [`${name} holds ${locks.join(", ")}`];
    })
    .join("; ");
}
