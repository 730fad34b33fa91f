/**
 * The event log of a run: what was executed, in order, as flat arrays. Explorers read this and the table of pending
 * steps and nothing else.
 *
 *   entry i   task  kind  operand  outcome  nth  previous   accesses [firstAccess(i), firstAccess(i + 1))
 *   access j  object  class  value before   entry   previous access of the same object
 *
 * An entry is a step or a choice. A choice has no accesses; it belongs to the step of its task directly before it.
 * `previous` links make two undo-free lists: all entries of a task, all accesses of an object. Cutting the log back
 * to a prefix is a walk over what is cut.
 */
import { CHOICE } from "./kind.ts";

/** Flat, growing arrays; every field may be read freely, only the machine writes. */
export class Log {
  /** Entries. */
  length = 0;
  task: Int32Array = new Int32Array(256);
  kind: Int32Array = new Int32Array(256);
  /** Expected value of CAS, amount of ADD, condition of AWAIT, site of CHOICE (interned). */
  operand: Float64Array = new Float64Array(256);
  /** Result register after the step; outcome of a choice. */
  outcome: Float64Array = new Float64Array(256);
  /** Number of this step among the steps of its task, from 1; for a choice, of the step it belongs to. */
  nth: Int32Array = new Int32Array(256);
  /** Entry before this one of the same task, -1 if none. */
  previous: Int32Array = new Int32Array(256);
  /** First access of the entry. Valid for `length` as well. */
  firstAccess: Int32Array = new Int32Array(257);
  /** Task, kind and word of a step that a replay repeats by a glance (see `repeats`); 0 for all others. */
  mark: Int32Array = new Int32Array(256);
  /** What such a step saw in its object. */
  seen: Float64Array = new Float64Array(256);
  /** Function named by the step. */
  site: string[] = [];

  /** Accesses. */
  accesses = 0;
  object: Int32Array = new Int32Array(1024);
  accessClass: Uint8Array = new Uint8Array(1024);
  before: Float64Array = new Float64Array(1024);
  entry: Int32Array = new Int32Array(1024);
  /** Access before this one of the same object, -1 if none. */
  previousAccess: Int32Array = new Int32Array(1024);
  /** Last access of each object, -1 if none. Indexed by word. */
  lastAccess: Int32Array = new Int32Array(1 << 12).fill(-1);
  /** Last entry of each task, -1 if none. */
  lastEntry: Int32Array = new Int32Array(32).fill(-1);

  /** Appends a step; its accesses follow through `access`. */
  append(task: number, kind: number, operand: number, outcome: number, nth: number, site: string): number {
    const i = this.length;
    if (i + 1 >= this.task.length) this.#growEntries();
    this.task[i] = task;
    this.kind[i] = kind;
    this.operand[i] = operand;
    this.outcome[i] = outcome;
    this.nth[i] = nth;
    this.mark[i] = 0;
    this.site[i] = site;
    this.previous[i] = this.lastEntry[task];
    this.lastEntry[task] = i;
    this.firstAccess[i] = this.accesses;
    this.firstAccess[i + 1] = this.accesses;
    this.length = i + 1;
    return i;
  }

  /** Entry `i` can be repeated by a glance: a step without an effect of its own, on one object that lives. */
  markQuick(i: number, task: number, kind: number, word: number, value: number): void {
    if (word >= MARKED_WORDS) return;
    this.mark[i] = (word << 11) | (task << 6) | kind;
    this.seen[i] = value;
  }

  /** Is this step, with its object at `value`, what entry `i` says, and that entry one of those? */
  repeats(i: number, task: number, kind: number, word: number, value: number): boolean {
    return this.mark[i] === ((word << 11) | (task << 6) | kind) && this.seen[i] === value;
  }

  /** Adds an access to the entry appended last. */
  access(object: number, accessClass: number, before: number): void {
    const j = this.accesses;
    if (j >= this.object.length) this.#growAccesses();
    this.object[j] = object;
    this.accessClass[j] = accessClass;
    this.before[j] = before;
    this.entry[j] = this.length - 1;
    this.previousAccess[j] = this.lastAccess[object];
    this.lastAccess[object] = j;
    this.accesses = j + 1;
    this.firstAccess[this.length] = j + 1;
  }

  /** Newest step among the first `entries`, -1 if there is none. */
  stepBefore(entries: number): number {
    let i = entries - 1;
    while (i >= 0 && this.kind[i] === CHOICE) i--;
    return i;
  }

  /** Cuts the log back to its first `length` entries. */
  cut(length: number): void {
    if (length >= this.length) return;
    const first = this.firstAccess[length];
    for (let j = this.accesses - 1; j >= first; j--) this.lastAccess[this.object[j]] = this.previousAccess[j];
    for (let i = this.length - 1; i >= length; i--) this.lastEntry[this.task[i]] = this.previous[i];
    this.accesses = first;
    this.length = length;
  }

  /** Makes room in the per-object table for words up to `size`. */
  reserveObjects(size: number): void {
    if (size <= this.lastAccess.length) return;
    const grown = new Int32Array(Math.max(size, this.lastAccess.length * 2)).fill(-1);
    grown.set(this.lastAccess);
    this.lastAccess = grown;
  }

  /** Steps among the first `length` entries; choices not counted. */
  steps(length: number = this.length): number {
    let n = 0;
    for (let i = 0; i < length; i++) if (this.kind[i] !== CHOICE) n++;
    return n;
  }

  #growEntries(): void {
    const capacity = this.task.length * 2;
    this.task = grownInts(this.task, capacity);
    this.kind = grownInts(this.kind, capacity);
    const operand = new Float64Array(capacity);
    operand.set(this.operand);
    this.operand = operand;
    const outcome = new Float64Array(capacity);
    outcome.set(this.outcome);
    this.outcome = outcome;
    this.nth = grownInts(this.nth, capacity);
    this.previous = grownInts(this.previous, capacity);
    this.mark = grownInts(this.mark, capacity);
    const seen = new Float64Array(capacity);
    seen.set(this.seen);
    this.seen = seen;
    this.firstAccess = grownInts(this.firstAccess, capacity + 1);
  }

  #growAccesses(): void {
    const capacity = this.object.length * 2;
    this.object = grownInts(this.object, capacity);
    const classes = new Uint8Array(capacity);
    classes.set(this.accessClass);
    this.accessClass = classes;
    const before = new Float64Array(capacity);
    before.set(this.before);
    this.before = before;
    this.entry = grownInts(this.entry, capacity);
    this.previousAccess = grownInts(this.previousAccess, capacity);
  }
}

/** Words from here on have no mark. */
const MARKED_WORDS = 2 ** 20;

function grownInts(array: Int32Array, capacity: number): Int32Array {
  const grown = new Int32Array(capacity);
  grown.set(array);
  return grown;
}
