/**
 * Sampling: for what is too large to be exhausted. Each execution is a draw, made from the seed, its number, and the longest
 * execution before it; so draws are made one after the other, by one worker, and a sample is not resumed but drawn again.
 *
 *     random   every enabled task is equally likely at every step
 *     pct      tasks get random priorities, the highest enabled one runs; at d - 1 random points of the run the running
 *              task falls to the lowest. Finds a bug that needs d ordering decisions with a probability of at least
 *              1 / (n k^(d-1)) per run, for n tasks and k steps
 *     pos      partial-order sampling: every pending step gets a random score, the highest runs, and those it conflicts
 *              with draw again: spreads over traces rather than over interleavings
 *
 * Faults come at random choices, no more than the budget.
 */
import {
  conflicts,
  type Driver,
  kinds,
  MAX_OBJECTS,
  MAX_TASKS,
  type Machine,
  type RunEnd,
  type TaskSpec,
} from "../sched/index.ts";
import { Order } from "./order.ts";

const { NONE } = kinds;

/** The ways to draw. */
export type Sampler = "random" | "pct" | "pos";

/** What a sampling search is told. */
export interface SampleOptions {
  readonly sampler: Sampler;
  readonly seed: number;
  /** Most faults in one execution. */
  readonly faults: number;
  /** For pct: ordering decisions a bug may need. */
  readonly depth: number;
}

/** A generator of numbers below 1, from a seed (mulberry32). */
export function numbers(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** Draws executions without end. */
export class SampleSearch implements Driver {
  readonly order: Order;
  end: RunEnd = "done";
  readonly redundant = false;
  readonly kept = 0;
  faults = 0;
  /** A sampled space is never exhausted. */
  refused = true;
  readonly sites: Map<string, Set<number>>;
  /** Told of every choice. */
  onChoice: ((site: string, count: number) => void) | null = null;
  /** Executions drawn. */
  drawn = 0;

  readonly #machine: Machine;
  readonly #specs: () => readonly TaskSpec[];
  readonly #options: SampleOptions;
  #next: () => number = () => 0;
  /** By task: priority (pct) or score of its pending step (pos). */
  readonly #scores: Float64Array = new Float64Array(MAX_TASKS + 1);
  readonly #scored: Int32Array = new Int32Array(MAX_TASKS + 1);
  /** For pct: steps at which the running task falls. */
  #falls: number[] = [];
  #lowest = 0;
  #steps = 0;
  #choices = 0;
  /** Most seen in an execution so far. */
  #mostSteps = 1;
  #mostChoices = 1;
  #last = -1;

  constructor(
    machine: Machine,
    specs: () => readonly TaskSpec[],
    options: SampleOptions,
    sites: Map<string, Set<number>> = new Map(),
  ) {
    this.#machine = machine;
    this.#specs = specs;
    this.#options = options;
    this.order = new Order(machine);
    this.sites = sites;
  }

  /** Draws the next execution. */
  next(): boolean {
    this.#next = numbers(
      Math.imul(this.#options.seed ^ 0x9e3779b9, 0x85ebca6b) + Math.imul(this.drawn++, 0xc2b2ae35),
    );
    this.faults = 0;
    this.#steps = 0;
    this.#choices = 0;
    this.#last = -1;
    this.#lowest = 0;
    this.#scored.fill(-1);
    this.#falls = [];
    for (let i = 1; i < this.#options.depth; i++)
      this.#falls.push(Math.floor(this.#next() * this.#mostSteps));
    this.end = this.#machine.run(this.#specs(), this, -1);
    this.#mostSteps = Math.max(this.#mostSteps, this.#steps);
    this.#mostChoices = Math.max(this.#mostChoices, this.#choices);
    this.order.update(0);
    return true;
  }

  pick(machine: Machine, enabled: number): number {
    const task = this.#pick(machine, enabled);
    this.#steps++;
    this.#last = task;
    return task;
  }

  #pick(machine: Machine, enabled: number): number {
    if (this.#options.sampler === "random") {
      let n = Math.floor(this.#next() * bits(enabled));
      for (let t = 0; ; t++) if ((enabled & (1 << t)) !== 0 && n-- === 0) return t;
    }
    if (this.#options.sampler === "pct") {
      if (this.#last >= 0 && this.#falls.includes(this.#steps)) this.#scores[this.#last] = --this.#lowest;
      for (let t = 0; t < machine.tasks; t++) this.#score(t, 0);
    } else {
      if (this.#last >= 0) this.#redraw(machine, this.#last);
      for (let t = 0; t < machine.tasks; t++) {
        const taken = machine.log.lastEntry[t];
        this.#score(t, taken >= 0 ? machine.log.nth[taken] : 0);
      }
    }
    let best = -1;
    for (let t = 0; t < machine.tasks; t++) {
      if ((enabled & (1 << t)) !== 0 && (best < 0 || this.#scores[t] > this.#scores[best])) best = t;
    }
    return best;
  }

  /** A score for the task's n-th pending step, unless it has one. */
  #score(task: number, n: number): void {
    if (this.#scored[task] === n) return;
    this.#scored[task] = n;
    this.#scores[task] = this.#next();
  }

  /** Steps that conflict with the one just executed draw again. */
  #redraw(machine: Machine, executed: number): void {
    const log = machine.log;
    const entry = log.lastEntry[executed];
    for (let t = 0; t < machine.tasks; t++) {
      if (t === executed || machine.pendingKind[t] === NONE) continue;
      let conflicting = false;
      for (let k = 0; k < machine.pendingCount[t]; k++) {
        const object = machine.pendingObject[t * MAX_OBJECTS + k];
        for (let j = log.firstAccess[entry]; j < log.firstAccess[entry + 1]; j++) {
          if (log.object[j] === object && conflicts(log.accessClass[j], machine.pendingClass(t, k)))
            conflicting = true;
        }
      }
      if (conflicting) this.#scores[t] = this.#next();
    }
  }

  choose(_machine: Machine, site: string, count: number): number {
    this.#choices++;
    const left = this.#options.faults - this.faults;
    let outcome = 0;
    if (left > 0 && this.#next() < Math.min(0.5, left / this.#mostChoices)) {
      outcome = 1 + Math.floor(this.#next() * (count - 1));
      if (outcome >= count) outcome = 0;
    }
    const seen = this.sites.get(site);
    if (seen) seen.add(outcome);
    else this.sites.set(site, new Set([outcome]));
    if (outcome !== 0) this.faults++;
    this.onChoice?.(site, count);
    return outcome;
  }
}

function bits(mask: number): number {
  let n = 0;
  for (let m = mask; m !== 0; m &= m - 1) n++;
  return n;
}
