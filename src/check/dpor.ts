/**
 * Optimal dynamic partial-order reduction: exactly one execution per Mazurkiewicz trace.
 *
 * The search is stateless: a run is always re-executed from the start. The newest run stays on the machine's log as
 * the path of the search tree; each log entry is a node:
 *
 *     entry (step)     sleep   steps whose continuations from here are explored elsewhere
 *                      tree    sequences planned from here (a wakeup tree)
 *     entry (choice)   the outcomes not yet tried, when the choice is free
 *
 *     run to the end -> happens-before for the new part -> for each race plan the reversal -> backtrack to the
 *     deepest node with something left -> run with that prefix kept ...
 *
 * *Races.* Steps e before i of different tasks race when they depend on each other directly: no third step lies
 * between them in happens-before order. To reverse it, the part of the run after e that does not depend on e, and
 * then i, is planned from the node of e, unless what sleeps there or is planned there already leads to it.
 *
 * *Waiting.* A step that can be disabled mostly depends on what enabled it (unlock), and that cannot be reversed.
 * So its races are with the nearest steps before which it would have been enabled. Steps that wait for ever at the
 * end of a run are looked at the same way.
 *
 * *Choices* belong to the step in front of them. They return at once, one branch per outcome the budget allows,
 * and are no race points. In a planned sequence the recorded outcome is repeated and nothing branches; the step at
 * its end is free again. Outcomes are part of a step's identity, so a sleeping step with outcome 1 does not hinder
 * the same step with outcome 0. Where a step is not part of the sequence that is to be covered, its outcomes say
 * something only if the run at hand executes that very step, later, with the same history; otherwise all outcomes
 * together must be covered.
 */
import {
  type Condition,
  canBlock,
  classAt,
  type Driver,
  enabledAt,
  HiddenNondeterminism,
  kinds,
  type Log,
  MAX_OBJECTS,
  MAX_TASKS,
  type Machine,
  type RunEnd,
  type TaskSpec,
} from "../sched/index.ts";
import { Bindings, type Frontier, type FrozenNode, freezeBranch, freezeStep, pathOf } from "./frontier.ts";
import { Order } from "./order.ts";
import { isLockKind } from "./waiting.ts";
import { coverAll, type PlannedStep, type WakeupNode } from "./wakeup.ts";

const { AWAIT, CHOICE, NONE, W, R } = kinds;

const NO_STEPS: readonly PlannedStep[] = [];
const NO_NUMBERS: readonly number[] = [];
/** No tree: nothing planned. */
const NO_CHILDREN: readonly WakeupNode[] = [];

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

/** One node of the path; nodes are used again and again. */
class Node {
  /** Steps not to be taken first from here. Owned by the node. */
  sleep: readonly PlannedStep[] = NO_STEPS;
  /** Planned sequences still to be taken from here, oldest first. */
  children: readonly WakeupNode[] = NO_CHILDREN;
  /** For choices: how many outcomes it has. */
  count = 0;
  /** For choices: may it branch? Not when it was planned. */
  free = false;
  /** For steps: outcomes of the choices behind it, when planned. */
  planned: readonly number[] | null = null;
  /** For steps: what was planned behind it. */
  behind: readonly WakeupNode[] = NO_CHILDREN;
  /** For steps: a copy that outlives the run, made when first needed. */
  copy: PlannedStep | null = null;
  /** Faults before this entry. */
  faults = 0;
}

/** Budgets of one search. */
export interface SearchLimits {
  /** Most choices other than 0 in one execution. */
  readonly faults: number;
}

/** The search. `next` makes one execution; between two calls everything may be looked at. */
export class OptimalSearch implements Driver {
  readonly order: Order;
  /** Ways of the newest execution: how it ended. */
  end: RunEnd = "done";
  /** The newest execution was cut because everything enabled sleeps: a waste, never with an optimal search. */
  redundant = false;
  /** Entries kept from the execution before. */
  kept = 0;
  /** Faults in the newest execution. */
  faults = 0;
  /** A choice was not tried because of the fault budget. */
  refused = false;
  /** Choice sites met and the outcomes seen there. */
  readonly sites: Map<string, Set<number>>;
  /** Told of every choice beyond the replayed part. */
  onChoice: ((site: string, count: number) => void) | null = null;

  readonly #machine: Machine;
  readonly #log: Log;
  readonly #specs: () => readonly TaskSpec[];
  readonly #limits: SearchLimits;
  readonly #nodes: Node[] = [];
  /** Nodes in use: those of the newest run, and none beyond a point of departure. */
  #depth = 0;
  /** Where the next execution departs from the newest one; -1 before the first. */
  #depart = -1;
  #started = false;
  #forced = -1;
  #lastStep = -1;
  #lastTask = -1;

  /** Entries below it are somebody else's: nothing is planned there. */
  #floor = 0;
  /** Names of a frontier whose numbers are still open. */
  #bindings: Bindings | null = null;

  constructor(
    machine: Machine,
    specs: () => readonly TaskSpec[],
    limits: SearchLimits,
    sites: Map<string, Set<number>> = new Map(),
  ) {
    this.sites = sites;
    this.#machine = machine;
    this.#log = machine.log;
    this.order = new Order(machine);
    this.#specs = specs;
    this.#limits = limits;
  }

  /** Makes the next execution; false when there is none left. */
  next(): boolean {
    if (this.#begin >= 0) {
      this.#depart = this.#begin;
      this.#begin = -1;
    } else if (this.#started && !this.#backtrack()) return false;
    const keep = this.#started ? this.#depart : 0;
    this.redundant = false;
    this.kept = keep;
    this.#lastStep = this.#stepBefore(keep);
    this.#lastTask = this.#lastStep >= 0 ? this.#log.task[this.#lastStep] : -1;
    this.faults = keep < this.#depth ? this.#nodes[keep].faults : this.faults;
    this.end = this.#machine.run(this.#specs(), this, this.#started ? keep : -1);
    this.#started = true;
    this.#depth = this.#log.length;
    this.order.update(keep);
    this.#planReversals(keep);
    return true;
  }

  // ===================================================================================================
  // Stopping and resuming

  /** What is left, as plain data. Only between two executions. */
  freeze(): Frontier {
    const machine = this.#machine;
    const nodes: FrozenNode[] = [];
    for (let entry = this.#floor; entry < this.#depth; entry++) {
      const { sleep, children, count, free } = this.#nodes[entry];
      if (sleep.length + children.length + count === 0) continue;
      nodes.push({
        entry,
        sleep: sleep.map((step) => freezeStep(machine, step)),
        children: children.map((child) => freezeBranch(machine, child)),
        count,
        free,
      });
    }
    return { path: this.#started ? pathOf(machine) : [], nodes, floor: this.#floor, executed: this.#started };
  }

  /** Takes up where another search stopped. Before the first execution only. Runs the path once, uncounted. */
  thaw(frontier: Frontier): void {
    const machine = this.#machine;
    const { path } = frontier;
    const bindings = new Bindings(machine);
    const misfit = (): never => {
      throw new HiddenNondeterminism(
        "the program does not take the path that its frontier describes: it is another program, or depends on something outside the machine",
        machine.log.length,
      );
    };
    const along: Driver = {
      pick: (_, enabled) => {
        const next = path[machine.log.length];
        if (next === undefined) return -1;
        bindings.learn();
        const task = typeof next === "string" ? bindings.task(next) : -1;
        return task >= 0 && (enabled & (1 << task)) !== 0 ? task : misfit();
      },
      choose: (_, _site, count) => {
        const next = path[machine.log.length];
        if (next === undefined && !frontier.executed) return 0; // behind the last step: made again below
        return typeof next === "number" && next < count ? next : misfit();
      },
    };
    this.end = machine.run(this.#specs(), along, -1);
    if (machine.log.length < path.length) misfit();
    const log = machine.log;
    this.#started = true;
    this.order.update(0);
    this.faults = 0;
    bindings.learn();
    for (let i = 0; i < path.length; i++) {
      this.#node(i);
      if (log.kind[i] === CHOICE && log.outcome[i] !== 0) this.faults++;
    }
    for (const { entry, sleep, children, count, free } of frontier.nodes) {
      const node = entry < path.length ? this.#nodes[entry] : this.#node(entry);
      node.sleep = sleep.length === 0 ? NO_STEPS : sleep.map((step) => bindings.step(step));
      node.children = children.length === 0 ? NO_CHILDREN : children.map((child) => bindings.branch(child));
      node.count = count;
      node.free = free;
    }
    if (bindings.open) this.#bindings = bindings;
    this.#floor = frontier.floor;
    if (!frontier.executed) this.#begin = path.length;
  }

  /** Where the first execution of a part that was never begun starts, -1 otherwise. */
  #begin = -1;

  #bind(): void {
    this.#bindings!.learn();
    if (!this.#bindings!.open) this.#bindings = null;
  }

  #stepBefore(entry: number): number {
    let i = entry - 1;
    while (i >= 0 && this.#log.kind[i] === CHOICE) i--;
    return i;
  }

  /** The node of entry `i`, as new. */
  #node(i: number): Node {
    let node = this.#nodes[i];
    if (node === undefined) {
      node = new Node();
      this.#nodes[i] = node;
    } else {
      node.sleep = NO_STEPS;
      node.children = NO_CHILDREN;
      node.count = 0;
      node.free = false;
      node.planned = null;
      node.behind = NO_CHILDREN;
      node.copy = null;
    }
    node.faults = this.faults;
    this.#depth = i + 1;
    return node;
  }

  // ===================================================================================================
  // The driver: forward

  pick(machine: Machine, enabled: number): number {
    const i = machine.log.length;
    if (this.redundant) return -1;
    if (this.#bindings !== null) this.#bind();
    const node = i < this.#depth ? this.#nodes[i] : this.#arrive(i);
    this.#lastStep = i;
    if (node.children.length > 0) return this.#takePlanned(machine, node, enabled, i);
    let awake = enabled;
    if (node.sleep.length > 0) awake &= ~this.#asleep(node.sleep, node.faults);
    if (awake === 0) {
      this.redundant = true;
      return -1;
    }
    const last = this.#lastTask;
    if (last >= 0 && (awake & (1 << last)) !== 0) return last;
    const task = 31 - Math.clz32(awake & -awake);
    this.#lastTask = task;
    return task;
  }

  #takePlanned(machine: Machine, node: Node, enabled: number, i: number): number {
    const child = node.children[0];
    node.children = node.children.length === 1 ? NO_CHILDREN : node.children.slice(1);
    node.planned = child.step.outcomes;
    node.behind = child.children.length > 0 ? child.children : NO_CHILDREN;
    const task = child.step.task;
    if ((enabled & (1 << task)) === 0) {
      throw new HiddenNondeterminism(
        `${machine.taskNames[task]} cannot take the step it could take in an equivalent schedule: the program depends on something outside the machine, or accesses shared state that no step announces`,
        i,
      );
    }
    this.#lastTask = task;
    return task;
  }

  choose(machine: Machine, site: string, count: number): number {
    const i = machine.log.length;
    let outcome = 0;
    if (i < this.#depth) {
      outcome = this.#forced; // backtracked to this very choice
      this.#depth = i + 1;
    } else {
      outcome = this.#firstOutcome(machine, i, count);
    }
    const seen = this.sites.get(site);
    if (seen) seen.add(outcome);
    else this.sites.set(site, new Set([outcome]));
    if (outcome !== 0) this.faults++;
    this.onChoice?.(site, count);
    return outcome;
  }

  #firstOutcome(machine: Machine, i: number, count: number): number {
    const step = this.#lastStep;
    const planned = step >= 0 ? this.#nodes[step].planned : null;
    const node = this.#node(i);
    node.count = count;
    if (planned !== null) {
      const n = i - step - 1;
      if (n >= planned.length || planned[n] >= count) {
        throw new HiddenNondeterminism(
          `${machine.taskNames[machine.current]} makes a choice it did not make in an equivalent schedule: the program depends on something outside the machine, or accesses shared state that no step announces`,
          i,
        );
      }
      return planned[n];
    }
    node.free = true;
    const first = this.#nextOutcome(i, step, -1, count, this.#limits.faults - this.faults);
    if (first >= 0) return first;
    this.redundant = true;
    return 0;
  }

  /** The smallest outcome > `after` that the budget allows and that does not sleep; -1 if none. */
  #nextOutcome(i: number, step: number, after: number, count: number, faultsLeft: number): number {
    for (let outcome = after + 1; outcome < count; outcome++) {
      if (outcome > 0 && faultsLeft <= 0) {
        this.refused = true;
        return -1;
      }
      if (step < 0 || !this.#outcomeAsleep(i, step, outcome, faultsLeft - (outcome > 0 ? 1 : 0)))
        return outcome;
    }
    return -1;
  }

  #outcomeAsleep(i: number, step: number, outcome: number, faultsLeft: number): boolean {
    const sleep = this.#nodes[step].sleep;
    if (sleep.length === 0) return false;
    const task = this.#log.task[step];
    const same = sleep.filter((s) => s.task === task);
    if (same.length === 0) return false;
    const prefix: number[] = [];
    for (let j = step + 1; j < i; j++) prefix.push(this.#log.outcome[j]);
    prefix.push(outcome);
    return coverAll(same, faultsLeft, prefix);
  }

  /** A new node behind the last step: what still sleeps there, what is planned there. */
  #arrive(i: number): Node {
    const node = this.#node(i);
    const last = this.#lastStep;
    if (last >= 0) {
      const previous = this.#nodes[last];
      node.children = previous.behind;
      if (previous.sleep.length > 0) node.sleep = this.#stillAsleep(previous.sleep, last);
    }
    return node;
  }

  #stillAsleep(sleep: readonly PlannedStep[], executed: number): readonly PlannedStep[] {
    const log = this.#log;
    const task = log.task[executed];
    let kept: PlannedStep[] | null = null;
    for (const s of sleep) {
      if (s.task === task || this.#conflictsWithEntry(s, executed)) continue;
      if (kept === null) kept = [s];
      else kept.push(s);
    }
    return kept ?? NO_STEPS;
  }

  #conflictsWithEntry(step: PlannedStep, entry: number): boolean {
    const log = this.#log;
    const { objects, classes } = step;
    for (let j = log.firstAccess[entry]; j < log.firstAccess[entry + 1]; j++) {
      const object = log.object[j];
      for (let k = 0; k < objects.length; k++) {
        if (objects[k] === object && (log.accessClass[j] === W || log.accessClass[j] !== classes[k]))
          return true;
      }
    }
    return false;
  }

  /** Tasks whose next step sleeps in every outcome the budget allows. */
  #asleep(sleep: readonly PlannedStep[], faults: number): number {
    let mask = 0;
    for (const s of sleep) {
      if ((mask & (1 << s.task)) !== 0) continue;
      if (s.outcomes === null || s.outcomes.length === 0) mask |= 1 << s.task;
      else if (
        coverAll(
          sleep.filter((other) => other.task === s.task),
          this.#limits.faults - faults,
        )
      ) {
        mask |= 1 << s.task;
      }
    }
    return mask;
  }

  // ===================================================================================================
  // Backtracking

  /** Finds the deepest node with something left and sets the point of departure. */
  #backtrack(): boolean {
    const log = this.#log;
    let last = log.length - 1;
    for (let i = last; i >= this.#floor; i--) {
      const node = this.#nodes[i];
      if (log.kind[i] === CHOICE) {
        if (!node.free) continue;
        const step = this.#stepBefore(i);
        const faultsLeft = this.#limits.faults - node.faults;
        const outcome = this.#nextOutcome(i, step, log.outcome[i], node.count, faultsLeft);
        if (outcome < 0) continue;
        if (step >= 0) {
          this.#putToSleep(step, last);
          this.#nodes[step].copy = null;
        }
        this.#forced = outcome;
        this.#depth = i + 1;
        this.#depart = i;
        return true;
      }
      if (node.children.length > 0) {
        this.#putToSleep(i, last);
        node.copy = null;
        this.#depth = i + 1;
        this.#depart = i;
        return true;
      }
      last = i - 1;
    }
    return false;
  }

  /** The step at `entry`, with the outcomes behind it up to entry `last`, is explored from its node. */
  #putToSleep(entry: number, last: number): void {
    const node = this.#nodes[entry];
    node.sleep = [...node.sleep, this.#copyOf(entry, last)];
  }

  /** The step at `entry` as a copy that outlives the run. */
  #copyOf(entry: number, last: number = this.#log.length - 1): PlannedStep {
    const node = this.#nodes[entry];
    if (node.copy) return node.copy;
    const log = this.#log;
    const objects: number[] = [];
    const classes: number[] = [];
    for (let j = log.firstAccess[entry]; j < log.firstAccess[entry + 1]; j++) {
      objects.push(log.object[j]);
      classes.push(log.accessClass[j]);
    }
    let outcomes: number[] | readonly number[] = NO_NUMBERS;
    let counts: number[] | readonly number[] = NO_NUMBERS;
    if (entry < last && log.kind[entry + 1] === CHOICE) {
      const o: number[] = [];
      const c: number[] = [];
      for (let j = entry + 1; j <= last && log.kind[j] === CHOICE; j++) {
        o.push(log.outcome[j]);
        c.push(this.#nodes[j].count);
      }
      outcomes = o;
      counts = c;
    }
    node.copy = { task: log.task[entry], objects, classes, outcomes, counts, foreign: false };
    return node.copy;
  }

  // ===================================================================================================
  // Races

  // The step whose races are looked for: executed at `#entry`, or waiting at the end of the run. Flat and reused:
  // nothing is allocated per step.
  #task = 0;
  #entry = 0;
  #kind = 0;
  #condition: Condition | null = null;
  /** Objects it names, their classes, the newest access before it (-1 if none) and the value there. */
  #count = 0;
  readonly #objects: Int32Array = new Int32Array(MAX_OBJECTS * 2);
  readonly #classes: Int32Array = new Int32Array(MAX_OBJECTS * 2);
  readonly #newest: Int32Array = new Int32Array(MAX_OBJECTS * 2);
  readonly #values: Float64Array = new Float64Array(MAX_OBJECTS * 2);
  /** Objects that decide class and being enabled: the first so many. */
  #own = 0;
  /** Clocks: what happens before the step by program order; the same and what was found to race. */
  readonly #base: Int32Array = new Int32Array(MAX_TASKS + 1);
  readonly #covered: Int32Array = new Int32Array(MAX_TASKS + 1);

  #planReversals(from: number): void {
    const log = this.#log;
    const machine = this.#machine;
    if (machine.tasks === 1) return;
    for (let i = from; i < log.length; i++) {
      if (log.kind[i] !== CHOICE && this.#mayRace(i)) {
        this.#lookAtEntry(i);
        this.#findRaces();
      }
    }
    if (this.end !== "blocked" && !this.redundant && machine.daemons === 0) return;
    for (let t = 0; t < machine.tasks; t++) {
      if (machine.pendingKind[t] !== NONE && !machine.isEnabled(t)) {
        this.#lookAtPending(t);
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
    const { stride, clock, entryOf } = this.order;
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

  #lookAtEntry(i: number): void {
    const log = this.#log;
    this.#task = log.task[i];
    this.#entry = i;
    this.#kind = log.kind[i];
    this.#setBase(log.nth[i]);
    const birth = log.nth[i] === 1 ? this.#machine.birthWord[this.#task] : 0;
    let count = 0;
    for (let j = log.firstAccess[i]; j < log.firstAccess[i + 1]; j++) {
      if (birth !== 0 && log.object[j] === birth) {
        this.#join(this.#base, log.entry[log.previousAccess[j]]);
        continue;
      }
      this.#objects[count] = log.object[j];
      this.#classes[count] = log.accessClass[j];
      this.#newest[count] = log.previousAccess[j];
      this.#values[count] = log.before[j];
      count++;
    }
    this.#count = count;
    if (canBlock(this.#kind))
      this.#setOwn(this.#kind === AWAIT ? this.#machine.conditions[log.operand[i]] : null);
  }

  /** Class of the step on its first object, with that object at `value`. */
  #classAt(value: number): number {
    const { operand } = this.#log;
    const entry = this.#entry;
    return classAt(
      this.#kind,
      entry < this.#log.length ? operand[entry] : this.#machine.pendingOperand[this.#task],
      value,
    );
  }

  /** A waiting step looks at its own objects; the life marks behind them say nothing about being enabled. */
  #setOwn(condition: Condition | null): void {
    const { lifeOf } = this.#machine.memory;
    this.#condition = condition;
    let own = 1;
    const isLife = (word: number): boolean => {
      for (let k = 0; k < own; k++) if (lifeOf[this.#objects[k]] === word) return true;
      return false;
    };
    while (own < this.#count && !isLife(this.#objects[own])) own++;
    this.#own = own;
  }

  #lookAtPending(t: number): void {
    const machine = this.#machine;
    const log = this.#log;
    const { lifeOf } = machine.memory;
    this.#task = t;
    this.#entry = log.length;
    this.#kind = machine.pendingKind[t];
    this.#count = 0;
    const steps = this.order.before[log.length * this.order.stride + t];
    this.#setBase(steps + 1);
    const birth = machine.birthWord[t];
    if (steps === 0 && log.lastAccess[birth] >= 0) this.#join(this.#base, log.entry[log.lastAccess[birth]]);
    const count = machine.pendingCount[t];
    for (let k = 0; k < count; k++) {
      this.#addObject(machine.pendingObject[t * MAX_OBJECTS + k], machine.pendingClass(t, k));
    }
    for (let k = 0; k < count; k++) {
      const life = lifeOf[this.#objects[k]];
      if (life >= 0 && this.#at(life) < 0) this.#addObject(life, R);
    }
    this.#own = count;
    this.#condition = machine.pendingCondition[t];
  }

  #addObject(word: number, accessClass: number): void {
    const k = this.#count++;
    this.#objects[k] = word;
    this.#classes[k] = accessClass;
    this.#newest[k] = this.#log.lastAccess[word];
    this.#values[k] = this.#machine.memory.nums[word];
  }

  /** Place of an object among those of the step, -1 if it is none of them. */
  #at(object: number): number {
    for (let k = 0; k < this.#count; k++) if (this.#objects[k] === object) return k;
    return -1;
  }

  #setBase(nth: number): void {
    const { stride, clock, entryOf } = this.order;
    const base = this.#base;
    if (nth > 1) {
      const row = entryOf[this.#task][nth - 1] * stride;
      for (let t = 0; t < stride; t++) base[t] = clock[row + t];
    } else {
      for (let t = 0; t < stride; t++) base[t] = 0;
    }
  }

  #join(into: Int32Array, entry: number): void {
    const { stride, clock } = this.order;
    const row = entry * stride;
    for (let t = 0; t < stride; t++) if (clock[row + t] > into[t]) into[t] = clock[row + t];
  }

  readonly #heads: Int32Array = new Int32Array(MAX_OBJECTS * 2);
  /** Accesses before which a waiting step was not enabled: it takes the absence of several to enable it. */
  readonly #hindering: number[] = [];
  /** Sets of steps whose joint absence enables a waiting step. */
  readonly #sets: (readonly number[])[] = [];

  /**
   * Goes back over the accesses to the step's objects, newest first, and plans the reversal of each race.
   * What happens before a race already found is no race.
   */
  #findRaces(): void {
    const log = this.#log;
    const { stride } = this.order;
    const blocking = canBlock(this.#kind);
    const covered = this.#covered;
    for (let t = 0; t < stride; t++) covered[t] = this.#base[t];
    const heads = this.#heads;
    const objects = this.#count;
    for (let k = 0; k < objects; k++) heads[k] = this.#newest[k];
    this.#hindering.length = 0;
    this.#sets.length = 0;
    for (;;) {
      // The newest access among the objects' lists.
      let at = -1;
      for (let k = 0; k < objects; k++) if (heads[k] >= 0 && (at < 0 || heads[k] > heads[at])) at = k;
      if (at < 0) break;
      const e = log.entry[heads[at]];
      const known = covered[log.task[e]] >= log.nth[e];
      const race = !known && (blocking ? this.#blockingRace(e) : this.#conflictsWith(e, this.#classes[0]));
      // Step back over e in every list; a list ends at a write that is accounted for.
      for (let k = 0; k < objects; k++) {
        const j = heads[k];
        if (j < 0 || log.entry[j] !== e) continue;
        heads[k] = log.accessClass[j] === W && (known || race) ? -1 : log.previousAccess[j];
      }
      if (race) {
        this.#gone.length = 1;
        this.#gone[0] = e;
        this.#planReversal();
        this.#join(covered, e);
      }
    }
    if (!blocking) return;
    if (this.#hindering.length > 1) this.#findSets([], 0);
    for (const set of this.#sets) {
      if (!this.#isMinimal(set, covered)) continue;
      this.#gone.length = 0;
      for (const e of set) this.#gone.push(e);
      this.#planReversal();
    }
  }

  /** Does the step, with this class on its first object, conflict with e, which stands at the heads? */
  #conflictsWith(e: number, first: number): boolean {
    const heads = this.#heads;
    for (let k = 0; k < this.#count; k++) {
      if (this.#conflictsAt(heads[k], e, k === 0 ? first : this.#classes[k])) return true;
    }
    return false;
  }

  /** Would the waiting step be enabled without e alone, and conflict with it? If not, notes what else is in its way. */
  #blockingRace(e: number): boolean {
    const gone = this.#gone;
    gone.length = 1;
    gone[0] = e;
    if (this.#enabledWithoutGone()) {
      return this.#conflictsWith(e, this.#classAt(this.#cutValues[0]));
    }
    if (this.#kind === AWAIT || !isLockKind(this.#kind)) {
      if (this.#moves(e)) this.#hindering.push(e);
      return false;
    }
    // A lock: every holder that is left has to go as well.
    while (this.#addHolder()) if (this.#enabledWithoutGone()) break;
    const set = gone.filter((u) => !gone.some((w) => w !== u && this.order.happensBefore(w, u)));
    if (set.length > 1 && this.#enabledWithoutGone()) this.#sets.push(set);
    return false;
  }

  /** Adds the newest acquisition of the lock that nothing left releases to what is gone; false if there is none. */
  #addHolder(): boolean {
    const log = this.#log;
    const released = this.#released;
    released.fill(0);
    let next = this.#values[0];
    for (let j = this.#newest[0]; j >= 0; j = log.previousAccess[j]) {
      const f = log.entry[j];
      const delta = next - log.before[j];
      if (!this.#isGone(f)) {
        const task = log.task[f];
        if (log.accessClass[j] === W) {
          if (next === 0 || (next > 0 && released[task] > 0)) return false;
          this.#gone.push(f);
          return true;
        }
        if (delta < 0) released[task]++;
        else if (delta > 0 && released[task]-- === 0) {
          this.#gone.push(f);
          return true;
        }
      }
      next = log.before[j];
    }
    return false;
  }
  readonly #released: Int32Array = new Int32Array(MAX_TASKS + 1);

  /** Does e change the value of an object that decides whether the step is enabled? */
  #moves(e: number): boolean {
    const log = this.#log;
    for (let k = 0; k < this.#own; k++) {
      let next = this.#values[k];
      for (let j = this.#newest[k]; j >= 0 && log.entry[j] >= e; j = log.previousAccess[j]) {
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
      if (chosen.some((u) => this.order.happensBefore(e, u) || this.order.happensBefore(u, e))) continue;
      const set = [...chosen, e];
      if (set.length > 1) {
        this.#gone.length = 0;
        for (const u of set) this.#gone.push(u);
        if (this.#enabledWithoutGone()) {
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
        other.every((w) => set.some((u) => this.order.happensBefore(u, w))) &&
        !(
          set.every((u) => other.some((w) => this.order.happensBefore(w, u))) &&
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

  readonly #cutValues: Float64Array = new Float64Array(MAX_OBJECTS * 2);

  /** Steps taken out of the run, with all that depends on them. */
  readonly #gone: number[] = [];

  #isGone(f: number): boolean {
    const gone = this.#gone;
    for (let i = 0; i < gone.length; i++) if (this.order.happensBefore(gone[i], f)) return true;
    return false;
  }

  /** Would the step be enabled if what is gone had not happened? */
  #enabledWithoutGone(): boolean {
    const values = this.#cutValues;
    for (let k = 0; k < this.#own; k++) values[k] = this.#valueWithoutGone(k);
    return enabledAt(this.#kind, this.#condition, values, 0, this.#own);
  }

  /**
   * Value of the step's k-th object right before the step, had what is gone not happened: what the newest remaining
   * write left, moved by what the remaining commuting steps after it added.
   */
  #valueWithoutGone(k: number): number {
    const log = this.#log;
    let next = this.#values[k];
    let added = 0;
    for (let j = this.#newest[k]; j >= 0; j = log.previousAccess[j]) {
      if (!this.#isGone(log.entry[j])) {
        if (log.accessClass[j] === W) return next + added;
        added += next - log.before[j];
      }
      next = log.before[j];
    }
    return next + added;
  }

  // ===================================================================================================
  // Planning: the sequence v = what follows e and does not depend on e, then the step itself

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

  #planReversal(): void {
    let e = this.#gone[0];
    for (const u of this.#gone) if (u < e) e = u;
    if (e < this.#floor) return;
    this.#e = e;
    const { stride, before } = this.order;
    const node = this.#nodes[e];
    this.#nth = before[this.#entry * stride + this.#task] + 1;
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
    const { stride } = this.order;
    const classes = this.#cutClasses;
    const objects = this.#count;
    for (let k = 0; k < objects; k++) classes[k] = this.#classes[k];
    if (mayChangeClass(this.#kind)) classes[0] = this.#classAt(this.#valueWithoutGone(0));
    const cut = this.#cut;
    for (let t = 0; t < stride; t++) cut[t] = this.#base[t];
    for (let k = 0; k < objects; k++) {
      for (let j = this.#newest[k]; j >= 0; j = log.previousAccess[j]) {
        const f = log.entry[j];
        if (f < e) break;
        if (this.#isGone(f)) continue;
        const other = log.accessClass[j];
        if (other === W || other !== classes[k]) this.#join(cut, f);
        if (other === W) break;
      }
    }
  }

  /** How the known step s relates to what is left of v. */
  #relate(s: PlannedStep): number {
    const u = s.task;
    const { stride, before, entryOf, clock } = this.order;
    const removed = this.#removed;
    const n = removed[u] + 1;
    if (u === this.#task && !this.#stepRemoved && n === this.#nth) {
      if (!this.#isFirst(this.#cut, 0, u)) return APART;
      return s.outcomes === null || s.outcomes.length === 0 ? FIRST : UNKNOWN_FIRST;
    }
    if (n <= before[this.#entry * stride + u]) {
      const f = entryOf[u][n];
      if (!this.#isGone(f)) {
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
        const { sleep } = this.#nodes[this.#e];
        const elsewhere = sleep.some((t) => t.foreign && t.task === u && this.#hasOutcomes(f, t.outcomes!));
        return elsewhere ? APART : COMMUTES;
      }
    }
    return s.outcomes === null ? APART : UNKNOWN;
  }

  /** Are some outcomes of the task's step explored by another part of a divided search? */
  #sleepsElsewhere(task: number): boolean {
    return this.#nodes[this.#e].sleep.some((s) => s.foreign && s.task === task);
  }

  /** Does s cover v only together with its other outcomes? */
  #coversInPart(s: PlannedStep): boolean {
    const relation = this.#relate(s);
    return relation === UNKNOWN_FIRST || (relation === UNKNOWN && !s.foreign);
  }

  /** Does nothing of v that is left happen before the step with this clock? */
  #isFirst(clock: Int32Array, row: number, task: number): boolean {
    const removed = this.#removed;
    for (let t = 0; t < this.order.stride; t++) if (t !== task && clock[row + t] > removed[t]) return false;
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
        const at = this.#at(object);
        if (at >= 0 && (own === W || own !== this.#cutClasses[at])) return true;
      }
      for (let j = log.lastAccess[object]; j >= 0; j = log.previousAccess[j]) {
        const f = log.entry[j];
        if (f >= this.#entry) continue;
        if (f <= e) break;
        const other = log.accessClass[j];
        if (own !== W && own === other) continue;
        if (log.nth[f] > removed[log.task[f]] && !this.#isGone(f)) return true;
      }
    }
    return false;
  }

  /** Is nothing of v left? */
  #usedUp(): boolean {
    if (!this.#stepRemoved) return false;
    const { stride, before, entryOf } = this.order;
    const row = this.#entry * stride;
    for (let t = 0; t < stride; t++) {
      const n = this.#removed[t] + 1;
      if (n <= before[row + t] && !this.#isGone(entryOf[t][n])) return false;
    }
    return true;
  }

  #remove(task: number): void {
    if (task === this.#task && this.#removed[task] + 1 === this.#nth) this.#stepRemoved = true;
    this.#removed[task]++;
  }

  /** Faults still allowed where v ends. */
  #faultsLeft(): number {
    const log = this.#log;
    let left = this.#limits.faults - this.#nodes[this.#e].faults;
    for (let f = this.#e + 1; f < this.#entry; f++) {
      if (log.kind[f] !== CHOICE || log.outcome[f] === 0) continue;
      const step = this.#stepBefore(f);
      if (step > this.#e && !this.#isGone(step)) left--;
    }
    return left;
  }

  #sleepersCover(node: Node): boolean {
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
    const isStep = task === this.#task && !this.#stepRemoved && this.#removed[task] + 1 === this.#nth;
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
        task: this.#task,
        objects: listOf(this.#objects, this.#count),
        classes: listOf(this.#cutClasses, this.#count),
        outcomes: null,
        counts: NO_NUMBERS,
        foreign: false,
      };
      branch = { step, children: NO_CHILDREN };
    }
    for (let f = this.#entry - 1; f > this.#e; f--) {
      if (log.kind[f] === CHOICE || log.nth[f] <= this.#removed[log.task[f]] || this.#isGone(f)) continue;
      branch = { step: this.#copyOf(f), children: branch === null ? NO_CHILDREN : [branch] };
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
