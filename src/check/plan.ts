/**
 * Planning the reversal of a race.
 *
 *     run:   ... | e | ... steps that depend on e ... steps that do not ... | i
 *     v:             the steps behind e that do not depend on it, then i
 *
 * v is planned from the node of e, unless what sleeps there or is planned there already leads to it. Where a known step is
 * not part of v, its outcomes say something only if the run at hand executes that very step, later, with the same history;
 * otherwise all outcomes together must be covered, as far as the fault budget goes.
 */
import { kinds, type Log, MAX_OBJECTS, MAX_TASKS, type Machine } from "../sched/index.ts";
import type { Order } from "./order.ts";
import type { RacingStep } from "./racing-step.ts";
import { NO_CHILDREN, NO_NUMBERS, NO_STEPS, type SearchNode } from "./search-node.ts";
import { coverAll, type PlannedStep, type WakeupNode } from "./wakeup.ts";

const { CHOICE, W } = kinds;

/** How a step of the sequence to be planned relates to a step already known at a node. */
const APART = 0;
const FIRST = 1;
const COMMUTES = 2;
const UNKNOWN = 3;
/** It is the step at the end of v, whose outcomes there are not known. */
const UNKNOWN_FIRST = 4;

/** Kinds whose class on their first object depends on its value. */
function mayChangeClass(kind: number): boolean {
  switch (kind) {
    case kinds.READ:
    case kinds.WRITE:
    case kinds.RMW:
    case kinds.ADD:
    case kinds.LOAD_ACQUIRE:
    case kinds.STORE_RELEASE:
      return false;
    default:
      return true;
  }
}

/** What planning needs from the search it belongs to. */
export interface PlanHost {
  readonly nodes: readonly SearchNode[];
  /** Entries below it are somebody else's: nothing is planned there. */
  readonly floor: number;
  /** Most faults in one execution. */
  readonly faultBudget: number;
  /** The step at `entry` as a copy that outlives the run. */
  copyOf(entry: number): PlannedStep;
  /** The step that the choices before `entry` belong to. */
  stepBefore(entry: number): number;
}

/** Plans for one search. */
export class Planner {
  readonly #log: Log;
  readonly #order: Order;
  readonly #step: RacingStep;
  readonly #host: PlanHost;
  /** The earliest of the steps that are gone. */
  #e = 0;
  /** Steps of each task that lie before e, or that a walk down the tree has taken out of v. */
  readonly #removed: Int32Array = new Int32Array(MAX_TASKS + 1);
  /** Clock of the step after the reversal, and its classes there. */
  readonly #cut: Int32Array = new Int32Array(MAX_TASKS + 1);
  readonly #cutClasses: Int32Array = new Int32Array(MAX_OBJECTS * 2);
  /** Number of the step among those of its task. */
  #nth = 0;
  /** The step itself has been removed. */
  #stepRemoved = false;

  constructor(machine: Machine, order: Order, step: RacingStep, host: PlanHost) {
    this.#log = machine.log;
    this.#order = order;
    this.#step = step;
    this.#host = host;
  }

  /** Plans the reversal of the race of `step` with what is gone. */
  plan(): void {
    let e = this.#step.gone[0];
    for (const u of this.#step.gone) if (u < e) e = u;
    if (e < this.#host.floor) return;
    this.#e = e;
    const { stride, before } = this.#order;
    const node = this.#host.nodes[e];
    this.#nth = before[this.#step.entry * stride + this.#step.task] + 1;
    this.#stepRemoved = false;
    const removed = this.#removed;
    for (let t = 0; t < stride; t++) removed[t] = before[e * stride + t];
    this.#classifyWithout(e);
    let unknown = false;
    for (const s of node.sleep) {
      const relation = this.#relate(s);
      if (relation === FIRST || (relation === COMMUTES && !s.foreign)) return;
      if (relation >= UNKNOWN) unknown = true;
    }
    if (unknown && this.#sleepersCover(node)) return;
    if (node.children === NO_CHILDREN) node.children = [this.#rest()];
    else this.#insert(node.children, node.sleep, 0);
  }

  /** Classes and clock of the step at the cut. */
  #classifyWithout(e: number): void {
    const log = this.#log;
    const { stride } = this.#order;
    const classes = this.#cutClasses;
    const objects = this.#step.count;
    for (let k = 0; k < objects; k++) classes[k] = this.#step.classes[k];
    if (mayChangeClass(this.#step.kind)) classes[0] = this.#step.classAt(this.#step.valueWithoutGone(0));
    const cut = this.#cut;
    for (let t = 0; t < stride; t++) cut[t] = this.#step.base[t];
    for (let k = 0; k < objects; k++) {
      for (let j = this.#step.newest[k]; j >= 0; j = log.previousAccess[j]) {
        const f = log.entry[j];
        if (f < e) break;
        if (this.#step.isGone(f)) continue;
        const other = log.accessClass[j];
        if (other === W || other !== classes[k]) this.#step.join(cut, f);
        if (other === W) break;
      }
    }
  }

  /** How the known step s relates to what is left of v. */
  #relate(s: PlannedStep): number {
    const u = s.task;
    const { stride, before, entryOf, clock } = this.#order;
    const removed = this.#removed;
    const n = removed[u] + 1;
    if (u === this.#step.task && !this.#stepRemoved && n === this.#nth) {
      if (!this.#isFirst(this.#cut, 0, u)) return APART;
      return s.outcomes === null || s.outcomes.length === 0 ? FIRST : UNKNOWN_FIRST;
    }
    if (n <= before[this.#step.entry * stride + u]) {
      const f = entryOf[u][n];
      if (!this.#step.isGone(f)) {
        if (!this.#isFirst(clock, f * stride, u)) return APART;
        return s.outcomes === null || this.#hasOutcomes(f, s.outcomes) ? FIRST : APART;
      }
    }
    if (this.#conflictsWithRest(s)) return APART;
    if (s.outcomes !== null && s.outcomes.length === 0) return COMMUTES;
    if (s.outcomes === null && !this.#sleepsElsewhere(u)) return COMMUTES;
    // Does this run execute the same step with the same history? Then it is in the same world or in another.
    if (n <= before[this.#log.length * stride + u]) {
      const f = entryOf[u][n];
      if (this.#isFirst(clock, f * stride, u)) {
        if (s.outcomes !== null) return this.#hasOutcomes(f, s.outcomes) ? COMMUTES : APART;
        const { sleep } = this.#host.nodes[this.#e];
        const elsewhere = sleep.some((t) => t.foreign && t.task === u && this.#hasOutcomes(f, t.outcomes!));
        return elsewhere ? APART : COMMUTES;
      }
    }
    return s.outcomes === null ? APART : UNKNOWN;
  }

  /** Are some outcomes of the task's step explored by another part of a divided search? */
  #sleepsElsewhere(task: number): boolean {
    return this.#host.nodes[this.#e].sleep.some((s) => s.foreign && s.task === task);
  }

  /** Does s cover v only together with its other outcomes? */
  #coversInPart(s: PlannedStep): boolean {
    const relation = this.#relate(s);
    return relation === UNKNOWN_FIRST || (relation === UNKNOWN && !s.foreign);
  }

  /** Does nothing of v that is left happen before the step with this clock? */
  #isFirst(clock: Int32Array, row: number, task: number): boolean {
    const removed = this.#removed;
    for (let t = 0; t < this.#order.stride; t++) if (t !== task && clock[row + t] > removed[t]) return false;
    return true;
  }

  #hasOutcomes(entry: number, outcomes: readonly number[]): boolean {
    const log = this.#log;
    let i = entry + 1;
    for (const outcome of outcomes) {
      if (i >= log.length || log.kind[i] !== CHOICE || log.outcome[i] !== outcome) return false;
      i++;
    }
    return i >= log.length || log.kind[i] !== CHOICE;
  }

  /** Does s conflict with anything of v that is left? */
  #conflictsWithRest(s: PlannedStep): boolean {
    const log = this.#log;
    const e = this.#e;
    const removed = this.#removed;
    for (let k = 0; k < s.objects.length; k++) {
      const object = s.objects[k];
      const own = s.classes[k];
      if (!this.#stepRemoved) {
        const at = this.#step.at(object);
        if (at >= 0 && (own === W || own !== this.#cutClasses[at])) return true;
      }
      for (let j = log.lastAccess[object]; j >= 0; j = log.previousAccess[j]) {
        const f = log.entry[j];
        if (f >= this.#step.entry) continue;
        if (f <= e) break;
        const other = log.accessClass[j];
        if (own !== W && own === other) continue;
        if (log.nth[f] > removed[log.task[f]] && !this.#step.isGone(f)) return true;
      }
    }
    return false;
  }

  /** Is nothing of v left? */
  #usedUp(): boolean {
    if (!this.#stepRemoved) return false;
    const { stride, before, entryOf } = this.#order;
    const row = this.#step.entry * stride;
    for (let t = 0; t < stride; t++) {
      const n = this.#removed[t] + 1;
      if (n <= before[row + t] && !this.#step.isGone(entryOf[t][n])) return false;
    }
    return true;
  }

  #remove(task: number): void {
    if (task === this.#step.task && this.#removed[task] + 1 === this.#nth) this.#stepRemoved = true;
    this.#removed[task]++;
  }

  /** Faults still allowed where v ends. */
  #faultsLeft(): number {
    const log = this.#log;
    let left = this.#host.faultBudget - this.#host.nodes[this.#e].faults;
    for (let f = this.#e + 1; f < this.#step.entry; f++) {
      if (log.kind[f] !== CHOICE || log.outcome[f] === 0) continue;
      const step = this.#host.stepBefore(f);
      if (step > this.#e && !this.#step.isGone(step)) left--;
    }
    return left;
  }

  #sleepersCover(node: SearchNode): boolean {
    const unknown = node.sleep.filter((s) => this.#coversInPart(s));
    const left = this.#faultsLeft();
    return unknown.some((s) =>
      coverAll(
        unknown.filter((other) => other.task === s.task),
        left,
      ),
    );
  }

  /**
   * Adds what is left of v to a tree, unless the tree already leads to it: down through the first child that may
   * come first, with the child taken out of v if it is in it.
   * @param faults faults on the way down from the node that are none of v's
   */
  #insert(children: readonly WakeupNode[], sleep: readonly PlannedStep[], faults: number): void {
    let level = children;
    let sleepers = sleep;
    let passed = faults;
    descend: for (;;) {
      for (const child of level) {
        const relation = this.#relate(child.step);
        if (relation === APART) continue;
        if (relation >= UNKNOWN) {
          if (this.#insertBehindAll(level, sleepers, child.step.task, passed)) return;
          continue;
        }
        if (relation === FIRST) {
          this.#remove(child.step.task);
          if (this.#usedUp()) return;
        } else passed += faultsOf(child.step);
        if (child.children.length === 0) return; // a leaf: all that follows is explored from there
        level = child.children;
        sleepers = NO_STEPS;
        continue descend;
      }
      (level as WakeupNode[]).push(this.#rest()); // lists are pushed to by this search only
      return;
    }
  }

  /** The children that are `task`'s step with every possible outcome lead to v together: v goes behind each. */
  #insertBehindAll(
    level: readonly WakeupNode[],
    sleepers: readonly PlannedStep[],
    task: number,
    passed: number,
  ): boolean {
    const inTree = level.filter((child) => child.step.task === task && this.#coversInPart(child.step));
    const asleep = sleepers.filter((s) => s.task === task && this.#coversInPart(s));
    const left = this.#faultsLeft() - passed;
    if (!coverAll([...inTree.map((child) => child.step), ...asleep], left)) return false;
    const isStep = task === this.#step.task && !this.#stepRemoved && this.#removed[task] + 1 === this.#nth;
    const removed = this.#removed.slice();
    for (const child of inTree) {
      const faults = faultsOf(child.step);
      if (faults > left) continue; // there is no budget for it and v
      this.#removed.set(removed);
      this.#stepRemoved = false;
      if (isStep) this.#remove(task);
      if (child.children.length > 0 && !this.#usedUp())
        this.#insert(child.children, NO_STEPS, passed + faults);
    }
    return true;
  }

  /** What is left of v, as a branch of a tree. */
  #rest(): WakeupNode {
    const log = this.#log;
    let branch: WakeupNode | null = null;
    if (!this.#stepRemoved) {
      const step: PlannedStep = {
        task: this.#step.task,
        objects: listOf(this.#step.objects, this.#step.count),
        classes: listOf(this.#cutClasses, this.#step.count),
        outcomes: null,
        counts: NO_NUMBERS,
        foreign: false,
      };
      branch = { step, children: NO_CHILDREN };
    }
    for (let f = this.#step.entry - 1; f > this.#e; f--) {
      if (log.kind[f] === CHOICE || log.nth[f] <= this.#removed[log.task[f]] || this.#step.isGone(f))
        continue;
      branch = { step: this.#host.copyOf(f), children: branch === null ? NO_CHILDREN : [branch] };
    }
    return branch!;
  }
}

/** Choices other than 0 behind a step. */
function faultsOf(step: PlannedStep): number {
  let faults = 0;
  for (const outcome of step.outcomes ?? NO_NUMBERS) if (outcome !== 0) faults++;
  return faults;
}

function listOf(numbers: Int32Array, count: number): readonly number[] {
  if (count === 1) return [numbers[0]];
  const list: number[] = [];
  for (let i = 0; i < count; i++) list.push(numbers[i]);
  return list;
}
