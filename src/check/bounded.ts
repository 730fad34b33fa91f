/**
 * Search with a bound on preemptions: every trace that some interleaving reaches with at most so many, and no others.
 *
 * A preemption is a switch away from a task that could still take a step; switching when the running task waits or has
 * ended is free. Cutting the runs of an optimal search that exceed the bound would lose traces: it finds them by
 * reversing races of runs that may lie beyond it. So this is another search, plain depth-first over all enabled tasks,
 * that never looks twice behind
 *
 *     (the trace so far, the task that would go on for free)      with as few preemptions used, or fewer
 *
 * Equal traces lead to the same state in every task, so nothing is lost; and all that it cuts is beyond the bound. Runs
 * that meet a known place are cut there and counted as redundant. Places are remembered by a 64-bit key. With small bounds
 * it looks at far fewer runs than there are traces; without a bound the optimal search is the better one.
 */
import { type Driver, kinds, type Machine, type RunEnd, type TaskSpec } from "../sched/index.ts";
import { Order } from "./order.ts";

const { CHOICE } = kinds;

/** Limits of one search. */
export interface BoundedLimits {
  /** Most choices other than 0 in one execution. */
  readonly faults: number;
  /** Most preemptions in one execution. */
  readonly preemptions: number;
}

/** What is still to be tried at an entry of the log. */
interface Node {
  /** Tasks, or outcomes of a choice. */
  readonly left: number[];
  readonly faults: number;
  /** Preemptions used before it. */
  readonly used: number;
  /** The task that can go on for free, -1 when switching is free. */
  readonly last: number;
}

/** Depth-first, one execution at a time. */
export class BoundedSearch implements Driver {
  readonly order: Order;
  end: RunEnd = "done";
  /** The newest run met a place that is known, or ended in a trace that is. */
  redundant = false;
  kept = 0;
  faults = 0;
  /** A choice was not tried because of the fault budget. */
  refused = false;
  /** A switch was not tried because of the bound. */
  beyond = false;
  readonly sites: Map<string, Set<number>>;
  /** Told of every choice beyond the replayed part. */
  onChoice: ((site: string, count: number) => void) | null = null;

  readonly #machine: Machine;
  readonly #specs: () => readonly TaskSpec[];
  readonly #limits: BoundedLimits;
  /** Traces that were seen to their end, by this search and those before it. */
  readonly #traces: Set<string>;
  readonly #nodes: Node[] = [];
  /** Fewest preemptions with which a place was reached. */
  readonly #places: Map<string, number> = new Map();
  #started = false;
  #forced = -1;
  #known = false;
  /** Entries whose order has been worked out. */
  #ordered = 0;

  constructor(
    machine: Machine,
    specs: () => readonly TaskSpec[],
    limits: BoundedLimits,
    traces: Set<string>,
    sites: Map<string, Set<number>> = new Map(),
  ) {
    this.#machine = machine;
    this.#specs = specs;
    this.#limits = limits;
    this.#traces = traces;
    this.order = new Order(machine);
    this.sites = sites;
  }

  /** Makes the next run; false when there is none left. */
  next(): boolean {
    const { log } = this.#machine;
    let keep = -1;
    if (this.#started) {
      keep = this.#nodes.length - 1;
      while (keep >= 0 && this.#nodes[keep].left.length === 0) keep--;
      if (keep < 0) return false;
      this.#nodes.length = keep + 1;
      this.#forced = this.#nodes[keep].left.shift()!;
    }
    this.#started = true;
    this.#known = false;
    this.kept = Math.max(keep, 0);
    this.#ordered = Math.min(this.#ordered, this.kept);
    this.faults = keep >= 0 ? this.#nodes[keep].faults : 0;
    this.end = this.#machine.run(this.#specs(), this, keep);
    this.#nodes.length = log.length;
    this.#order();
    this.redundant = this.#known || !this.#isNewTrace();
    return true;
  }

  #isNewTrace(): boolean {
    const key = this.order.keyAt(this.#machine.log.length).join();
    if (this.#traces.has(key)) return false;
    this.#traces.add(key);
    return true;
  }

  #order(): void {
    if (this.#ordered > 0 && this.order.stride < this.#machine.tasks) this.#ordered = 0;
    this.order.update(this.#ordered);
    this.#ordered = this.#machine.log.length;
  }

  pick(machine: Machine, enabled: number): number {
    const { log } = machine;
    const i = log.length;
    const nodes = this.#nodes;
    if (this.#forced >= 0 && i === nodes.length - 1) return this.#takeForced(nodes[i]);
    let used = 0;
    let last = -1;
    if (i > 0) {
      // Behind choices: the step they belong to.
      let e = i - 1;
      while (e >= 0 && log.kind[e] === CHOICE) e--;
      if (e >= 0) {
        const before = nodes[e];
        const task = log.task[e];
        used = before.used + (before.last >= 0 && before.last !== task ? 1 : 0);
        if ((enabled & (1 << task)) !== 0) last = task;
      }
    }
    this.#order();
    const key = `${this.order.keyAt(i).join()},${last}`;
    const known = this.#places.get(key);
    if (known !== undefined && known <= used) {
      this.#known = true;
      return -1;
    }
    this.#places.set(key, used);
    const left: number[] = [];
    for (let t = 0; t < machine.tasks; t++) if (t !== last && (enabled & (1 << t)) !== 0) left.push(t);
    let first = last;
    if (last < 0) first = left.shift()!;
    else if (used >= this.#limits.preemptions && left.length > 0) {
      this.beyond = true;
      left.length = 0;
    }
    nodes[i] = { left, faults: this.faults, used, last };
    return first;
  }

  #takeForced(node: Node): number {
    const task = this.#forced;
    this.#forced = -1;
    this.faults = node.faults;
    return task;
  }

  choose(machine: Machine, site: string, count: number): number {
    const i = machine.log.length;
    const nodes = this.#nodes;
    let outcome = 0;
    if (this.#forced >= 0 && i === nodes.length - 1) outcome = this.#takeForced(nodes[i]);
    else {
      const left: number[] = [];
      if (this.faults < this.#limits.faults) for (let o = 1; o < count; o++) left.push(o);
      else if (count > 1) this.refused = true;
      nodes[i] = { left, faults: this.faults, used: 0, last: -1 };
    }
    const seen = this.sites.get(site);
    if (seen) seen.add(outcome);
    else this.sites.set(site, new Set([outcome]));
    if (outcome !== 0) this.faults++;
    this.onChoice?.(site, count);
    return outcome;
  }
}
