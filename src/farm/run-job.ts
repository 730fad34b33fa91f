/**
 * Doing a job: exploring in slices of about a tenth of a second, telling how far it is after each, until it is done or
 * its time is over.
 */
import { type ExplorationResult, explore } from "../check/index.ts";
import { type Job, parametersOf, type Subject, subjectOf } from "./job.ts";
import type { UserDesigns } from "./user-designs.ts";

/** How far a job is. */
export interface Progress {
  readonly executions: number;
  readonly steps: number;
  readonly findings: number;
  readonly elapsedMs: number;
}

/** A job that was done. */
export interface Explored {
  readonly subject: Subject;
  readonly result: ExplorationResult;
  readonly elapsedMs: number;
}

const SLICE_MS = 100;

/**
 * Explores. Throws an `InputProblem` for names that do not exist, and whatever the program under test throws.
 * @param model version of the model, for traces
 */
export function exploreJob(
  job: Job,
  user: UserDesigns | undefined,
  model: string,
  report: (progress: Progress) => void,
): Explored {
  const began = performance.now();
  const elapsed = (): number => performance.now() - began;
  const subject = subjectOf(job, user);
  const areas = job.image?.areas.length ?? 0;
  const stepsPerExecution = STEPS_PER_EXECUTION + areas * STEPS_PER_AREA;
  const exploration = explore(subject.scenario.program(subject.input), {
    faults: subject.faults,
    stepsPerExecution,
    all: job.all ?? false,
    model,
    parameters: parametersOf(job, subject, user),
  });
  let executions = 1;
  let more = true;
  let outOfTime = false;
  let endless = 0;
  while (more && !outOfTime && endless < ENDLESS) {
    const before = elapsed();
    more = exploration.slice(executions);
    const took = elapsed() - before;
    const wish = took < SLICE_MS / 2 ? executions * 2 : took > SLICE_MS * 2 ? executions / 2 : executions;
    executions = Math.max(1, Math.round(wish));
    const { executions: done, steps, findings } = exploration.result();
    report({ executions: done, steps, findings: findings.length, elapsedMs: elapsed() });
    outOfTime = job.timeMs !== undefined && elapsed() >= job.timeMs;
    if (exploration.machine.log.length >= stepsPerExecution) endless++;
  }
  const result = exploration.result();
  return {
    subject,
    result: more ? cutShort(result, outOfTime ? job.timeMs : undefined) : result,
    elapsedMs: elapsed(),
  };
}

/** A run of the smallest layouts has some hundred steps; more than this is a loop. */
const STEPS_PER_EXECUTION = 5_000;
/** An area of an image adds some dozens of steps. */
const STEPS_PER_AREA = 500;

/** Slices that end in an execution without end before the rest is given up: each takes its time and tells nothing. */
const ENDLESS = 8;

/** @param timeMs the time that was over; undefined when executions did not end */
function cutShort(result: ExplorationResult, timeMs: number | undefined): ExplorationResult {
  if (result.verdict !== "incomplete") return result;
  const { faultsExhausted, executions, budgets } = result;
  const covered =
    faultsExhausted < 0
      ? "no fault budget was exhausted"
      : `executions with up to ${faultsExhausted} faults were exhausted`;
  const why =
    timeMs === undefined
      ? `executions do not end: one after the other was cut off after ${budgets.stepsPerExecution} steps. Does a task loop for ever?`
      : `the time of ${timeMs / 1000} s was over after ${executions} executions`;
  return { ...result, reason: `${why}; ${covered}` };
}
