/**
 * How many traces a program has, estimated by probes.
 *
 * Each trace has one execution that a search with sleep sets over all enabled tasks would make. That search is a tree
 * whose leaves are the traces and some dead ends. A *probe* goes down this tree once: where it branches it draws one
 * branch with some probability, and at the end it says 1 / (the product of those), or 0 at a dead end. The mean of that is
 * the number of leaves, whatever the probabilities are (Knuth 1975); good ones only make the answers lie closer together.
 *
 *     branches      the smallest set of tasks that nobody outside can hinder or help (persistent set), as far as the
 *                   probes so far have shown who touches what; its sleeping tasks left out
 *     probability   by how many orders are left behind a branch: for each object, the ways to arrange the writes and reads
 *                   still to come
 *
 * A depth-first search cannot be extrapolated that way: its first subtrees are larger than its last ones, and the plans
 * grow while it runs. Probes run on a machine of their own and do not depend on how far the search is.
 */
import { type Driver, kinds, MAX_OBJECTS, MAX_TASKS, type Machine } from "../sched/index.ts";
import { Execution } from "./execution.ts";
import type { Program } from "./program.ts";
import { numbers } from "./sample.ts";
import { isLockKind } from "./waiting.ts";

const { A, CHOICE, FREE, NONE, R, W } = kinds;

/** Runs in random order before the first probe: they show who touches what. */
const LOOKS = 8;

/** Part of the draws that ignores what is known of the branches: what the probes say of what is to come may be wrong. */
const EVEN = 0.2;

/** A number known to lie between these, with some confidence. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Steps of one task that touch a word, by number: those that write it, and the others. */
interface Touches {
  readonly writes: number[];
  readonly others: number[];
}

/** What tasks did in the probes so far. */
class Profile {
  /** By word and task: the last step that read, added, wrote. */
  readonly #last: Map<number, Int32Array> = new Map();
  /** By word and task: what the newest complete probe did. */
  readonly #newest: Map<number, (Touches | undefined)[]> = new Map();
  tasks = 0;

  /** Takes in the newest run. @param complete false when it was cut off: then it does not say what comes late */
  learn(machine: Machine, complete: boolean): void {
    const { log } = machine;
    this.tasks = Math.max(this.tasks, machine.tasks);
    if (complete) this.#newest.clear();
    for (let i = 0; i < log.length; i++) {
      if (log.kind[i] === CHOICE) continue;
      const t = log.task[i];
      const n = log.nth[i];
      for (let j = log.firstAccess[i]; j < log.firstAccess[i + 1]; j++) {
        const word = log.object[j];
        this.touches(t, word, log.accessClass[j], n);
        if (complete) this.#note(word, t, n, log.accessClass[j] === W);
      }
    }
  }

  #note(word: number, t: number, n: number, write: boolean): void {
    let byTask = this.#newest.get(word);
    if (byTask === undefined) {
      byTask = [];
      this.#newest.set(word, byTask);
    }
    byTask[t] ??= { writes: [], others: [] };
    (write ? byTask[t].writes : byTask[t].others).push(n);
  }

  /** Task t touches the word at its n-th step. */
  touches(t: number, word: number, accessClass: number, n: number): void {
    let last = this.#last.get(word);
    if (last === undefined) {
      last = new Int32Array((MAX_TASKS + 1) * 3);
      this.#last.set(word, last);
    }
    const at = t * 3 + column(accessClass);
    if (last[at] < n) last[at] = n;
  }

  /** May task t touch the word behind its n-th step in a way that conflicts with this class? */
  mayConflict(t: number, word: number, accessClass: number, n: number): boolean {
    const last = this.#last.get(word);
    if (last === undefined) return false;
    const own = column(accessClass);
    for (let c = 0; c < 3; c++) if ((c === 2 || c !== own) && last[t * 3 + c] > n) return true;
    return own === 2 && (last[t * 3] > n || last[t * 3 + 1] > n);
  }

  /** How often task t writes the word, or touches it otherwise, behind its n-th step. */
  left(t: number, word: number, n: number, write: boolean): number {
    const touches = this.#newest.get(word)?.[t];
    if (touches === undefined) return 0;
    const steps = write ? touches.writes : touches.others;
    let low = 0;
    let high = steps.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (steps[middle] > n) high = middle;
      else low = middle + 1;
    }
    return steps.length - low;
  }
}

function column(accessClass: number): number {
  return accessClass === R ? 0 : accessClass === A ? 1 : 2;
}

/** Spread of the interval around the mean, in standard errors: wide above, where a rare large answer is still missing. */
const BELOW = 3;
const ABOVE = 4;

/** Fewest and most probes made for an answer; in between as many as there were executions. */
const FEWEST = 64;
const MOST = 1000;

/** How many probes go with so many executions: what a glance at the progress may cost. */
export function probesFor(executions: number): number {
  return Math.min(MOST, Math.max(FEWEST, executions));
}

/** How to estimate. */
export interface EstimateOptions {
  /** Most faults in one execution; 1 when left out. */
  readonly faults?: number;
  /** 64 when left out; the interval narrows with their square root. */
  readonly probes?: number;
  /** Detectors that are off: with them off, tasks go on where they would have ended. */
  readonly off?: readonly string[];
  readonly stepsPerExecution?: number;
}

/** How many traces a program has: for who explores it in parts. Runs the program; deterministic. */
export function estimateTraces<S, M extends Machine>(
  program: Program<S, M>,
  options: EstimateOptions = {},
): Interval {
  const { faults = 1, probes = FEWEST, off = [], stepsPerExecution } = options;
  const estimator = new Estimator(program, faults, off, stepsPerExecution);
  estimator.probe(probes);
  return estimator.interval(1);
}

/** Probes of one program. */
export class Estimator implements Driver {
  readonly #execution: Execution<unknown, Machine>;
  readonly #faults: number;
  readonly #profile: Profile = new Profile();
  readonly #answers: number[] = [];
  #next: () => number = () => 0;
  #looking = false;
  #weight = 1;
  #used = 0;
  /** Sleeping tasks, as a bit mask. */
  #sleep = 0;
  /** Entry up to which sleepers have been woken. */
  #woken = 0;
  readonly #taken: Int32Array = new Int32Array(MAX_TASKS + 1);

  /** @param faults most choices other than 0 in one execution */
  constructor(
    program: Program<unknown, Machine>,
    faults: number,
    off: readonly string[] = [],
    stepLimit = 100_000,
  ) {
    this.#execution = new Execution(program);
    this.#faults = faults;
    const { machine } = this.#execution;
    machine.raceDetection = false;
    machine.stepLimit = stepLimit;
    for (const code of off) machine.detect(code, false);
  }

  /** Where the number lies, as far as the probes say. @param least it is known to be no less */
  interval(least: number): Interval {
    const answers = this.#answers;
    const mean = answers.reduce((sum, x) => sum + x, 0) / answers.length;
    if (!(mean > 0)) return { low: least, high: Number.POSITIVE_INFINITY };
    const variance = answers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / Math.max(1, answers.length - 1);
    const error = Math.sqrt(variance / answers.length) / mean;
    const low = Math.max(least, Math.floor(mean / (1 + BELOW * error)));
    return { low, high: Math.max(low, Math.ceil(mean * (1 + ABOVE * error))) };
  }

  /** Makes probes until there are so many. */
  probe(count: number): void {
    while (this.#answers.length < count) this.advance();
  }

  /** One run more: for who has little time at once. The first few look around, every other one is a probe. */
  advance(): void {
    if (this.#looks < LOOKS) this.#run(true, this.#looks++);
    else this.#answers.push(this.#run(false, this.#answers.length));
  }
  #looks = 0;

  /** Probes made. */
  get probes(): number {
    return this.#answers.length;
  }

  #run(looking: boolean, n: number): number {
    this.#next = numbers(Math.imul(n + 1, 0x9e3779b1) ^ (looking ? 0x5bd1e995 : 0));
    this.#looking = looking;
    this.#weight = 1;
    this.#used = 0;
    this.#sleep = 0;
    this.#woken = 0;
    const { machine } = this.#execution;
    this.#execution.steps(this, -1);
    this.#profile.learn(machine, this.#weight > 0);
    return this.#weight;
  }

  choose(_machine: Machine, _site: string, count: number): number {
    const outcomes = this.#used < this.#faults ? count : 1;
    const outcome = Math.floor(this.#next() * outcomes);
    this.#weight *= outcomes;
    if (outcome !== 0) this.#used++;
    return outcome;
  }

  pick(machine: Machine, enabled: number): number {
    this.#count(machine);
    if (this.#looking) return this.#drawAny(enabled);
    this.#wake(machine);
    const branches = this.#branches(machine, enabled);
    if (branches.length === 0) {
      this.#weight = 0;
      return -1;
    }
    const at = branches.length === 1 ? 0 : this.#draw(machine, branches);
    for (let i = 0; i < at; i++) this.#sleep |= 1 << branches[i];
    return branches[at];
  }

  /** Steps taken by each task, and what each has announced. */
  #count(machine: Machine): void {
    const { log } = machine;
    for (let t = 0; t < machine.tasks; t++) {
      const last = log.lastEntry[t];
      this.#taken[t] = last >= 0 ? log.nth[last] : 0;
      if (machine.pendingKind[t] === NONE) continue;
      this.#eachAccess(machine, t, (word, accessClass) => {
        this.#profile.touches(t, word, accessClass, this.#taken[t] + 1);
        return false;
      });
    }
  }

  /** Calls with each object of the task's pending step; stops where the call returns true. */
  #eachAccess(machine: Machine, t: number, visit: (word: number, accessClass: number) => boolean): boolean {
    const { lifeOf } = machine.memory;
    for (let k = 0; k < machine.pendingCount[t]; k++) {
      const word = machine.pendingObject[t * MAX_OBJECTS + k];
      if (visit(word, machine.pendingClass(t, k))) return true;
      const life = lifeOf[word];
      if (life >= 0 && machine.pendingKind[t] !== FREE && visit(life, R)) return true;
    }
    return false;
  }

  #drawAny(enabled: number): number {
    let count = 0;
    for (let m = enabled; m !== 0; m &= m - 1) count++;
    let n = Math.floor(this.#next() * count);
    for (let t = 0; ; t++) if ((enabled & (1 << t)) !== 0 && n-- === 0) return t;
  }

  /** Wakes the sleepers that what has run since conflicts with. */
  #wake(machine: Machine): void {
    const { log } = machine;
    for (; this.#woken < log.length; this.#woken++) {
      const i = this.#woken;
      this.#sleep &= ~(1 << log.task[i]);
      for (let t = 0; this.#sleep >>> t !== 0; t++) {
        if ((this.#sleep & (1 << t)) === 0) continue;
        const conflicting = this.#eachAccess(machine, t, (word, own) => {
          for (let j = log.firstAccess[i]; j < log.firstAccess[i + 1]; j++) {
            if (log.object[j] === word && (own === W || own !== log.accessClass[j])) return true;
          }
          return false;
        });
        if (conflicting) this.#sleep &= ~(1 << t);
      }
    }
  }

  /** Awake tasks of the persistent set that has the fewest of them. */
  #branches(machine: Machine, enabled: number): number[] {
    let best: number[] | undefined;
    for (let t = 0; t < machine.tasks; t++) {
      if ((enabled & (1 << t)) === 0) continue;
      const set = this.#closure(machine, t, enabled);
      const awake: number[] = [];
      for (let u = 0; u < machine.tasks; u++) {
        if ((set & enabled & ~this.#sleep & (1 << u)) !== 0) awake.push(u);
      }
      if (best === undefined || awake.length < best.length) best = awake;
      if (best.length === 0) return best;
    }
    return best ?? [];
  }

  /**
   * Tasks that have to be looked at together with t: whoever may conflict with a member's next step, or enable it. For a
   * lock that is held, one of its holders: nothing else enables it before.
   */
  #closure(machine: Machine, t: number, enabled: number): number {
    const tasks = Math.max(this.#profile.tasks, machine.tasks);
    const over = machine.ended | machine.killed;
    let set = 1 << t;
    const work = [t];
    for (let u = work.pop(); u !== undefined; u = work.pop()) {
      const unborn = u >= machine.tasks || machine.pendingKind[u] === NONE;
      const waits = !unborn && (enabled & (1 << u)) === 0 && isLockKind(machine.pendingKind[u]);
      const lock = machine.pendingObject[u * MAX_OBJECTS];
      const holder = waits ? holderOf(machine, lock) : -1;
      for (let v = 0; v < tasks; v++) {
        if ((set & (1 << v)) !== 0 || (over & (1 << v)) !== 0) continue;
        const n = v < machine.tasks ? this.#taken[v] : 0;
        const meets = unborn
          ? this.#profile.mayConflict(v, machine.birthWord[u], R, n)
          : v === holder ||
            this.#eachAccess(machine, u, (word, own) =>
              holder >= 0 && word === lock ? false : this.#profile.mayConflict(v, word, own, n),
            );
        if (!meets) continue;
        set |= 1 << v;
        work.push(v);
      }
    }
    return set;
  }

  /** Draws one of the branches; the weight is divided by its probability. */
  #draw(machine: Machine, branches: readonly number[]): number {
    const sizes = this.#sizes(machine, branches);
    let sum = 0;
    for (const size of sizes) sum += size;
    const even = (sum > 0 ? EVEN : 1) / branches.length;
    const chance = (i: number): number => even + (sum > 0 ? ((1 - EVEN) * sizes[i]) / sum : 0);
    let x = this.#next();
    let at = 0;
    while (at < branches.length - 1 && x >= chance(at)) x -= chance(at++);
    this.#weight /= chance(at);
    return at;
  }

  /**
   * How many orders are left behind each branch, in proportion. Of each object: the writes still to come can be arranged in
   * (all)! / (those of task 1)! (those of task 2)! ... ways, and r reads of a task among w writes of others in (w + r
   * over r). A step uses up one of each; a task left sleeping has to wait for a write.
   */
  #sizes(machine: Machine, branches: readonly number[]): number[] {
    return branches.map((t, i) => {
      let size = 1;
      this.#eachAccess(machine, t, (word, accessClass) => {
        size *= this.#share(machine, t, word, accessClass === W);
        return false;
      });
      let asleep = this.#sleep;
      for (let j = 0; j < i; j++) asleep |= 1 << branches[j];
      for (let s = 0; asleep >>> s !== 0; s++) {
        if ((asleep & (1 << s)) === 0 || s === t || this.#conflict(machine, s, t)) continue;
        size *= this.#waits(machine, s, t);
      }
      return size;
    });
  }

  /** Share of the orders of a word that begin with this access of task t. */
  #share(machine: Machine, t: number, word: number, write: boolean): number {
    const taken = this.#taken;
    const profile = this.#profile;
    let others = 0;
    for (let u = 0; u < machine.tasks; u++) if (u !== t) others += profile.left(u, word, taken[u], true);
    if (!write) {
      const reads = Math.max(1, profile.left(t, word, taken[t], false));
      return reads / (others + reads);
    }
    const own = Math.max(1, profile.left(t, word, taken[t], true));
    let share = own / (others + own);
    for (let u = 0; u < machine.tasks; u++) {
      if (u === t) continue;
      const reads = profile.left(u, word, taken[u], false);
      if (reads === 0) continue;
      const writes = others + own - profile.left(u, word, taken[u], true);
      share *= writes / (writes + reads);
    }
    return share;
  }

  /** Share of the orders in which sleeper s, whose step does not conflict with that of t, is woken before it runs. */
  #waits(machine: Machine, s: number, t: number): number {
    const taken = this.#taken;
    const profile = this.#profile;
    let never = 1;
    this.#eachAccess(machine, s, (word, accessClass) => {
      const write = accessClass === W;
      let before = 0;
      for (let u = 0; u < machine.tasks; u++) {
        if (u === s) continue;
        const n = u === t ? taken[u] + 1 : taken[u];
        before += profile.left(u, word, n, true);
        if (write) before += profile.left(u, word, n, false);
      }
      const own = Math.max(1, profile.left(s, word, taken[s], write));
      never *= own / (before + own);
      return false;
    });
    return 1 - never;
  }

  #conflict(machine: Machine, s: number, t: number): boolean {
    return this.#eachAccess(machine, s, (word, own) =>
      this.#eachAccess(
        machine,
        t,
        (other, accessClass) => other === word && (own === W || own !== accessClass),
      ),
    );
  }
}

/** A task that holds the lock at this point of the run, -1 if none is known. */
function holderOf(machine: Machine, lock: number): number {
  const { log } = machine;
  const released = new Int32Array(MAX_TASKS + 1);
  let next = machine.memory.nums[lock];
  for (let j = log.lastAccess[lock]; j >= 0; j = log.previousAccess[j]) {
    const delta = Math.abs(next) - Math.abs(log.before[j]);
    const task = log.task[log.entry[j]];
    if (next === 0) return -1;
    if (log.accessClass[j] === W && next < 0) return task; // taken for writing
    if (delta < 0) released[task]++;
    else if (delta > 0 && released[task]-- === 0) return task;
    next = log.before[j];
  }
  return -1;
}
