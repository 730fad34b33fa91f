/**
 * Who holds what: locks, read sections and places in queues, per holder, in the order in which they were taken.
 *
 *   holder 0 = sequential code, t + 1 = task t
 *   entry    = word * 2 + (1 when taken for writing)
 *
 * A holder of a spinlock, of an irq line or inside an RCU read section is in *atomic context*: it may not sleep.
 */

import { MAX_TASKS } from "./protocol.ts";
import { IRQ, RCU, SPIN } from "./roles.ts";

/** What every holder holds. */
export class Holds {
  /** Entries by holder, oldest first. */
  readonly list: number[][] = Array.from({ length: MAX_TASKS + 1 }, () => []);
  /** Subclass with which each entry was taken, for the order of locks. */
  readonly subclasses: number[][] = Array.from({ length: MAX_TASKS + 1 }, () => []);
  /** How deep each holder is in atomic context. */
  readonly atomicDepth: Int32Array = new Int32Array(MAX_TASKS + 1);
  /** Something was taken or dropped since the mark came back. */
  #changed = false;
  /** What sequential code held at the mark. */
  #atMark: readonly number[] = [];
  #subclassesAtMark: readonly number[] = [];
  #depthAtMark = 0;

  take(holder: number, word: number, write: boolean, role: number, subclass: number): void {
    this.#changed = true;
    this.list[holder].push(word * 2 + (write ? 1 : 0));
    this.subclasses[holder].push(subclass);
    if (role === SPIN || role === IRQ || role === RCU) this.atomicDepth[holder]++;
  }

  /** False when the holder does not hold it that way. */
  drop(holder: number, word: number, write: boolean, role: number): boolean {
    const list = this.list[holder];
    const subclasses = this.subclasses[holder];
    const entry = word * 2 + (write ? 1 : 0);
    let at = list.length - 1;
    while (at >= 0 && list[at] !== entry) at--;
    if (at < 0) return false;
    this.#changed = true;
    for (let i = at + 1; i < list.length; i++) {
      list[i - 1] = list[i];
      subclasses[i - 1] = subclasses[i];
    }
    list.pop();
    subclasses.pop();
    if (role === SPIN || role === IRQ || role === RCU) this.atomicDepth[holder]--;
    return true;
  }

  has(holder: number, word: number, write: boolean): boolean {
    return this.list[holder].includes(word * 2 + (write ? 1 : 0));
  }

  /** How often the holder took it, either way. */
  count(holder: number, word: number): number {
    return this.list[holder].reduce((n, entry) => (entry >> 1 === word ? n + 1 : n), 0);
  }

  /** How often the holder took it for reading. */
  readDepth(holder: number, word: number): number {
    return this.list[holder].reduce((n, entry) => (entry === word * 2 ? n + 1 : n), 0);
  }

  /** Tasks that hold the word in any way. */
  tasksHolding(word: number, tasks: number): number[] {
    const found: number[] = [];
    for (let t = 0; t < tasks; t++) if (this.list[t + 1].some((entry) => entry >> 1 === word)) found.push(t);
    return found;
  }

  mark(): void {
    this.#atMark = [...this.list[0]];
    this.#subclassesAtMark = [...this.subclasses[0]];
    this.#depthAtMark = this.atomicDepth[0];
    this.#changed = false;
  }

  reset(): void {
    if (!this.#changed) return;
    this.#changed = false;
    for (const list of this.list) if (list.length > 0) list.length = 0;
    for (const list of this.subclasses) if (list.length > 0) list.length = 0;
    this.list[0].push(...this.#atMark);
    this.subclasses[0].push(...this.#subclassesAtMark);
    this.atomicDepth.fill(0);
    this.atomicDepth[0] = this.#depthAtMark;
  }
}
