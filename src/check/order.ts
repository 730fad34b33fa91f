/**
 * The happens-before order of a run: for every step, which steps of which tasks it depends on.
 *
 * Two steps are dependent when they belong to the same task, or name the same object with classes that conflict
 * (see `kind.ts` of `sched`). Happens-before is the transitive closure of dependency in log order; two runs with
 * the same steps and the same order are the same Mazurkiewicz trace. A step's *clock* says it all:
 *
 *     clock(i)[t] = number of steps of task t that happen before step i, or are step i
 *     e happens before i   iff   clock(i)[task of e] >= nth(e)
 *
 * Clocks are rows of one flat array, indexed by log entry; a choice has no clock of its own, it belongs to the step
 * in front of it. A prefix that stays the same between two runs keeps its clocks.
 *
 * The same walk adds up the *key* of the trace: a sum over the steps of a hash of (task, number, kind, objects,
 * classes, outcome, choices, clock). A sum does not depend on the order of independent steps, so that equal traces
 * have equal keys, on every machine: objects and tasks are hashed by name.
 */
import { hashText, kinds, type Log, type Machine } from "../sched/index.ts";

const { W, CHOICE } = kinds;

/** Clocks, step counts and key of the newest run of a machine. */
export class Order {
  /** Numbers per row: at least the tasks of the run. */
  stride = 4;
  /** `clock[i * stride + t]`; undefined for choices. */
  clock: Int32Array = new Int32Array(256 * 4);
  /** `before[i * stride + t]` = steps of t among the entries < i. Valid for i = number of entries as well. */
  before: Int32Array = new Int32Array(257 * 4);
  /** `entryOf[t][n]` = log entry of the n-th step of t, from 1. */
  readonly entryOf: Int32Array[] = [];
  /** Key of the first i entries: two independent sums. */
  #keyA: Int32Array = new Int32Array(257);
  #keyB: Int32Array = new Int32Array(257);
  readonly #machine: Machine;
  readonly #log: Log;
  /** Hash of each word's and task's name, 0 = not yet known. */
  #wordHash: Int32Array = new Int32Array(1 << 10);
  readonly #taskHash: Int32Array = new Int32Array(32);

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#log = machine.log;
  }

  /** Works out everything for the entries from `from` on; those before must be as they were. */
  update(from: number): void {
    const log = this.#log;
    const tasks = this.#machine.tasks;
    let start = from;
    if (tasks > this.stride) {
      this.stride = Math.max(tasks, this.stride * 2);
      start = 0;
      this.clock = new Int32Array(0);
      this.before = new Int32Array(0);
    }
    this.#reserve(log.length + 1);
    if (start === 0) {
      this.before.fill(0, 0, this.stride);
      this.#keyA[0] = 0;
      this.#keyB[0] = 0;
    }
    while (this.entryOf.length < this.stride) this.entryOf.push(new Int32Array(64));
    for (let i = start; i < log.length; i++) this.#entry(i);
  }

  #entry(i: number): void {
    const log = this.#log;
    const { stride, clock, before } = this;
    const task = log.task[i];
    const row = i * stride;
    const next = row + stride;
    for (let t = 0; t < stride; t++) before[next + t] = before[row + t];
    if (log.kind[i] === CHOICE) {
      this.#addChoiceKey(i, task);
      return;
    }
    const nth = log.nth[i];
    before[next + task] = nth;
    let entries = this.entryOf[task];
    if (nth >= entries.length) {
      entries = grown(entries, nth * 2);
      this.entryOf[task] = entries;
    }
    entries[nth] = i;
    if (nth > 1) {
      const own = entries[nth - 1] * stride;
      for (let t = 0; t < stride; t++) clock[row + t] = clock[own + t];
    } else {
      for (let t = 0; t < stride; t++) clock[row + t] = 0;
    }
    clock[row + task] = nth;
    const { object, accessClass, entry, previousAccess } = log;
    let hashA =
      Math.imul(nth, 0x2c1b3c6d) ^
      Math.imul(log.kind[i] + 1, 0x297a2d39) ^
      Math.imul(log.outcome[i], 0x1b56c4e9);
    const end = log.firstAccess[i + 1];
    for (let j = log.firstAccess[i]; j < end; j++) {
      const own = accessClass[j];
      for (let p = previousAccess[j]; p >= 0; p = previousAccess[p]) {
        const other = accessClass[p];
        if (own === W || own !== other) {
          const e = entry[p];
          if (clock[row + log.task[e]] < log.nth[e]) {
            const from = e * stride;
            for (let t = 0; t < stride; t++)
              if (clock[from + t] > clock[row + t]) clock[row + t] = clock[from + t];
          }
        }
        if (other === W) break; // what is older happens before it
      }
      hashA = Math.imul(hashA ^ this.#hashOfWord(object[j]), 0x85ebca6b) + own;
    }
    let sum = 0;
    for (let t = 0; t < stride; t++) {
      const n = clock[row + t];
      if (n !== 0) sum = (sum + Math.imul(n ^ (n << 16), this.#hashOfTask(t))) | 0;
    }
    this.#addKey(i, Math.imul(hashA ^ (hashA >>> 15), 0x27d4eb2f) ^ this.#hashOfTask(task), sum);
  }

  #addKey(i: number, a: number, b: number): void {
    let h = Math.imul(a ^ (b >>> 13) ^ (b << 11), 0x85ebca6b);
    h ^= h >>> 13;
    let g = Math.imul(b ^ (a >>> 15) ^ (a << 7), 0xc2b2ae35);
    g ^= g >>> 16;
    this.#keyA[i + 1] = (this.#keyA[i] + Math.imul(h, 0xc2b2ae35)) | 0;
    this.#keyB[i + 1] = (this.#keyB[i] + Math.imul(g, 0x27d4eb2f)) | 0;
  }

  #addChoiceKey(i: number, task: number): void {
    const log = this.#log;
    // The n-th choice behind the same step of the same task.
    let n = 1;
    for (let j = i - 1; j >= 0 && log.kind[j] === CHOICE; j--) if (log.task[j] === task) n++;
    const a = Math.imul(log.nth[i] * 64 + n, 0x2c1b3c6d) ^ this.#hashOfTask(task);
    this.#addKey(i, a, Math.imul(log.outcome[i] + 1, 0x297a2d39) ^ hashText(log.site[i]));
  }

  /** Key of the first `entries` entries: two 32-bit sums. */
  keyAt(entries: number): readonly [number, number] {
    return [this.#keyA[entries], this.#keyB[entries]];
  }

  #hashOfWord(word: number): number {
    if (word >= this.#wordHash.length) this.#wordHash = grown(this.#wordHash, word * 2);
    let hash = this.#wordHash[word];
    if (hash === 0) {
      hash = hashText(this.#machine.stableName(word)) | 1;
      this.#wordHash[word] = hash;
    }
    return hash;
  }

  #hashOfTask(task: number): number {
    let hash = this.#taskHash[task];
    if (hash === 0) {
      // The birth mark is named after (creating task, n-th spawn).
      hash = Math.imul(hashText(this.#machine.stableName(this.#machine.birthWord[task])), 0x9e3779b1) | 1;
      this.#taskHash[task] = hash;
    }
    return hash;
  }

  /** Does step `e` happen before step `i`, or is it step `i`? */
  happensBefore(e: number, i: number): boolean {
    return this.clock[i * this.stride + this.#log.task[e]] >= this.#log.nth[e];
  }

  #reserve(entries: number): void {
    const needed = entries * this.stride;
    if (needed + this.stride > this.before.length) {
      this.clock = grown(this.clock, needed * 2);
      this.before = grown(this.before, needed * 2 + this.stride);
    }
    if (entries >= this.#keyA.length) {
      this.#keyA = grown(this.#keyA, entries * 2);
      this.#keyB = grown(this.#keyB, entries * 2);
    }
  }
}

function grown(array: Int32Array, length: number): Int32Array {
  const copy = new Int32Array(Math.max(length, array.length));
  copy.set(array);
  return copy;
}
