/**
 * An exploration: a program, an explorer, budgets, and what came of it, in slices given by the caller.
 *
 *     const exploration = explore(program, { faults: 2 });
 *     while (exploration.slice(1000)) tellSomebody(exploration.result());
 *     const result = exploration.result();
 *
 * Fault budgets are explored from 0 upwards. The round with budget f goes through all traces with at most f faults;
 * those with fewer were counted in earlier rounds and are only passed through, so that every trace counts once. By
 * default the exploration stops after the first round that has a finding.
 */
import { type Driver, type Finding, HiddenNondeterminism, kinds, type Machine } from "../sched/index.ts";
import { BoundedSearch } from "./bounded.ts";
import { type About, Findings, type Proven } from "./collect.ts";
import { Collector, type Coverage } from "./coverage.ts";
import { OptimalSearch } from "./dpor.ts";
import { Estimator, type Interval, probesFor } from "./estimate.ts";
import { Execution } from "./execution.ts";
import type { Frontier } from "./frontier.ts";
import { type Checkpoint, type ExploreOptions, refuseOddOptions } from "./options.ts";
import type { Part } from "./partition.ts";
import { preemptionsOf } from "./preemptions.ts";
import type { Program } from "./program.ts";
import { record } from "./replay.ts";
import type { Budgets, ExplorationResult, Verdict } from "./result.ts";
import { SampleSearch } from "./sample.ts";
import type { Trace } from "./trace.ts";
import { verdictOn } from "./verdict.ts";

const STEPS = 100_000;
const DRAWS = 10_000;
const PREEMPTIONS = 2;
/** Keys of drawn executions kept to tell repeats. */
const MOST_KEYS = 1_000_000;

/** Stops where the replayed part ends. */
const STOP: Driver = { pick: () => -1, choose: () => 0 };

/** Starts an exploration; nothing runs before the first slice but the program's set-up. */
export function explore<S, M extends Machine>(
  program: Program<S, M>,
  options: ExploreOptions = {},
): Exploration {
  return new Exploration(program, options);
}

/**
 * Takes up an exploration where it was stopped, on another machine if need be: the result is the one it would have
 * had without the stop. Throws when the program is not the one that was explored.
 * @param change options to replace, such as a higher limit of executions
 */
export function resume<S, M extends Machine>(
  program: Program<S, M>,
  checkpoint: Checkpoint,
  change: ExploreOptions = {},
): Exploration {
  if (checkpoint.v !== 1) throw new Error(`this is no checkpoint of format 1 (v = ${String(checkpoint.v)})`);
  if (checkpoint.program !== program.name) {
    throw new Error(`the checkpoint is of "${checkpoint.program}", not of "${program.name}"`);
  }
  const exploration = explore(program, { ...checkpoint.options, ...change });
  exploration.restore(checkpoint);
  return exploration;
}

/** Explores one part of a divided search: see `divide`. Its totals are added up by `mergeResults`. */
export function explorePart<S, M extends Machine>(
  program: Program<S, M>,
  part: Part,
  options: ExploreOptions = {},
): Exploration {
  const exploration = explore(program, { ...options, faults: part.faults });
  exploration.restrict(part);
  return exploration;
}

/** One round of a divided search: what its parts came to. */
export interface RoundOfParts {
  readonly parts: readonly Checkpoint[];
  /** All parts of the round are there and finished. */
  readonly complete: boolean;
}

/**
 * An exploration that was made in parts, as if it had been made in one piece: `slice` is not for it, `result` is.
 * Rounds stand in order from 0 faults upwards, all but the last complete.
 */
export function sumUp<S, M extends Machine>(
  program: Program<S, M>,
  rounds: readonly RoundOfParts[],
  options: ExploreOptions = {},
): Exploration {
  const exploration = explore(program, options);
  for (const { parts, complete } of rounds) {
    for (const part of parts) exploration.absorb(part);
    if (!complete || !exploration.closeRound()) break;
  }
  return exploration;
}

type Search = OptimalSearch | BoundedSearch | SampleSearch;

/** An exploration under way. */
export class Exploration {
  readonly #program: Program<unknown, Machine>;
  readonly #options: ExploreOptions;
  readonly #budgets: Budgets;
  readonly #all: boolean;
  readonly #samples: boolean;
  /** Keys seen, for explorers that may repeat themselves. */
  readonly #keys: Set<string> = new Set();
  readonly #execution: Execution<unknown, Machine>;
  readonly #findings: Findings;
  readonly #sites: Map<string, Set<number>> = new Map();
  #search: Search;
  /** With the bounded explorer: the bound of this search, the largest one, traces seen, and whether some lie beyond. */
  readonly #bounded: boolean;
  #bound = 0;
  readonly #mostPreemptions: number;
  readonly #traces: Set<string> = new Set();
  #anyBeyond = false;
  #round = 0;
  #faultsExhausted = -1;
  #finished = false;
  #reason: string | undefined;
  #executions = 0;
  #redundant = 0;
  #cut = 0;
  #blocked = 0;
  #steps = 0;
  #keyA = 0;
  #keyB = 0;
  /** Executions after which the next one is run twice to compare. */
  #nextCheck = 1;
  #endState = 0;
  readonly #about: About;
  #example: Trace | undefined;
  /** Traces that need more preemptions than asked for. */
  #beyond = 0;
  /** The newest execution came when the limit was reached already. */
  #uncounted = false;
  /** Tasks met before the exploration was stopped. */
  #tasksMet: readonly string[] = [];
  #limited = 0;
  /** Findings in the part of the newest run that the next one repeats without looking. */
  #carried: readonly Finding[] = [];

  constructor(program: Program<unknown, Machine>, options: ExploreOptions) {
    refuseOddOptions(options);
    this.#program = program;
    this.#options = options;
    const { explorer = "dpor" } = options;
    this.#bounded = explorer === "bounded";
    this.#samples = explorer !== "dpor" && explorer !== "bounded";
    this.#mostPreemptions = options.preemptions ?? PREEMPTIONS;
    if (this.#samples) this.#round = options.faults ?? 1;
    this.#budgets = {
      faults: options.faults ?? 1,
      stepsPerExecution: options.stepsPerExecution ?? STEPS,
      executions: options.executions ?? (this.#samples ? DRAWS : Number.POSITIVE_INFINITY),
    };
    this.#all = options.all ?? false;
    this.#execution = new Execution(program);
    const machine = this.#execution.machine;
    if (options.raceDetection !== undefined) machine.raceDetection = options.raceDetection;
    for (const code of options.off ?? []) machine.detect(code, false);
    machine.stepLimit = this.#budgets.stepsPerExecution;
    this.#about = {
      model: options.model ?? "0",
      program: program.name,
      parameters: options.parameters ?? {},
      off: options.off ?? [],
    };
    this.#findings = new Findings(program, this.#about, machine.raceDetection);
    if (options.coverage) this.#coverage = new Collector(machine);
    this.#search = this.#newSearch();
  }
  readonly #coverage: Collector | undefined;

  get finished(): boolean {
    return this.#finished;
  }

  /** Were there choices that the fault budget ruled out? Then a larger one explores more. */
  get moreFaults(): boolean {
    return this.#search.refused;
  }

  /** Steps executed for the first time so far, as in the result. */
  get steps(): number {
    return this.#steps;
  }

  /** Has anything been found? */
  get found(): boolean {
    return this.#findings.size > 0;
  }

  /** The machine explored on: for reports between slices, never to be run by others. */
  get machine(): Machine {
    return this.#execution.machine;
  }

  #newSearch(): Search {
    const search = this.#makeSearch();
    const coverage = this.#coverage;
    if (coverage) search.onChoice = (site, count) => coverage.choice(site, count);
    return search;
  }

  #makeSearch(): Search {
    const { machine, tasks } = this.#execution;
    const { explorer = "dpor", seed = 1, depth = 3 } = this.#options;
    if (explorer === "bounded") {
      const limits = { faults: this.#round, preemptions: this.#bound };
      return new BoundedSearch(machine, () => tasks, limits, this.#traces, this.#sites);
    }
    if (explorer !== "dpor") {
      const how = { sampler: explorer, seed, depth, faults: this.#budgets.faults };
      return new SampleSearch(machine, () => tasks, how, this.#sites);
    }
    return new OptimalSearch(machine, () => tasks, { faults: this.#round }, this.#sites);
  }

  /** Makes up to so many executions. True when there is more to do. */
  slice(executions: number): boolean {
    if (!(executions >= 1)) throw new Error(`a slice makes 1 execution or more, not ${executions}`);
    for (let n = 0; n < executions && !this.#finished; n++) this.#one();
    return !this.#finished;
  }

  #one(): void {
    const search = this.#search;
    if (!this.#execution.guarded(() => search.next())) {
      this.#endRound();
      return;
    }
    const { machine } = this.#execution;
    const { log } = machine;
    this.#steps += log.length - search.kept;
    this.#coverage?.add(search.order, search.kept);
    if (search.redundant) {
      this.#redundant++;
      this.#gather(search, machine);
      return;
    }
    if (this.#counts(search) && this.#executions >= this.#budgets.executions) {
      this.#uncounted = true; // it was made, and would be lost to a resumed exploration
      this.#finish(`the limit of ${this.#budgets.executions} executions was reached`);
      return;
    }
    this.#account(search, machine);
  }

  /** Executions with fewer faults were counted by earlier rounds. */
  #counts(search: Search): boolean {
    return this.#samples || search.faults === this.#round;
  }

  /** Judges and counts the newest execution. */
  #account(search: Search, machine: Machine): void {
    const { exists } = this.#options;
    const preemptions = this.#bounded ? undefined : this.#options.preemptions;
    // Looked at first: judging the end undoes the end state.
    const beyond = preemptions !== undefined && preemptionsOf(machine, search.order) > preemptions;
    if (exists !== undefined && machine.witnessed.has(exists)) {
      const run = { end: search.end, findings: [], endState: machine.endStateHash() };
      this.#example = record(this.#execution, run, search.order, this.#about);
      this.#finish(undefined);
    }
    const found = this.#findingsOf(search, machine);
    if (!this.#counts(search)) return;
    if (beyond) {
      this.#beyond++;
      return;
    }
    this.#executions++;
    this.#coverage?.count(search.end);
    if (search.end === "blocked") this.#blocked++;
    if (search.end === "limit") this.#limited++;
    const [a, b] = search.order.keyAt(machine.log.length);
    this.#keyA = (this.#keyA + a) | 0;
    this.#keyB = (this.#keyB + b) | 0;
    if (this.#samples) {
      const key = `${a},${b}`;
      if (this.#keys.has(key)) this.#redundant++;
      else if (this.#keys.size < MOST_KEYS) this.#keys.add(key);
    }
    if (found.length > 0)
      this.#findings.add(
        found,
        machine,
        search.order,
        search.faults,
        this.#bounded ? this.#bound : undefined,
      );
    if (this.#executions === this.#nextCheck) {
      this.#nextCheck *= 2;
      this.#checkRepeats();
    }
  }

  /** What the newest execution shows, the parts it repeated from the one before included. */
  #findingsOf(search: Search, machine: Machine): readonly Finding[] {
    const found = this.#gather(search, machine);
    // The end is judged only where the execution counts: it undoes the end state.
    if (!this.#counts(search)) return found;
    if (this.#executions + 1 === this.#nextCheck) this.#endState = machine.endStateHash();
    const atEnd = machine.findings.length;
    this.#execution.judge(search.end);
    return machine.findings.length > atEnd ? [...found, ...machine.findings.slice(atEnd)] : found;
  }

  /** What the newest run shows, without its end; kept for the next run, which may repeat a part of it. */
  #gather(search: Search, machine: Machine): readonly Finding[] {
    let found: readonly Finding[] = machine.findings;
    if (this.#carried.length > 0) {
      const before = this.#carried.filter(
        (f) => f.at.task !== "" && f.at.event < search.kept && f.potential !== true,
      );
      const fresh = machine.findings.filter(
        (f) => !before.some((b) => b.at.event === f.at.event && b.message === f.message),
      );
      found = [...before, ...fresh];
    }
    this.#carried = found;
    return found;
  }

  /** Runs the newest execution once more, from the start, and compares. */
  #checkRepeats(): void {
    const { machine, program } = this.#execution;
    this.#execution.steps(STOP, machine.log.length);
    if (machine.endStateHash() === this.#endState) return;
    const changed = machine.memory.changesSince(0).map((change) => machine.nameOf(change.word));
    throw new HiddenNondeterminism(
      `${program.name}: the same schedule ended in another state the second time; what it writes: ${changed.slice(0, 8).join(", ")}. ` +
        "A program under test may depend only on the machine: look for Date, Math.random, module state, Map or Set kept across runs",
      machine.log.length,
    );
  }

  #endRound(): void {
    if (this.#search instanceof BoundedSearch && this.#nextBound(this.#search)) return;
    this.#faultsExhausted = this.#round;
    const { refused } = this.#search;
    if (!refused) this.#faultsExhausted = this.#budgets.faults;
    if (!refused || this.#round >= this.#budgets.faults || (this.#findings.size > 0 && !this.#all)) {
      this.#finish(undefined);
      return;
    }
    this.#round++;
    this.#bound = 0;
    this.#carried = [];
    this.#search = this.#newSearch();
  }

  /** Goes on with the next bound on preemptions, if there is more to explore and no reason to stop. */
  #nextBound(search: BoundedSearch): boolean {
    const stops = this.#findings.size > 0 && !this.#all;
    if (search.beyond && this.#bound < this.#mostPreemptions && !stops) {
      this.#bound++;
      this.#carried = [];
      this.#search = this.#newSearch();
      this.#search.refused = search.refused;
      return true;
    }
    if (search.beyond) this.#anyBeyond = true;
    return false;
  }

  #finish(reason: string | undefined): void {
    this.#finished = true;
    this.#reason = reason;
  }

  /** Everything needed to go on later or elsewhere. Only between two slices. */
  checkpoint(): Checkpoint {
    return {
      v: 1,
      program: this.#program.name,
      options: this.#options,
      round: this.#round,
      counts: [
        this.#faultsExhausted,
        this.#executions,
        this.#redundant,
        this.#blocked,
        this.#steps,
        this.#nextCheck,
        this.#limited,
        this.#finished ? 1 : 0,
        this.#uncounted ? 1 : 0,
        this.#beyond,
      ],
      keys: [this.#keyA, this.#keyB],
      refused: this.#search.refused,
      sites: [...this.#sites].map(([site, outcomes]) => [site, [...outcomes]] as const),
      witnessed: [...this.machine.witnessed],
      tasks: this.#taskNames(),
      findings: this.#findings.groups(),
      frontier: this.#optimal("a checkpoint").freeze(),
      ...this.#covered(),
    };
  }

  #covered(): { readonly coverage?: Coverage } {
    return this.#coverage ? { coverage: this.#coverage.result(this.#sites) } : {};
  }

  /** Names of all tasks met so far: those there from the start, then the spawned ones. */
  #taskNames(): readonly string[] {
    const first = this.#execution.tasks.map((task) => task.name);
    const others = new Set([...this.#tasksMet, ...this.machine.taskNames]);
    for (const name of first) others.delete(name);
    return [...first, ...[...others].sort()];
  }

  /** For `resume`. */
  restore(checkpoint: Checkpoint): void {
    this.#round = checkpoint.round;
    const [
      exhausted,
      executions,
      redundant,
      blocked,
      steps,
      nextCheck,
      limited,
      finished,
      uncounted,
      beyond,
    ] = checkpoint.counts;
    this.#faultsExhausted = exhausted;
    this.#executions = executions;
    this.#redundant = redundant;
    this.#blocked = blocked;
    this.#steps = steps;
    this.#nextCheck = nextCheck;
    this.#limited = limited;
    this.#beyond = beyond;
    this.#finished = finished === 1;
    [this.#keyA, this.#keyB] = checkpoint.keys;
    for (const [site, outcomes] of checkpoint.sites) this.#sites.set(site, new Set(outcomes));
    this.#tasksMet = checkpoint.tasks;
    for (const name of checkpoint.witnessed) this.machine.witnessed.add(name);
    if (checkpoint.coverage) this.#coverage?.resume(checkpoint.coverage);
    this.#findings.merge(checkpoint.findings);
    this.#takeUp(checkpoint.frontier);
    this.#search.refused = checkpoint.refused;
    if (uncounted === 0) return;
    this.#uncounted = executions >= this.#budgets.executions;
    if (this.#uncounted) {
      this.#reason = `the limit of ${this.#budgets.executions} executions was reached`;
      return;
    }
    this.#finished = false;
    this.#execution.guarded(() => this.#account(this.#search, this.machine));
  }

  /** For `explorePart`. */
  restrict(part: Part): void {
    this.#round = part.faults;
    this.#part = true;
    this.#takeUp(part.frontier);
    this.#search.refused = part.refused ?? false;
    // Choices on the way were made by whoever divided the search: here is where they count.
    const { log } = this.machine;
    for (let i = 0; i < part.frontier.path.length; i++) {
      if (log.kind[i] !== kinds.CHOICE) continue;
      const outcomes = this.#sites.get(log.site[i]) ?? new Set();
      this.#sites.set(log.site[i], outcomes.add(log.outcome[i]));
    }
  }

  /** For `sumUp`: takes in what a part of the current round counted and found. */
  absorb(part: Checkpoint): void {
    const [, executions, cut, blocked, steps, , limited, , , beyond] = part.counts;
    this.#executions += executions;
    this.#cut += cut;
    this.#blocked += blocked;
    this.#steps += steps;
    this.#limited += limited;
    this.#beyond += beyond;
    this.#keyA = (this.#keyA + part.keys[0]) | 0;
    this.#keyB = (this.#keyB + part.keys[1]) | 0;
    for (const [site, outcomes] of part.sites) {
      this.#sites.set(site, new Set([...(this.#sites.get(site) ?? []), ...outcomes]));
    }
    this.#tasksMet = [...new Set([...this.#tasksMet, ...part.tasks])];
    for (const name of part.witnessed) this.machine.witnessed.add(name);
    if (part.coverage) this.#coverage?.resume(part.coverage);
    this.#findings.merge(part.findings);
    if (part.refused) this.#search.refused = true;
  }

  /** For `sumUp`: all parts of the current round were taken in. False when the exploration is over with it. */
  closeRound(): boolean {
    this.#endRound();
    return !this.#finished;
  }

  #optimal(what: string): OptimalSearch {
    if (this.#search instanceof OptimalSearch) return this.#search;
    throw new Error(
      `${what} is for the exhaustive explorer: a sample is drawn again from its seed, a bounded search starts again`,
    );
  }

  #takeUp(frontier: Frontier): void {
    this.#search = this.#newSearch();
    const search = this.#optimal("resuming");
    this.#execution.guarded(() => search.thaw(frontier));
    this.#coverage?.add(search.order, 0);
    this.#carried = this.machine.findings;
  }

  /**
   * How many executions there are in all within the fault budget, as an interval: exact once they are exhausted, otherwise
   * from probes on a machine of their own (see `estimate.ts`), some seconds' work at most. The same after the same number of
   * executions, however often it was asked before.
   */
  estimate(): Interval {
    const executions = this.#executions;
    if (
      this.#finished &&
      this.#reason === undefined &&
      !this.#samples &&
      this.#faultsExhausted >= this.#budgets.faults
    ) {
      return { low: executions, high: executions };
    }
    this.#estimator ??= new Estimator(
      this.#program,
      this.#budgets.faults,
      this.#options.off,
      this.#budgets.stepsPerExecution,
    );
    this.#execution.guarded(() => this.#estimator!.probe(probesFor(executions)));
    const seen = this.#samples ? this.#keys.size : executions;
    return this.#estimator.interval(Math.max(1, seen));
  }
  #estimator: Estimator | undefined;

  /** How things stand. */
  result(): ExplorationResult {
    const machine = this.#execution.machine;
    const witnesses: Record<string, boolean> = {};
    for (const name of this.#program.witnesses ?? []) witnesses[name] = machine.witnessed.has(name);
    const { verdict, reason } = this.#verdict(witnesses);
    return {
      program: this.#program.name,
      explorer: this.#options.explorer ?? "dpor",
      ...(this.#samples ? { seed: this.#options.seed ?? 1 } : {}),
      verdict,
      ...(reason === undefined ? {} : { reason }),
      budgets: this.#budgets,
      faultsExhausted: this.#faultsExhausted,
      executions: this.#executions,
      redundant: this.#redundant,
      ...(this.#cut > 0 ? { cut: this.#cut } : {}),
      blocked: this.#blocked,
      ...(this.#options.preemptions === undefined || this.#bounded ? {} : { beyondBound: this.#beyond }),
      ...(this.#bounded ? { preemptionBound: this.#bound } : {}),
      ...(this.#example === undefined ? {} : { example: this.#example }),
      steps: this.#steps,
      ...(this.#reason === undefined || verdict !== "incomplete" ? {} : { estimate: this.estimate() }),
      tasks: this.#taskNames(),
      witnesses,
      sites: [...this.#sites]
        .map(([site, outcomes]) => ({ site, outcomes: [...outcomes].sort((a, b) => a - b) }))
        .sort((a, b) => (a.site < b.site ? -1 : 1)),
      findings: this.#findings.list(this.#proven()),
      switchedOff: machine.switchedOff,
      ...this.#covered(),
      keyHash: hex(this.#keyA) + hex(this.#keyB),
    };
  }

  /** What the search so far proves of stories. */
  #proven(): Proven {
    const explored = this.#samples || this.#part ? -1 : this.#faultsExhausted; // a part is no proof for the whole
    // A story of s switches needs no more than s preemptions: within the bound, fewer switches would have been seen.
    const within = this.#bounded && this.#anyBeyond ? this.#bound : Number.POSITIVE_INFINITY;
    return {
      faults: explored,
      everything: !this.#samples && !this.#part && !this.#anyBeyond,
      switches: within,
    };
  }
  #part = false;

  #verdict(witnesses: Readonly<Record<string, boolean>>): { verdict: Verdict; reason?: string } {
    const { explorer, seed = 1, preemptions = 0 } = this.#options;
    const { switchedOff, fieldsAreSteps } = this.#execution.machine;
    return verdictOn({
      findings: this.#findings.size,
      finished: this.#finished,
      ...(this.#reason === undefined ? {} : { limit: this.#reason }),
      executions: this.#executions,
      ...(this.#samples ? { sample: { how: `${explorer}, seed ${seed}`, different: this.#keys.size } } : {}),
      ...(this.#anyBeyond ? { bound: this.#bound } : {}),
      notJudged: { traces: this.#beyond, preemptions },
      cutOff: { executions: this.#limited, steps: this.#budgets.stepsPerExecution },
      racesUnseen: switchedOff.includes("data-race") && !fieldsAreSteps,
      missing: Object.keys(witnesses).filter((name) => !witnesses[name]),
    });
  }
}

function hex(n: number): string {
  return (n >>> 0).toString(16).padStart(8, "0");
}
