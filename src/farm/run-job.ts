/**
 * Doing a job, or one piece of it: exploring in slices of about a tenth of a second, telling how far it is after each,
 * until it is done or its time is over.
 */
import {
  type Checkpoint,
  divide,
  type Exploration,
  type ExplorationResult,
  type ExploreOptions,
  explore,
  explorePart,
  type Interval,
  type RoundOfParts,
  resume,
  sumUp,
} from "../check/index.ts";
import { Forecast } from "./forecast.ts";
import { type Job, parametersOf, type Subject, subjectOf } from "./job.ts";
import { ENOUGH_STEPS, type Unit, type UnitAnswer } from "./plan.ts";
import type { UserDesigns } from "./user-designs.ts";
import type { UserScenario } from "./user-scenario.ts";

/** How far a job is. */
export interface Progress {
  readonly executions: number;
  readonly steps: number;
  readonly findings: number;
  readonly elapsedMs: number;
  /** Where it could be taken up again, twice a second; pieces only. */
  readonly checkpoint?: Checkpoint;
  /** Executions there are in all within the fault budget, as far as probes say; where it was asked for. */
  readonly estimate?: Interval;
  /** Probes behind it. */
  readonly probes?: number;
}

/** The user's files that a job names, loaded. */
export interface UserFiles {
  readonly designs?: UserDesigns | undefined;
  readonly scenario?: UserScenario | undefined;
}

/** A job that was done. */
export interface Explored {
  readonly subject: Subject;
  readonly result: ExplorationResult;
  readonly elapsedMs: number;
}

const SLICE_MS = 100;
/** A piece says where it could be taken up again this often. */
const CHECKPOINT_MS = 500;

/** How a run of slices ended. */
type Ended = "finished" | "most" | "enough" | "time" | "endless";

/**
 * Explores a whole job. Throws an `InputProblem` for names that do not exist, and whatever the program under test throws.
 * @param model version of the model, for traces
 */
export function exploreJob(
  job: Job,
  user: UserFiles,
  model: string,
  report: (progress: Progress) => void,
): Explored {
  const began = performance.now();
  const subject = subjectOf(job, user.designs, user.scenario);
  const options = exploreOptionsOf(job, subject, user, model);
  const exploration = explore(subject.scenario.program(subject.input), options);
  const ended = inSlices(exploration, { timeMs: job.timeMs }, report);
  const result = ended === "finished" ? exploration.result() : cutShort(exploration, ended, job);
  return { subject, result, elapsedMs: performance.now() - began };
}

/** A forecast for a job, to be given to each of its pieces that this thread does. */
export function forecastOf(job: Job, user: UserFiles): Forecast {
  const subject = subjectOf(job, user.designs, user.scenario);
  return new Forecast(subject.scenario.program(subject.input), subject.faults, stepLimitOf(job));
}

/** Does one piece of a job's plan; throws as `exploreJob` does. @param timeMs what is left of the job's time */
export function exploreUnit(
  job: Job,
  unit: Unit,
  timeMs: number | undefined,
  user: UserFiles,
  model: string,
  report: (progress: Progress) => void,
  forecast?: Forecast,
): UnitAnswer {
  const subject = subjectOf(job, user.designs, user.scenario);
  const program = subject.scenario.program(subject.input);
  if (unit.kind === "divide") {
    for (let depth = 2; ; depth *= 2) {
      const parts = divide(program, unit.faults, depth);
      if (parts.length >= MANY_PARTS || depth >= DEEPEST) return { kind: "divided", parts };
    }
  }
  const options = exploreOptionsOf(job, subject, user, model);
  const exploration =
    unit.from === undefined
      ? explorePart(program, unit.part, options)
      : resume(program, unit.from, { ...options, faults: unit.part.faults });
  const limits = { timeMs, most: unit.most, enough: unit.enough };
  const ended = inSlices(exploration, limits, report, true, forecast);
  return { kind: "part", at: exploration.checkpoint(), ended, faults: subject.faults };
}

/** Parts that a large round is divided into, unless its first steps have no more of them. */
const MANY_PARTS = 64;
const DEEPEST = 16;

/**
 * The result of a job whose pieces were explored.
 * @param open why it was given up before its end
 */
export function concludeJob(
  job: Job,
  rounds: readonly RoundOfParts[],
  open: "time" | "endless" | "enough" | undefined,
  user: UserFiles,
  model: string,
): Omit<Explored, "elapsedMs"> {
  const subject = subjectOf(job, user.designs, user.scenario);
  const options = exploreOptionsOf(job, subject, user, model);
  const sums = sumUp(subject.scenario.program(subject.input), rounds, options);
  return { subject, result: open === undefined ? sums.result() : cutShort(sums, open, job) };
}

function exploreOptionsOf(job: Job, subject: Subject, user: UserFiles, model: string): ExploreOptions {
  const { explorer, seed, depth, executions, preemptions } = job;
  return {
    faults: subject.faults,
    stepsPerExecution: stepLimitOf(job),
    all: job.all ?? false,
    coverage: job.coverage ?? false,
    model,
    parameters: parametersOf(job, subject, user.designs, user.scenario),
    ...(explorer === undefined ? {} : { explorer }),
    ...(seed === undefined ? {} : { seed }),
    ...(depth === undefined ? {} : { depth }),
    ...(executions === undefined ? {} : { executions }),
    ...(preemptions === undefined ? {} : { preemptions }),
  };
}

/** Where a run of slices ends before its end. */
interface Limits {
  readonly timeMs: number | undefined;
  /** New steps after which to stop, whatever was found. */
  readonly most?: number | undefined;
  /** New steps after which to stop when something was found. */
  readonly enough?: number | undefined;
}

function inSlices(
  exploration: Exploration,
  { timeMs, most, enough }: Limits,
  report: (progress: Progress) => void,
  checkpoints: boolean = false,
  forecast?: Forecast,
): Ended {
  const began = performance.now();
  const elapsed = (): number => performance.now() - began;
  const limit = exploration.result().budgets.stepsPerExecution;
  let executions = 1;
  let endless = 0;
  let saved = 0;
  for (;;) {
    const before = elapsed();
    const more = slice(exploration, executions, most, enough);
    const took = elapsed() - before;
    const wish = took < SLICE_MS / 2 ? executions * 2 : took > SLICE_MS * 2 ? executions / 2 : executions;
    executions = Math.max(1, Math.round(wish));
    const { executions: done, steps, findings } = exploration.result();
    const due = checkpoints && elapsed() - saved >= CHECKPOINT_MS;
    if (due) saved = elapsed();
    forecast?.beside(took);
    const estimate = forecast?.interval;
    report({
      executions: done,
      steps,
      findings: findings.length,
      elapsedMs: elapsed(),
      ...(due ? { checkpoint: exploration.checkpoint() } : {}),
      ...(estimate === undefined ? {} : { estimate, probes: forecast!.probes }),
    });
    if (!more) return "finished";
    if (timeMs !== undefined && elapsed() >= timeMs) return "time";
    if (exploration.machine.log.length >= limit && ++endless >= ENDLESS) return "endless";
    if (enough !== undefined && steps >= enough && findings.length > 0) return "enough";
    if (most !== undefined && steps >= most) return "most";
  }
}

/** A slice that ends at the very execution that reaches `most`: where that is must not depend on the time it takes. */
function slice(exploration: Exploration, executions: number, most = Infinity, enough = Infinity): boolean {
  const limit = Math.min(most, enough);
  if (limit === Infinity) return exploration.slice(executions);
  const stops = (): boolean => {
    const { steps } = exploration;
    return steps >= limit && (steps >= most || exploration.found);
  };
  let more = true;
  for (let n = 0; n < executions && more && (n === 0 || !stops()); n++) more = exploration.slice(1);
  return more;
}

/** A run of the smallest layouts has some hundred steps; more than this is a loop. */
const STEPS_PER_EXECUTION = 5_000;
/** An area of an image adds some dozens of steps. */
const STEPS_PER_AREA = 500;

function stepLimitOf(job: Job): number {
  return STEPS_PER_EXECUTION + (job.image?.areas.length ?? 0) * STEPS_PER_AREA;
}

/** Slices that end in an execution without end before the rest is given up: each takes its time and tells nothing. */
const ENDLESS = 8;

/** The result of an exploration that was given up, with the reason and how much there may be in all. */
function cutShort(exploration: Exploration, ended: Ended, job: Job): ExplorationResult {
  const result = exploration.result();
  if (ended === "enough") {
    const reason = `the search for a shorter story ended after ${ENOUGH_STEPS} steps: add --all to explore the rest`;
    return { ...result, reason };
  }
  if (result.verdict !== "incomplete") return result;
  const { faultsExhausted, executions, budgets } = result;
  const covered =
    faultsExhausted < 0
      ? "no fault budget was exhausted"
      : `executions with up to ${faultsExhausted} faults were exhausted`;
  const why =
    ended === "time"
      ? `the time of ${(job.timeMs ?? 0) / 1000} s was over after ${executions} executions`
      : `executions do not end: one after the other was cut off after ${budgets.stepsPerExecution} steps. Does a task loop for ever?`;
  // The probes behind an estimate take whole executions: with an image that is too long to wait for.
  const estimate = ended === "time" && job.image === undefined ? { estimate: exploration.estimate() } : {};
  return { ...result, ...estimate, reason: `${why}; ${covered}` };
}
