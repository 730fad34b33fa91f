/**
 * Runs tasks on workers, shows how far they are, and turns what goes wrong into one message and an exit code.
 */
import { availableParallelism } from "node:os";
import {
  exploreDivided,
  Interrupted,
  type Job,
  type Outcome,
  Pool,
  type Progress,
  runJobs,
  type SavedPlan,
  scenarioFileOf,
  subjectOf,
} from "../farm/index.ts";
import { CliFailure, EXIT } from "./failure.ts";
import { ProgressTable } from "./progress-line.ts";
import { type Answer, type Checked, type NotApplicable, type Task, userFilesOf } from "./task.ts";
import { clearProgress, showsProgress } from "./terminal.ts";

/** A task that says nothing for so long is taken for stuck. */
const SILENCE_MS = 20_000;
const LEAST_SILENCE_MS = 5_000;

const WORKER = new URL("./worker.js", import.meta.url);

/** A task's answer, or why there is none. */
export type Ended = { readonly answer: Answer } | { readonly failure: CliFailure };

/** What runs until Ctrl-C. */
const interrupt = new AbortController();

/** Aborted by Ctrl-C, once `endOnInterrupt` was called. */
export const interrupted: AbortSignal = interrupt.signal;

/** Makes Ctrl-C end the tasks that run; the command then ends with exit code 130. */
export function endOnInterrupt(): void {
  process.once("SIGINT", () => interrupt.abort());
}

/** Does the tasks; in the order of the tasks. */
export async function runTasks(tasks: readonly Task[], timeMs?: number): Promise<Ended[]> {
  const names = tasks.map(nameOf);
  const table = new ProgressTable(names);
  return interruptible(async () => {
    const outcomes = await runJobs<Answer, Progress>(WORKER, tasks, {
      workers: availableParallelism(),
      silenceMs: silenceOf(timeMs),
      signal: interrupt.signal,
      onProgress: (job, how) => table.at(job, how),
      onEnd: (job) => table.ended(job),
    });
    return outcomes.map((outcome, i) => endedOf(outcome, tasks[i]!));
  });
}

/** How jobs are explored in pieces. */
export interface DividedJobs {
  readonly workers: number;
  readonly timeMs?: number;
  /** What an earlier run kept of a job. */
  saved(job: number): SavedPlan | undefined;
  readonly onProgress?: (job: number, progress: Progress) => void;
  /** Keeps what there is of a job, for a later run. */
  keep(job: number, plan: SavedPlan): void;
}

/** A job's end, and whether it was out of time before. */
export type EndedJob = Ended & { readonly unfinished: boolean };

/** Explores jobs, several pieces at a time; in the order of the jobs. */
export async function exploreJobs(jobs: readonly Job[], how: DividedJobs): Promise<EndedJob[]> {
  const table = new ProgressTable(jobs.map((job) => nameOf({ kind: "check", job, tell: true })));
  const pool = new Pool<Progress>(WORKER, {
    workers: how.workers,
    silenceMs: silenceOf(how.timeMs),
    signal: interrupt.signal,
  });
  const explored: EndedJob[] = [];
  let next = 0;
  // Each job's time begins when its first piece does: so no more jobs at once than there are workers.
  const lane = async (): Promise<void> => {
    while (next < jobs.length) {
      const i = next++;
      explored[i] = await exploreJobOn(pool, jobs[i]!, i, how, (progress) => {
        table.at(i, progress);
        how.onProgress?.(i, progress);
      });
      table.ended(i);
    }
  };
  return interruptible(async () => {
    const lanes = await Promise.allSettled(Array.from({ length: Math.min(how.workers, jobs.length) }, lane));
    await pool.close();
    for (const end of lanes) if (end.status === "rejected") throw end.reason;
    return explored;
  });
}

async function exploreJobOn(
  pool: Pool<Progress>,
  job: Job,
  index: number,
  how: DividedJobs,
  onProgress: (progress: Progress) => void,
): Promise<EndedJob> {
  const task: Task = { kind: "check", job, tell: true };
  if (userFilesOf(task).length === 0) {
    // A scenario that says nothing about these designs needs no worker to find that out.
    const { notApplicable: reason } = subjectOf(job);
    if (reason !== undefined) {
      const { scenario, kernel } = job;
      return { answer: { kind: "n/a", scenario, kernel, reason }, unfinished: false };
    }
  }
  if (!isDivisible(job)) {
    const outcome = await pool.do<Answer>(task, onProgress);
    return { ...endedOf(outcome, task), unfinished: false };
  }
  const saved = how.saved(index);
  const began = performance.now();
  const { outcome, unfinished } = await exploreDivided<Checked | NotApplicable>(pool, job, {
    workers: how.workers,
    onProgress,
    forecast: how.onProgress !== undefined || showsProgress(),
    keep: (plan) => how.keep(index, plan),
    ...(saved === undefined ? {} : { saved }),
  });
  const ended = endedOf(outcome, task);
  if ("failure" in ended || ended.answer.kind !== "checked") return { ...ended, unfinished };
  return { answer: { ...ended.answer, elapsedMs: performance.now() - began }, unfinished };
}

/** Samples are drawn again from their seed, and a limit of executions counts in one order only. */
export function isDivisible(job: Job): boolean {
  return (job.explorer ?? "dpor") === "dpor" && job.executions === undefined;
}

async function interruptible<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof Interrupted) throw new CliFailure("interrupted", EXIT.interrupted);
    throw error;
  } finally {
    clearProgress();
  }
}

function silenceOf(timeMs: number | undefined): number {
  return Math.max(LEAST_SILENCE_MS, Math.min(timeMs ?? SILENCE_MS, SILENCE_MS));
}

function nameOf(task: Task): string {
  if (task.kind === "replay") return `replay of ${task.trace.program}`;
  const { scenario, kernel } = task.job;
  return scenarioFileOf(scenario) ? scenario : `${scenario} on ${kernel}`;
}

function endedOf(outcome: Outcome<Answer>, task: Task): Ended {
  if (outcome.kind === "done") return { answer: outcome.result };
  return { failure: failureOf(outcome, task) };
}

function failureOf(outcome: Exclude<Outcome<Answer>, { kind: "done" }>, task: Task): CliFailure {
  const what = nameOf(task);
  const [user] = userFilesOf(task);
  const file = user?.file;
  switch (outcome.kind) {
    case "problem":
      return new CliFailure(outcome.message);
    case "silent": {
      const seconds = outcome.afterMs / 1000;
      return new CliFailure(
        file === undefined
          ? `${what}: nothing was heard for ${seconds} s, so it was ended. A single execution of it takes too long here; a smaller image or fewer pages help`
          : `${file}: ${what} said nothing for ${seconds} s, so it was ended: the ${user?.noun} seems to loop for ever. A loop that waits for others must wait in a step (\`if (k.await(...)) yield;\`), any other loop must come to its end`,
        EXIT.incomplete,
      );
    }
    case "memory":
      return new CliFailure(
        `${file === undefined ? "" : `${file}: `}${what} needed more memory than there is, so it was ended. Lower --faults${file === undefined ? ", or take a smaller image" : ", and look for a loop that allocates without end"}`,
        EXIT.incomplete,
      );
    case "gone":
      if (file !== undefined) {
        return new CliFailure(
          `${file}: the ${user?.noun} ended its thread with exit code ${outcome.exitCode}: it must not call process.exit()`,
        );
      }
      return new CliFailure(
        `${what}: the worker ended with exit code ${outcome.exitCode}. This is a bug in interleaf`,
        EXIT.bug,
      );
    case "crashed":
    case "error":
      if (outcome.kind === "crashed" && file !== undefined) {
        return new CliFailure(
          `${file}: something it started went wrong later (${outcome.message}): a ${user?.noun} has no timers and no promises`,
        );
      }
      return new CliFailure(
        `${what}: ${outcome.message}\nThis is a bug in interleaf: please report it with the command and these lines.\n${outcome.stack}`,
        EXIT.bug,
      );
  }
}
