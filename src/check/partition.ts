/**
 * Dividing a search among workers.
 *
 * The first steps are taken in every order that sleep sets leave: at each node one branch per enabled task that does
 * not sleep, and one per outcome of a choice. Each branch of the given depth is a *part*: a path, and what sleeps at
 * its end. A part is explored by an optimal search of its own that plans nothing above the end of the path.
 *
 * Steps that sleep there from outside were explored by other parts and planned nothing here. Such *foreign* sleepers
 * make a planned sequence redundant only if their own step stands in it as a first one; the weaker rule for a search's
 * own sleepers would lose traces. Together the parts make exactly one execution per trace; some runs may be cut
 * because everything sleeps, and are counted as redundant.
 */
import { type Driver, kinds, type Machine } from "../sched/index.ts";
import { Execution } from "./execution.ts";
import { type Frontier, freezeStep, pathOf } from "./frontier.ts";
import type { Program } from "./program.ts";
import type { ExplorationResult } from "./result.ts";
import { coverAll, type PlannedStep } from "./wakeup.ts";

const { W } = kinds;

/** A part of the search with at most `faults` faults: plain data, JSON-able. */
export interface Part {
  readonly faults: number;
  readonly frontier: Frontier;
  /** On the way here a choice would have needed one fault more: a larger budget explores more. */
  readonly refused?: true;
}

/** The search of one round in one piece. */
export function wholeRound(faults: number): Part {
  return { faults, frontier: { path: [], nodes: [], floor: 0, executed: false } };
}

/** What a run along a path meets at its end. */
type Met =
  | { readonly kind: "steps"; readonly enabled: number }
  | { readonly kind: "choice"; readonly count: number }
  | { readonly kind: "end" };

/**
 * Cuts the search of one round (traces with at most `faults` faults) at `depth` steps. Parts differ widely in size:
 * make many more of them than there are workers.
 */
export function divide<S, M extends Machine>(
  program: Program<S, M>,
  faults: number,
  depth: number,
): readonly Part[] {
  const { parts, refused } = new Divider(program, faults, depth);
  return refused ? parts.map((part, i): Part => (i === 0 ? { ...part, refused } : part)) : parts;
}

class Divider {
  readonly parts: Part[] = [];
  refused: boolean = false;
  readonly #execution: Execution<unknown, Machine>;
  readonly #faults: number;
  readonly #depth: number;

  constructor(program: Program<unknown, Machine>, faults: number, depth: number) {
    this.#execution = new Execution(program);
    this.#faults = faults;
    this.#depth = depth;
    this.#visit([], [], 0, 0, -1);
  }

  /**
   * @param path task numbers of steps, -1 - outcome for choices
   * @param sleep what sleeps behind the last step, choices apart
   * @param step entry of the last step, -1 if there is none
   * @returns the outcomes behind the last step that were taken, with how many there were of each
   */
  #visit(
    path: readonly number[],
    sleep: readonly PlannedStep[],
    steps: number,
    faults: number,
    step: number,
  ): Taken[] {
    const met = this.#run(path);
    const { log } = this.#execution.machine;
    if (met.kind === "choice") {
      const taken: Taken[] = [];
      const own = step >= 0 ? sleep.filter((s) => s.task === log.task[step]) : [];
      const prefix = path.slice(step + 1).map((code) => -1 - code);
      for (let outcome = 0; outcome < met.count; outcome++) {
        const used = faults + (outcome > 0 ? 1 : 0);
        if (used > this.#faults) {
          this.refused = true;
          break;
        }
        if (own.length > 0 && coverAll(own, this.#faults - used, [...prefix, outcome])) continue;
        for (const { outcomes, counts } of this.#visit([...path, -1 - outcome], sleep, steps, used, step)) {
          taken.push({ outcomes: [outcome, ...outcomes], counts: [met.count, ...counts] });
        }
      }
      return taken;
    }
    const asleep = step >= 0 ? sleep.filter((s) => commutes(s, log, step)) : sleep;
    if (met.kind === "end" || steps === this.#depth) this.#add(asleep, path.length);
    else this.#branch(path, asleep, steps, faults, met.enabled);
    return [{ outcomes: [], counts: [] }];
  }

  #branch(
    path: readonly number[],
    sleep: readonly PlannedStep[],
    steps: number,
    faults: number,
    enabled: number,
  ): void {
    let asleep = sleep;
    for (let task = 0; enabled >> task !== 0; task++) {
      if ((enabled & (1 << task)) === 0) continue;
      const own = asleep.filter((s) => s.task === task);
      if (own.length > 0 && coverAll(own, this.#faults - faults)) continue;
      const taken = this.#visit([...path, task], asleep, steps + 1, faults, path.length);
      this.#run([...path, task]);
      const copies = taken.map((outcomes) => this.#copy(path.length, outcomes));
      asleep = [...asleep, ...copies];
    }
  }

  #copy(entry: number, { outcomes, counts }: Taken): PlannedStep {
    const { log } = this.#execution.machine;
    const objects: number[] = [];
    const classes: number[] = [];
    for (let j = log.firstAccess[entry]; j < log.firstAccess[entry + 1]; j++) {
      objects.push(log.object[j]);
      classes.push(log.accessClass[j]);
    }
    return { task: log.task[entry], objects, classes, outcomes, counts, foreign: true };
  }

  #add(sleep: readonly PlannedStep[], entry: number): void {
    const { machine } = this.#execution;
    const node = {
      entry,
      sleep: sleep.map((s) => freezeStep(machine, s)),
      children: [],
      count: 0,
      free: false,
    };
    const path = pathOf(machine).slice(0, entry);
    this.parts.push({
      faults: this.#faults,
      frontier: { path, nodes: sleep.length > 0 ? [node] : [], floor: entry, executed: false },
    });
  }

  /** Runs along the path and says what comes behind it. */
  #run(path: readonly number[]): Met {
    let met: Met = { kind: "end" };
    const driver: Driver = {
      pick: (machine, enabled) => {
        const code = path[machine.log.length];
        if (code !== undefined) return code;
        if (met.kind === "end") met = { kind: "steps", enabled };
        return -1;
      },
      choose: (machine, _site, count) => {
        const code = path[machine.log.length];
        if (code !== undefined) return -1 - code;
        if (met.kind === "end") met = { kind: "choice", count };
        return 0;
      },
    };
    this.#execution.steps(driver, -1);
    return met;
  }
}

interface Taken {
  readonly outcomes: readonly number[];
  readonly counts: readonly number[];
}

function commutes(s: PlannedStep, log: Machine["log"], entry: number): boolean {
  if (s.task === log.task[entry]) return false;
  for (let j = log.firstAccess[entry]; j < log.firstAccess[entry + 1]; j++) {
    const at = s.objects.indexOf(log.object[j]);
    if (at >= 0 && (log.accessClass[j] === W || log.accessClass[j] !== s.classes[at])) return false;
  }
  return true;
}

/** The sums of the parts of one round: executions, blocked, steps and key hash equal those of one process. */
export interface Sums {
  readonly executions: number;
  readonly redundant: number;
  readonly blocked: number;
  readonly steps: number;
  readonly keyHash: string;
}

/** Adds up what the parts found out. */
export function mergeResults(results: readonly ExplorationResult[]): Sums {
  let [executions, redundant, blocked, steps, a, b] = [0, 0, 0, 0, 0, 0];
  for (const result of results) {
    executions += result.executions;
    redundant += result.redundant;
    blocked += result.blocked;
    steps += result.steps;
    a = (a + Number.parseInt(result.keyHash.slice(0, 8), 16)) >>> 0;
    b = (b + Number.parseInt(result.keyHash.slice(8), 16)) >>> 0;
  }
  const hex = (n: number): string => n.toString(16).padStart(8, "0");
  return { executions, redundant, blocked, steps, keyHash: hex(a) + hex(b) };
}
