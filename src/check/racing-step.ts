/**
 * The step whose races are looked for: executed at `entry`, or waiting at the end of the run (`entry` = length of the log).
 *
 *     objects, classes     what it names, and what it does to each
 *     newest, values       the newest access to each before it, and the value there
 *     base                 what happens before it by program order
 *     gone                 steps taken out of the run, with all that depends on them: would it be enabled then, and as what?
 *
 * One instance, filled anew for each step: nothing is allocated per step.
 */
import {
  type Condition,
  canBlock,
  classAt,
  enabledAt,
  kinds,
  type Log,
  MAX_OBJECTS,
  MAX_TASKS,
  type Machine,
} from "../sched/index.ts";
import type { Order } from "./order.ts";

const { AWAIT, R, W } = kinds;

/** A step and what stands before it. */
export class RacingStep {
  task = 0;
  entry = 0;
  kind = 0;
  condition: Condition | null = null;
  /** Objects it names, their classes, the newest access before it (-1 if none) and the value there. */
  count = 0;
  readonly objects: Int32Array = new Int32Array(MAX_OBJECTS * 2);
  readonly classes: Int32Array = new Int32Array(MAX_OBJECTS * 2);
  readonly newest: Int32Array = new Int32Array(MAX_OBJECTS * 2);
  readonly values: Float64Array = new Float64Array(MAX_OBJECTS * 2);
  /** Objects that decide class and being enabled: the first so many. */
  own = 0;
  /** Clocks: what happens before the step by program order; the same and what was found to race. */
  readonly base: Int32Array = new Int32Array(MAX_TASKS + 1);
  readonly cutValues: Float64Array = new Float64Array(MAX_OBJECTS * 2);
  /** Steps taken out of the run, with all that depends on them. */
  readonly gone: number[] = [];
  readonly #machine: Machine;
  readonly #log: Log;
  readonly #order: Order;

  constructor(machine: Machine, order: Order) {
    this.#machine = machine;
    this.#log = machine.log;
    this.#order = order;
  }

  lookAtEntry(i: number): void {
    const log = this.#log;
    this.task = log.task[i];
    this.entry = i;
    this.kind = log.kind[i];
    this.#setBase(log.nth[i]);
    const birth = log.nth[i] === 1 ? this.#machine.birthWord[this.task] : 0;
    let count = 0;
    for (let j = log.firstAccess[i]; j < log.firstAccess[i + 1]; j++) {
      if (birth !== 0 && log.object[j] === birth) {
        this.join(this.base, log.entry[log.previousAccess[j]]);
        continue;
      }
      this.objects[count] = log.object[j];
      this.classes[count] = log.accessClass[j];
      this.newest[count] = log.previousAccess[j];
      this.values[count] = log.before[j];
      count++;
    }
    this.count = count;
    if (canBlock(this.kind))
      this.#setOwn(this.kind === AWAIT ? this.#machine.conditions[log.operand[i]] : null);
  }

  /** Class of the step on its first object, with that object at `value`. */
  classAt(value: number): number {
    const { operand } = this.#log;
    const entry = this.entry;
    return classAt(
      this.kind,
      entry < this.#log.length ? operand[entry] : this.#machine.pendingOperand[this.task],
      value,
    );
  }

  /** A waiting step looks at its own objects; the life marks behind them say nothing about being enabled. */
  #setOwn(condition: Condition | null): void {
    const { lifeOf } = this.#machine.memory;
    this.condition = condition;
    let own = 1;
    const isLife = (word: number): boolean => {
      for (let k = 0; k < own; k++) if (lifeOf[this.objects[k]] === word) return true;
      return false;
    };
    while (own < this.count && !isLife(this.objects[own])) own++;
    this.own = own;
  }

  lookAtPending(t: number): void {
    const machine = this.#machine;
    const log = this.#log;
    const { lifeOf } = machine.memory;
    this.task = t;
    this.entry = log.length;
    this.kind = machine.pendingKind[t];
    this.count = 0;
    const steps = this.#order.before[log.length * this.#order.stride + t];
    this.#setBase(steps + 1);
    const birth = machine.birthWord[t];
    if (steps === 0 && log.lastAccess[birth] >= 0) this.join(this.base, log.entry[log.lastAccess[birth]]);
    const count = machine.pendingCount[t];
    for (let k = 0; k < count; k++) {
      this.#addObject(machine.pendingObject[t * MAX_OBJECTS + k], machine.pendingClass(t, k));
    }
    for (let k = 0; k < count; k++) {
      const life = lifeOf[this.objects[k]];
      if (life >= 0 && this.at(life) < 0) this.#addObject(life, R);
    }
    this.own = count;
    this.condition = machine.pendingCondition[t];
  }

  #addObject(word: number, accessClass: number): void {
    const k = this.count++;
    this.objects[k] = word;
    this.classes[k] = accessClass;
    this.newest[k] = this.#log.lastAccess[word];
    this.values[k] = this.#machine.memory.nums[word];
  }

  /** Place of an object among those of the step, -1 if it is none of them. */
  at(object: number): number {
    for (let k = 0; k < this.count; k++) if (this.objects[k] === object) return k;
    return -1;
  }

  #setBase(nth: number): void {
    const { stride, clock, entryOf } = this.#order;
    const base = this.base;
    if (nth > 1) {
      const row = entryOf[this.task][nth - 1] * stride;
      for (let t = 0; t < stride; t++) base[t] = clock[row + t];
    } else {
      for (let t = 0; t < stride; t++) base[t] = 0;
    }
  }

  join(into: Int32Array, entry: number): void {
    const { stride, clock } = this.#order;
    const row = entry * stride;
    for (let t = 0; t < stride; t++) if (clock[row + t] > into[t]) into[t] = clock[row + t];
  }

  /** Only this step is gone. */
  goneIs(entry: number): void {
    if (this.gone.length !== 1) this.gone.length = 1; // setting a length is dear
    this.gone[0] = entry;
  }

  isGone(f: number): boolean {
    const gone = this.gone;
    for (let i = 0; i < gone.length; i++) if (this.#order.happensBefore(gone[i], f)) return true;
    return false;
  }

  /** Would the step be enabled if what is gone had not happened? */
  enabledWithoutGone(): boolean {
    const values = this.cutValues;
    for (let k = 0; k < this.own; k++) values[k] = this.valueWithoutGone(k);
    return enabledAt(this.kind, this.condition, values, 0, this.own);
  }

  /**
   * Value of the step's k-th object right before the step, had what is gone not happened: what the newest remaining
   * write left, moved by what the remaining commuting steps after it added.
   */
  valueWithoutGone(k: number): number {
    const log = this.#log;
    let next = this.values[k];
    let added = 0;
    for (let j = this.newest[k]; j >= 0; j = log.previousAccess[j]) {
      if (!this.isGone(log.entry[j])) {
        if (log.accessClass[j] === W) return next + added;
        added += next - log.before[j];
      }
      next = log.before[j];
    }
    return next + added;
  }
}
