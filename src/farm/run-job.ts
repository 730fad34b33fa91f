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
  type RoundOfParts,
  resume,
  sumUp,
} from "../check/index.ts";
import { type Job, parametersOf, type Subject, subjectOf } from "./job.ts";
import type { Unit, UnitAnswer } from "./plan.ts";
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
type Ended = "finished" | "most" | "time" | "endless";

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
  const ended = inSlices(exploration, job.timeMs, undefined, report);
  const result = ended === "finished" ? exploration.result() : cutShort(exploration, ended, job);
  return { subject, result, elapsedMs: performance.now() - began };
}

/** Does one piece of a job's plan; throws as `exploreJob` does. @param timeMs what is left of the job's time */
export function exploreUnit(
  job: Job,
  unit: Unit,
  timeMs: number | undefined,
  user: UserFiles,
  model: string,
  report: (progress: Progress) => void,
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
  const ended = inSlices(exploration, timeMs, unit.most, report, true);
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
  open: "time" | "endless" | undefined,
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
    stepsPerExecution: STEPS_PER_EXECUTION + (job.image?.areas.length ?? 0) * STEPS_PER_AREA,
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

/** @param most new steps after which to stop */
function inSlices(
  exploration: Exploration,
  timeMs: number | undefined,
  most: number | undefined,
  report: (progress: Progress) => void,
  checkpoints: boolean = false,
): Ended {
  const began = performance.now();
  const elapsed = (): number => performance.now() - began;
  const limit = exploration.result().budgets.stepsPerExecution;
  let executions = 1;
  let endless = 0;
  let saved = 0;
  for (;;) {
    const before = elapsed();
    const more = slice(exploration, executions, most);
    const took = elapsed() - before;
    const wish = took < SLICE_MS / 2 ? executions * 2 : took > SLICE_MS * 2 ? executions / 2 : executions;
    executions = Math.max(1, Math.round(wish));
    const { executions: done, steps, findings } = exploration.result();
    const due = checkpoints && elapsed() - saved >= CHECKPOINT_MS;
    if (due) saved = elapsed();
    report({
      executions: done,
      steps,
      findings: findings.length,
      elapsedMs: elapsed(),
      ...(due ? { checkpoint: exploration.checkpoint() } : {}),
    });
    if (!more) return "finished";
    if (timeMs !== undefined && elapsed() >= timeMs) return "time";
    if (exploration.machine.log.length >= limit && ++endless >= ENDLESS) return "endless";
    if (most !== undefined && steps >= most) return "most";
  }
}

/** A slice that ends at the very execution that reaches `most`: where that is must not depend on the time it takes. */
function slice(exploration: Exploration, executions: number, most: number | undefined): boolean {
  if (most === undefined) return exploration.slice(executions);
  let more = true;
  for (let n = 0; n < executions && more && exploration.steps < most; n++) more = exploration.slice(1);
  return more;
}

/** A run of the smallest layouts has some hundred steps; more than this is a loop. */
const STEPS_PER_EXECUTION = 5_000;
/** An area of an image adds some dozens of steps. */
const STEPS_PER_AREA = 500;

/** Slices that end in an execution without end before the rest is given up: each takes its time and tells nothing. */
const ENDLESS = 8;

/** The result of an exploration that was given up, with the reason and how much there may be in all. */
function cutShort(exploration: Exploration, ended: Ended, job: Job): ExplorationResult {
  const result = exploration.result();
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
