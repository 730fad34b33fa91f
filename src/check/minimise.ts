/**
 * The shortest story of a finding within one execution.
 *
 * Steps that do not happen before the finding are dropped. What is left is a partial order, and every linearisation
 * of it is an execution that shows the same finding: the one with the fewest context switches is found exactly, by
 * breadth-first search over how far each task has come. A task that runs goes on as far as the order lets it, since
 * coming further never hinders another; so a state is left only by a switch, and levels of the search are numbers of
 * switches.
 *
 *     fewest faults     the explorer goes through fault budgets from 0 upwards
 *     fewest switches   here, per execution, and the best over all executions that show the finding
 *     fewest steps      among those, over all executions
 */
import { type Finding, kinds, type Machine } from "../sched/index.ts";
import type { Order } from "./order.ts";

const { CHOICE } = kinds;

/** States the search for the fewest switches may look at before it settles for what is shortest so far. */
const MOST_STATES = 50_000;

/** A schedule for part of a run. */
export interface Linearisation {
  /** Task of each step, in order. */
  readonly tasks: readonly number[];
  /** Outcomes of the choices, in order. */
  readonly choices: readonly number[];
  /** Consecutive steps of different tasks. */
  readonly switches: number;
  readonly faults: number;
  /** No linearisation of these steps has fewer switches; false when the search was cut short. */
  readonly exact: boolean;
}

/** Which steps a finding needs: how many of each task. */
export interface Needed {
  readonly progress: readonly number[];
  /** A step that must come after `before` although no dependency says so: the two sides of a race. */
  readonly pin?: { readonly entry: number; readonly after: number };
}

/** What the finding needs of the newest run, or everything. */
export function neededFor(finding: Finding | undefined, machine: Machine, order: Order): Needed {
  const log = machine.log;
  const entry = finding ? stepAt(machine, finding.at.event) : -1;
  if (!finding || finding.at.task === "" || finding.potential === true || entry < 0) {
    return {
      progress: Array.from(order.before.slice(log.length * order.stride, (log.length + 1) * order.stride)),
    };
  }
  const progress = Array.from(order.clock.slice(entry * order.stride, (entry + 1) * order.stride));
  const other = finding.other ? stepAt(machine, finding.other.event) : -1;
  if (other < 0 || other === entry) return { progress };
  const row = other * order.stride;
  for (let t = 0; t < order.stride; t++) progress[t] = Math.max(progress[t], order.clock[row + t]);
  return { progress, pin: { entry, after: other } };
}

/** The step that a log entry is or belongs to. */
function stepAt(machine: Machine, event: number): number {
  let i = event;
  while (i >= 0 && machine.log.kind[i] === CHOICE) i--;
  return i;
}

interface Place {
  readonly progress: readonly number[];
  readonly task: number;
  readonly from: Place | null;
}

/** A linearisation of the needed steps with the fewest switches. */
export function linearise(needed: Needed, machine: Machine, order: Order): Linearisation {
  const log = machine.log;
  const tasks = order.stride;
  const goal = needed.progress;
  const ready = (progress: readonly number[], t: number): boolean => {
    const n = progress[t] + 1;
    if (n > goal[t]) return false;
    const entry = order.entryOf[t][n];
    const row = entry * tasks;
    for (let u = 0; u < tasks; u++) if (u !== t && order.clock[row + u] > progress[u]) return false;
    const pin = needed.pin;
    return !pin || pin.entry !== entry || progress[log.task[pin.after]] >= log.nth[pin.after];
  };
  const run = (progress: readonly number[], t: number): number[] => {
    const next = [...progress];
    while (ready(next, t)) next[t]++;
    return next;
  };
  const isGoal = (progress: readonly number[]): boolean => progress.every((n, t) => n >= goal[t]);

  const start: Place = { progress: goal.map(() => 0), task: -1, from: null };
  let level: Place[] = [start];
  const seen = new Set<string>();
  let states = 0;
  let exact = true;
  let found: Place | undefined = isGoal(start.progress) ? start : undefined;
  while (!found && level.length > 0) {
    const next: Place[] = [];
    search: for (const place of level) {
      for (let t = 0; t < tasks; t++) {
        if (t === place.task || !ready(place.progress, t)) continue;
        const progress = run(place.progress, t);
        const key = `${t}:${progress.join()}`;
        if (seen.has(key)) continue;
        seen.add(key);
        const reached: Place = { progress, task: t, from: place };
        if (isGoal(progress)) {
          found = reached;
          break search;
        }
        next.push(reached);
        if (++states > MOST_STATES) {
          // Go on with the one that came furthest only.
          exact = false;
          next.sort((a, b) => total(b.progress) - total(a.progress));
          next.length = 1;
          states = 0;
          break search;
        }
      }
    }
    level = next;
  }
  if (!found) throw new Error("the steps of a finding cannot be put in order (a bug of the minimiser)");
  return { ...spell(found, machine, order), exact };
}

function total(progress: readonly number[]): number {
  return progress.reduce((sum, n) => sum + n, 0);
}

/** The steps and choices along a path of places. */
function spell(end: Place, machine: Machine, order: Order): Omit<Linearisation, "exact"> {
  const log = machine.log;
  const places: Place[] = [];
  for (let p: Place | null = end; p; p = p.from) places.unshift(p);
  const tasks: number[] = [];
  const choices: number[] = [];
  const behind = (entry: number): void => {
    for (let i = entry + 1; i < log.length && log.kind[i] === CHOICE; i++) choices.push(log.outcome[i]);
  };
  behind(-1);
  for (let i = 1; i < places.length; i++) {
    const t = places[i].task;
    for (let n = places[i - 1].progress[t] + 1; n <= places[i].progress[t]; n++) {
      tasks.push(t);
      behind(order.entryOf[t][n]);
    }
  }
  let switches = 0;
  for (let i = 1; i < tasks.length; i++) if (tasks[i] !== tasks[i - 1]) switches++;
  return { tasks, choices, switches, faults: choices.filter((c) => c !== 0).length };
}

/** The newest run as it is, up to the step the finding belongs to. */
export function asItRan(finding: Finding, machine: Machine): Linearisation {
  const log = machine.log;
  const tasks: number[] = [];
  const choices: number[] = [];
  const last = finding.at.task === "" || finding.potential === true ? log.length - 1 : finding.at.event;
  for (let i = 0; i < log.length; i++) {
    if (log.kind[i] === CHOICE) choices.push(log.outcome[i]);
    else if (i > last) break;
    else tasks.push(log.task[i]);
  }
  let switches = 0;
  for (let i = 1; i < tasks.length; i++) if (tasks[i] !== tasks[i - 1]) switches++;
  return { tasks, choices, switches, faults: choices.filter((c) => c !== 0).length, exact: false };
}
