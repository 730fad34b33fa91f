/**
 * How many preemptions a trace needs: the least over all its interleavings.
 *
 * A preemption is a switch away from a task that could still take a step; switching when the running task waits or has
 * ended is free. Cutting runs of an optimal search that exceed a bound would lose traces that have another interleaving
 * within it. So a bounded exploration goes through all traces and judges each by its cheapest interleaving: sound, and no
 * faster than an unbounded one; what it gives is the smallest bound that shows a finding.
 */
import { canBlock, enabledAt, kinds, MAX_OBJECTS, type Machine } from "../sched/index.ts";
import type { Order } from "./order.ts";

const { AWAIT, NONE, W } = kinds;

/** The least number of preemptions over the interleavings of the newest run. */
export function preemptionsOf(machine: Machine, order: Order): number {
  return new Cheapest(machine, order).search();
}

class Cheapest {
  readonly #machine: Machine;
  readonly #order: Order;
  readonly #goal: readonly number[];

  constructor(machine: Machine, order: Order) {
    this.#machine = machine;
    this.#order = order;
    const row = machine.log.length * order.stride;
    this.#goal = Array.from(order.before.slice(row, row + machine.tasks));
  }

  /** 0-1 breadth-first search over (how far each task has come, who ran last). */
  search(): number {
    const tasks = this.#goal.length;
    let level: (readonly [number[], number])[] = [[this.#goal.map(() => 0), -1]];
    const seen = new Set<string>();
    for (let cost = 0; ; cost++) {
      const dearer: (readonly [number[], number])[] = [];
      for (let place = level.pop(); place !== undefined; place = level.pop()) {
        const [progress, last] = place;
        const key = `${progress.join()}:${last}`;
        if (seen.has(key)) continue;
        seen.add(key);
        if (progress.every((n, t) => n === this.#goal[t])) return cost;
        const preempts = last >= 0 && this.#canGoOn(progress, last);
        for (let t = 0; t < tasks; t++) {
          if (!this.#ready(progress, t)) continue;
          const next = progress.slice();
          next[t]++;
          (t === last || !preempts ? level : dearer).push([next, t]);
        }
      }
      level = dearer;
      if (level.length === 0) throw new Error("a trace cannot be put in order (a bug of the checker)");
    }
  }

  /** Does the trace let the task's next step come now? */
  #ready(progress: readonly number[], t: number): boolean {
    const n = progress[t] + 1;
    if (n > this.#goal[t]) return false;
    const row = this.#order.entryOf[t][n] * this.#order.stride;
    for (let u = 0; u < progress.length; u++)
      if (u !== t && this.#order.clock[row + u] > progress[u]) return false;
    return true;
  }

  /** Could the task take its next step now, in this trace or in another? */
  #canGoOn(progress: readonly number[], t: number): boolean {
    const { log } = this.#machine;
    const n = progress[t] + 1;
    if (n > this.#goal[t]) return this.#machine.pendingKind[t] !== NONE && this.#pendingEnabled(progress, t);
    const entry = this.#order.entryOf[t][n];
    const kind = log.kind[entry];
    if (!canBlock(kind)) return true;
    const values: number[] = [];
    for (let j = log.firstAccess[entry]; j < log.firstAccess[entry + 1]; j++) {
      values.push(this.#valueAt(log.object[j], progress));
    }
    const condition = kind === AWAIT ? this.#machine.conditions[log.operand[entry]] : null;
    return enabledAt(kind, condition, values, 0, this.#own(entry));
  }

  /** A task that waits for ever at the end may have been able to go on before. */
  #pendingEnabled(progress: readonly number[], t: number): boolean {
    const machine = this.#machine;
    const count = machine.pendingCount[t];
    const values: number[] = [];
    for (let k = 0; k < count; k++)
      values.push(this.#valueAt(machine.pendingObject[t * MAX_OBJECTS + k], progress));
    return enabledAt(machine.pendingKind[t], machine.pendingCondition[t], values, 0, count);
  }

  /** Objects of the step itself, without life marks. */
  #own(entry: number): number {
    const { log, memory } = this.#machine;
    const first = log.firstAccess[entry];
    const lives = new Set<number>();
    let own = 0;
    while (first + own < log.firstAccess[entry + 1] && !lives.has(log.object[first + own])) {
      lives.add(memory.lifeOf[log.object[first + own]]);
      own++;
    }
    return own;
  }

  /** Value of a word when each task has come so far. */
  #valueAt(word: number, progress: readonly number[]): number {
    const { log, memory } = this.#machine;
    let next = memory.nums[word];
    let added = 0;
    for (let j = log.lastAccess[word]; j >= 0; j = log.previousAccess[j]) {
      const entry = log.entry[j];
      if (log.nth[entry] <= progress[log.task[entry]]) {
        if (log.accessClass[j] === W) return next + added;
        added += next - log.before[j];
      }
      next = log.before[j];
    }
    return next + added;
  }
}
