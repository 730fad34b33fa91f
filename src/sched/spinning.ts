/**
 * Spinning: a task that reads the same unchanged things over and over should wait instead.
 *
 * A step is *in vain* when it reads (or fails to take, or fails to exchange), the task has looked at the same objects
 * before, and nobody else has changed them in between. A row of such steps, with no write of the task's own between
 * them, gets longer and longer. What is counted is a property of the trace: it does not depend on the order of
 * independent steps, and it is kept by log entry, so that a replay knows it without counting.
 */
import { R, X } from "./kind.ts";
import type { Log } from "./log.ts";

/** Reads in a row by one task before they are looked at more closely. */
const SUSPICION = 16;

/** Counts of one machine. */
export class Spinning {
  readonly #log: Log;
  /** By log entry: reads without a write of its own that the task has done in a row. */
  #reads: Int32Array = new Int32Array(256);
  /** By log entry: of those, the last ones in vain. */
  inVain: Int32Array = new Int32Array(256);

  constructor(log: Log) {
    this.#log = log;
  }

  /** Counts reads in a row; behind a suspicious number of them, those that saw nothing new. */
  count(i: number, previous: number, accessClass: number, watch: boolean): void {
    if (i >= this.#reads.length) this.#grow();
    const reads =
      accessClass === R || accessClass === X ? (previous >= 0 ? this.#reads[previous] : 0) + 1 : 0;
    this.#reads[i] = reads;
    this.inVain[i] = reads > SUSPICION && watch && this.#sawNothingNew(i) ? this.inVain[previous] + 1 : 0;
  }

  /** The task has looked at all objects of the step before, and nobody else has changed them since. */
  #sawNothingNew(i: number): boolean {
    const log = this.#log;
    const task = log.task[i];
    for (let j = log.firstAccess[i]; j < log.firstAccess[i + 1]; j++) {
      let seen = false;
      for (let p = log.previousAccess[j]; p >= 0 && !seen; p = log.previousAccess[p]) {
        const e = log.entry[p];
        if (log.task[e] === task) seen = true;
        else if (log.accessClass[p] !== R && log.accessClass[p] !== X) return false;
      }
      if (!seen) return false;
    }
    return true;
  }

  /** A choice neither reads nor writes. */
  carry(i: number, previous: number): void {
    if (i >= this.#reads.length) this.#grow();
    this.#reads[i] = previous >= 0 ? this.#reads[previous] : 0;
    this.inVain[i] = previous >= 0 ? this.inVain[previous] : 0;
  }

  #grow(): void {
    this.#reads = doubled(this.#reads);
    this.inVain = doubled(this.inVain);
  }
}

function doubled(array: Int32Array): Int32Array {
  const grown = new Int32Array(array.length * 2);
  grown.set(array);
  return grown;
}
