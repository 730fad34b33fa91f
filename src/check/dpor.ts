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
 * Which steps race is in `races.ts`; how the reversal of a race is planned in `plan.ts`.
 *
 * *Choices* belong to the step in front of them. They return at once, one branch per outcome the budget allows,
 * and are no race points. In a planned sequence the recorded outcome is repeated and nothing branches; the step at
 * its end is free again. Outcomes are part of a step's identity, so a sleeping step with outcome 1 does not hinder
 * the same step with outcome 0.
 */
import {
  type Driver,
  HiddenNondeterminism,
  kinds,
  type Log,
  type Machine,
  type RunEnd,
  type TaskSpec,
} from "../sched/index.ts";
import { Bindings, type Frontier, type FrozenNode, freezeBranch, freezeStep, pathOf } from "./frontier.ts";
import { Order } from "./order.ts";
import { type PlanHost, Planner } from "./plan.ts";
import { Races } from "./races.ts";
import { RacingStep } from "./racing-step.ts";
import { NO_CHILDREN, NO_NUMBERS, NO_STEPS, SearchNode } from "./search-node.ts";
import { coverAll, type PlannedStep } from "./wakeup.ts";

const { CHOICE, W } = kinds;

/** Budgets of one search. */
export interface SearchLimits {
  /** Most choices other than 0 in one execution. */
  readonly faults: number;
}

/** The search. `next` makes one execution; between two calls everything may be looked at. */
export class OptimalSearch implements Driver, PlanHost {
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
  readonly #races: Races;
  /** For the planner. */
  readonly faultBudget: number;
  /** For the planner, too. */
  readonly nodes: SearchNode[] = [];
  /** Nodes in use: those of the newest run, and none beyond a point of departure. */
  #depth = 0;
  /** Where the next execution departs from the newest one; -1 before the first. */
  #depart = -1;
  #started = false;
  #forced = -1;
  #lastStep = -1;
  #lastTask = -1;

  /** Entries below it are somebody else's: nothing is planned there. */
  floor = 0;
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
    this.faultBudget = limits.faults;
    const step = new RacingStep(machine, this.order);
    const planner = new Planner(machine, this.order, step, this);
    this.#races = new Races(machine, this.order, step, () => planner.plan());
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
    this.#lastStep = this.stepBefore(keep);
    this.#lastTask = this.#lastStep >= 0 ? this.#log.task[this.#lastStep] : -1;
    this.faults = keep < this.#depth ? this.nodes[keep].faults : this.faults;
    this.end = this.#machine.run(this.#specs(), this, this.#started ? keep : -1);
    this.#started = true;
    this.#depth = this.#log.length;
    this.order.update(keep);
    this.#races.plan(keep, this.end, this.redundant);
    return true;
  }

  // ===================================================================================================
  // Stopping and resuming

  /** What is left, as plain data. Only between two executions. */
  freeze(): Frontier {
    const machine = this.#machine;
    const nodes: FrozenNode[] = [];
    for (let entry = this.floor; entry < this.#depth; entry++) {
      const { sleep, children, count, free } = this.nodes[entry];
      if (sleep.length + children.length + count === 0) continue;
      nodes.push({
        entry,
        sleep: sleep.map((step) => freezeStep(machine, step)),
        children: children.map((child) => freezeBranch(machine, child)),
        count,
        free,
      });
    }
    return { path: this.#started ? pathOf(machine) : [], nodes, floor: this.floor, executed: this.#started };
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
      const node = entry < path.length ? this.nodes[entry] : this.#node(entry);
      node.sleep = sleep.length === 0 ? NO_STEPS : sleep.map((step) => bindings.step(step));
      node.children = children.length === 0 ? NO_CHILDREN : children.map((child) => bindings.branch(child));
      node.count = count;
      node.free = free;
    }
    if (bindings.open) this.#bindings = bindings;
    this.floor = frontier.floor;
    if (!frontier.executed) this.#begin = path.length;
  }

  /** Where the first execution of a part that was never begun starts, -1 otherwise. */
  #begin = -1;

  #bind(): void {
    this.#bindings!.learn();
    if (!this.#bindings!.open) this.#bindings = null;
  }

  stepBefore(entry: number): number {
    let i = entry - 1;
    while (i >= 0 && this.#log.kind[i] === CHOICE) i--;
    return i;
  }

  /** The node of entry `i`, as new. */
  #node(i: number): SearchNode {
    let node = this.nodes[i];
    if (node === undefined) {
      node = new SearchNode();
      this.nodes[i] = node;
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
    const node = i < this.#depth ? this.nodes[i] : this.#arrive(i);
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

  #takePlanned(machine: Machine, node: SearchNode, enabled: number, i: number): number {
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
    const planned = step >= 0 ? this.nodes[step].planned : null;
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
    const sleep = this.nodes[step].sleep;
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
  #arrive(i: number): SearchNode {
    const node = this.#node(i);
    const last = this.#lastStep;
    if (last >= 0) {
      const previous = this.nodes[last];
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
    for (let i = last; i >= this.floor; i--) {
      const node = this.nodes[i];
      if (log.kind[i] === CHOICE) {
        if (!node.free) continue;
        const step = this.stepBefore(i);
        const faultsLeft = this.#limits.faults - node.faults;
        const outcome = this.#nextOutcome(i, step, log.outcome[i], node.count, faultsLeft);
        if (outcome < 0) continue;
        if (step >= 0) {
          this.#putToSleep(step, last);
          this.nodes[step].copy = null;
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
    const node = this.nodes[entry];
    const copy = this.copyOf(entry, last);
    node.sleep = node.sleep.length === 0 ? [copy] : [...node.sleep, copy];
  }

  /** The step at `entry` as a copy that outlives the run. */
  copyOf(entry: number, last: number = this.#log.length - 1): PlannedStep {
    const node = this.nodes[entry];
    if (node.copy) return node.copy;
    const log = this.#log;
    const first = log.firstAccess[entry];
    const objects = [log.object[first]];
    const classes = [log.accessClass[first]];
    for (let j = first + 1; j < log.firstAccess[entry + 1]; j++) {
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
        c.push(this.nodes[j].count);
      }
      outcomes = o;
      counts = c;
    }
    node.copy = { task: log.task[entry], objects, classes, outcomes, counts, foreign: false };
    return node.copy;
  }
}
