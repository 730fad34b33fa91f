/**
 * Going in circles: a task that does the same over and over and sees the same every time should wait instead.
 *
 *     A   read x = 0 | read x = 0 | read x = 0 | ...            spinning: nobody changes x in between
 *     A   lock a, trylock b fails, unlock a | lock a, ...       livelock: B takes b and gives it back in every round
 *
 * A *round* is a row of steps and choices of one task. Two rounds are the same when their steps agree in kind, objects,
 * classes and what they saw, and the plain code behind them touched the same words with the same values. So a walk over
 * many rows that looks at one common word in between is progress, and so is a loop that moves a counter in a field.
 * A counter in a local variable is invisible: a loop that only counts there is taken for endless when it goes on for
 * more rounds than the machine's `spinLimit`.
 *
 * A step that adds without looking is progress: what was there before it depends on the order of independent steps.
 * Everything that is compared is a property of the trace, and verdicts are kept by log entry, so that a replay knows
 * them without counting.
 */
import { A, conflicts, R, W, X } from "./kind.ts";
import type { Log } from "./log.ts";

/** Longest round looked for, in entries. */
const MOST_PER_ROUND = 64;
/** A task that writes is looked at once every so many of its steps. */
const EVERY = 128;

/** Verdicts on an entry. */
export const SPINS = 1;
/** Others take steps in every round: each keeps the other trying. */
export const KEPT_TRYING = 2;

/** Circles of one machine. */
export class Spinning {
  readonly #log: Log;
  /** By log entry: reads without a write of its own that the task has done in a row. */
  #reads: Int32Array = new Int32Array(256);
  /** By log entry: what the plain code behind it touched, folded. */
  #plain: Int32Array = new Int32Array(256);
  /** By log entry: 0, `SPINS` or `KEPT_TRYING`. */
  verdict: Uint8Array = new Uint8Array(256);

  constructor(log: Log) {
    this.#log = log;
  }

  /** A new step. @param previous entry of the task before it @param limit rounds that make a circle, 0 = do not look */
  count(i: number, previous: number, accessClass: number, nth: number, limit: number): void {
    if (i >= this.#reads.length) this.#grow();
    const reads =
      accessClass === R || accessClass === X ? (previous >= 0 ? this.#reads[previous] : 0) + 1 : 0;
    this.#reads[i] = reads;
    this.#plain[i] = 0;
    const look = limit > 0 && (nth % EVERY === 0 || (reads >= limit && reads % limit === 0));
    this.verdict[i] = look ? this.#judge(i, limit) : 0;
  }

  /** A choice neither reads nor writes. */
  carry(i: number, previous: number): void {
    if (i >= this.#reads.length) this.#grow();
    this.#reads[i] = previous >= 0 ? this.#reads[previous] : 0;
    this.#plain[i] = 0;
    this.verdict[i] = 0;
  }

  /** The plain code behind entry `i` touched a word. @param value what is there, or was there before */
  touched(i: number, word: number, value: number): void {
    if (i >= 0) this.#plain[i] = Math.imul(this.#plain[i] ^ word, 0x2c1b3c6d) + value;
  }

  /** The plain code behind entry `i` changed something whose value is no number: that is progress. */
  moved(i: number): void {
    if (i >= 0) this.#plain[i] = Math.imul(this.#plain[i] ^ i, 0x297a2d39) + 1;
  }

  /** Are the newest entries of the task `limit` rounds of one circle? */
  #judge(i: number, limit: number): number {
    const { previous } = this.#log;
    let before = previous[i];
    for (let length = 1; length <= MOST_PER_ROUND && before >= 0; length++, before = previous[before]) {
      let same = this.#sameStep(i, before) ? 1 : 0;
      if (same === 0) continue;
      const enough = length * (limit - 1);
      let a = previous[i];
      let b = previous[before];
      while (same < enough && b >= 0 && this.#plain[a] === this.#plain[b] && this.#sameStep(a, b)) {
        same++;
        a = previous[a];
        b = previous[b];
      }
      if (same >= enough) return this.#othersTookPart(i, length) ? KEPT_TRYING : SPINS;
    }
    return 0;
  }

  #sameStep(a: number, b: number): boolean {
    const log = this.#log;
    if (log.kind[a] !== log.kind[b] || log.operand[a] !== log.operand[b]) return false;
    if (log.outcome[a] !== log.outcome[b]) return false;
    const first = log.firstAccess[a];
    const other = log.firstAccess[b];
    const count = log.firstAccess[a + 1] - first;
    if (log.firstAccess[b + 1] - other !== count) return false;
    for (let j = 0; j < count; j++) {
      const own = log.accessClass[first + j];
      if (own === A || own !== log.accessClass[other + j]) return false;
      if (log.object[first + j] !== log.object[other + j]) return false;
      if (own === W && log.before[first + j] !== log.before[other + j]) return false;
    }
    return true;
  }

  /** Did a step of another task reach, in the newest round, an object the task looks at or changes? */
  #othersTookPart(i: number, length: number): boolean {
    const log = this.#log;
    const task = log.task[i];
    for (let n = 0, e = i; n < length; n++, e = log.previous[e]) {
      for (let j = log.firstAccess[e]; j < log.firstAccess[e + 1]; j++) {
        for (let p = log.previousAccess[j]; p >= 0; p = log.previousAccess[p]) {
          if (log.task[log.entry[p]] === task) break;
          if (conflicts(log.accessClass[p], log.accessClass[j])) return true;
        }
      }
    }
    return false;
  }

  #grow(): void {
    this.#reads = doubled(this.#reads);
    this.#plain = doubled(this.#plain);
    const verdict = new Uint8Array(this.verdict.length * 2);
    verdict.set(this.verdict);
    this.verdict = verdict;
  }
}

function doubled(array: Int32Array): Int32Array {
  const grown = new Int32Array(array.length * 2);
  grown.set(array);
  return grown;
}
