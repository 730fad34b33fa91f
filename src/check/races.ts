/**
 * Which steps of a run race: they depend on each other directly, no third step lies between them in happens-before order.
 *
 * For a step that can be disabled the nearest dependent step is mostly what enabled it, and that pair cannot be reversed.
 * Its races are with the nearest steps before which it would have been enabled; sometimes it takes the joint absence of
 * several. Steps that wait for ever at the end of a run are looked at the same way. Each race, or set, found is handed to
 * the planner as the steps that are `gone`.
 */
import {
  canBlock,
  kinds,
  type Log,
  MAX_OBJECTS,
  MAX_TASKS,
  type Machine,
  type RunEnd,
} from "../sched/index.ts";
import type { Order } from "./order.ts";
import type { RacingStep } from "./racing-step.ts";
import { isLockKind } from "./waiting.ts";

const { AWAIT, CHOICE, NONE, W } = kinds;

/** Finds the races of the newest run. */
export class Races {
  readonly #machine: Machine;
  readonly #log: Log;
  readonly #order: Order;
  readonly #step: RacingStep;
  readonly #plan: () => void;
  readonly #covered: Int32Array = new Int32Array(MAX_TASKS + 1);
  readonly #heads: Int32Array = new Int32Array(MAX_OBJECTS * 2);
  /** Accesses before which a waiting step was not enabled: it takes the absence of several to enable it. */
  readonly #hindering: number[] = [];
  /** Sets of steps whose joint absence enables a waiting step. */
  readonly #sets: (readonly number[])[] = [];
  readonly #released: Int32Array = new Int32Array(MAX_TASKS + 1);

  /** @param plan called with the steps of each race in `step.gone` */
  constructor(machine: Machine, order: Order, step: RacingStep, plan: () => void) {
    this.#machine = machine;
    this.#log = machine.log;
    this.#order = order;
    this.#step = step;
    this.#plan = plan;
  }

  /** Looks at the new part of the run, and at what waits at its end. @param cut it was ended early */
  plan(from: number, end: RunEnd, cut: boolean): void {
    const log = this.#log;
    const machine = this.#machine;
    if (machine.tasks === 1) return;
    for (let i = from; i < log.length; i++) {
      if (log.kind[i] !== CHOICE && this.#mayRace(i)) {
        this.#step.lookAtEntry(i);
        this.#findRaces();
      }
    }
    if (end !== "blocked" && !cut && machine.daemons === 0) return;
    for (let t = 0; t < machine.tasks; t++) {
      if (machine.pendingKind[t] !== NONE && !machine.isEnabled(t)) {
        this.#step.lookAtPending(t);
        this.#findRaces();
      }
    }
  }

  /**
   * Can the step at `i` race with anything? Not when the newest access to each of its objects is a write that happens
   * before it by program order: most steps are ruled out by that.
   */
  #mayRace(i: number): boolean {
    const log = this.#log;
    const task = log.task[i];
    const nth = log.nth[i];
    const { stride, clock, entryOf } = this.#order;
    const own = nth > 1 ? entryOf[task][nth - 1] * stride : -1;
    const end = log.firstAccess[i + 1];
    for (let j = log.firstAccess[i]; j < end; j++) {
      const p = log.previousAccess[j];
      if (p < 0) continue;
      if (log.accessClass[p] !== W) return true;
      const e = log.entry[p];
      if (log.task[e] !== task && (own < 0 || clock[own + log.task[e]] < log.nth[e])) return true;
    }
    return false;
  }

  /**
   * Goes back over the accesses to the step's objects, newest first, and plans the reversal of each race.
   * What happens before a race already found is no race.
   */
  #findRaces(): void {
    const log = this.#log;
    const { stride } = this.#order;
    const blocking = canBlock(this.#step.kind);
    const covered = this.#covered;
    for (let t = 0; t < stride; t++) covered[t] = this.#step.base[t];
    const heads = this.#heads;
    const objects = this.#step.count;
    for (let k = 0; k < objects; k++) heads[k] = this.#step.newest[k];
    if (this.#hindering.length > 0) this.#hindering.length = 0;
    if (this.#sets.length > 0) this.#sets.length = 0;
    for (;;) {
      // The newest access among the objects' lists.
      let at = -1;
      for (let k = 0; k < objects; k++) if (heads[k] >= 0 && (at < 0 || heads[k] > heads[at])) at = k;
      if (at < 0) break;
      const e = log.entry[heads[at]];
      const known = covered[log.task[e]] >= log.nth[e];
      const race =
        !known && (blocking ? this.#blockingRace(e) : this.#conflictsWith(e, this.#step.classes[0]));
      // Step back over e in every list; a list ends at a write that is accounted for.
      for (let k = 0; k < objects; k++) {
        const j = heads[k];
        if (j < 0 || log.entry[j] !== e) continue;
        heads[k] = log.accessClass[j] === W && (known || race) ? -1 : log.previousAccess[j];
      }
      if (race) {
        this.#step.goneIs(e);
        this.#plan();
        this.#step.join(covered, e);
      }
    }
    if (!blocking) return;
    if (this.#hindering.length > 1) this.#findSets([], 0);
    for (const set of this.#sets) {
      if (!this.#isMinimal(set, covered)) continue;
      this.#step.gone.length = 0;
      for (const e of set) this.#step.gone.push(e);
      this.#plan();
    }
  }

  /** Does the step, with this class on its first object, conflict with e, which stands at the heads? */
  #conflictsWith(e: number, first: number): boolean {
    const heads = this.#heads;
    for (let k = 0; k < this.#step.count; k++) {
      if (this.#conflictsAt(heads[k], e, k === 0 ? first : this.#step.classes[k])) return true;
    }
    return false;
  }

  /** Would the waiting step be enabled without e alone, and conflict with it? If not, notes what else is in its way. */
  #blockingRace(e: number): boolean {
    const gone = this.#step.gone;
    this.#step.goneIs(e);
    if (this.#step.enabledWithoutGone()) {
      return this.#conflictsWith(e, this.#step.classAt(this.#step.cutValues[0]));
    }
    if (this.#step.kind === AWAIT || !isLockKind(this.#step.kind)) {
      if (this.#moves(e)) this.#hindering.push(e);
      return false;
    }
    // A lock: every holder that is left has to go as well.
    while (this.#addHolder()) if (this.#step.enabledWithoutGone()) break;
    const set = gone.filter((u) => !gone.some((w) => w !== u && this.#order.happensBefore(w, u)));
    if (set.length > 1 && this.#step.enabledWithoutGone()) this.#sets.push(set);
    return false;
  }

  /** Adds the newest acquisition of the lock that nothing left releases to what is gone; false if there is none. */
  #addHolder(): boolean {
    const log = this.#log;
    const released = this.#released;
    released.fill(0);
    let next = this.#step.values[0];
    for (let j = this.#step.newest[0]; j >= 0; j = log.previousAccess[j]) {
      const f = log.entry[j];
      const delta = next - log.before[j];
      if (!this.#step.isGone(f)) {
        const task = log.task[f];
        if (log.accessClass[j] === W) {
          if (next === 0 || (next > 0 && released[task] > 0)) return false;
          this.#step.gone.push(f);
          return true;
        }
        if (delta < 0) released[task]++;
        else if (delta > 0 && released[task]-- === 0) {
          this.#step.gone.push(f);
          return true;
        }
      }
      next = log.before[j];
    }
    return false;
  }

  /** Does e change the value of an object that decides whether the step is enabled? */
  #moves(e: number): boolean {
    const log = this.#log;
    for (let k = 0; k < this.#step.own; k++) {
      let next = this.#step.values[k];
      for (let j = this.#step.newest[k]; j >= 0 && log.entry[j] >= e; j = log.previousAccess[j]) {
        if (log.entry[j] === e) return log.accessClass[j] === W || next !== log.before[j];
        next = log.before[j];
      }
    }
    return false;
  }

  /** Sets of two and more unordered hindering steps whose joint absence enables the step. */
  #findSets(chosen: readonly number[], from: number): void {
    for (let i = from; i < this.#hindering.length; i++) {
      const e = this.#hindering[i];
      if (chosen.some((u) => this.#order.happensBefore(e, u) || this.#order.happensBefore(u, e))) continue;
      const set = [...chosen, e];
      if (set.length > 1) {
        this.#step.gone.length = 0;
        for (const u of set) this.#step.gone.push(u);
        if (this.#step.enabledWithoutGone()) {
          this.#sets.push(set);
          continue;
        }
      }
      this.#findSets(set, i + 1);
    }
  }

  /** Does the absence of these steps not entail a race found already, or another set? */
  #isMinimal(set: readonly number[], covered: Int32Array): boolean {
    const log = this.#log;
    if (set.some((u) => covered[log.task[u]] >= log.nth[u])) return false;
    return !this.#sets.some(
      (other) =>
        other !== set &&
        other.every((w) => set.some((u) => this.#order.happensBefore(u, w))) &&
        !(
          set.every((u) => other.some((w) => this.#order.happensBefore(w, u))) &&
          this.#sets.indexOf(set) < this.#sets.indexOf(other)
        ),
    );
  }

  #conflictsAt(access: number, e: number, accessClass: number): boolean {
    const log = this.#log;
    if (access < 0 || log.entry[access] !== e) return false;
    const other = log.accessClass[access];
    return other === W || other !== accessClass;
  }
}
