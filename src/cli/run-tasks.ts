/**
 * Runs tasks on workers, shows how far they are, and turns what goes wrong into one message and an exit code.
 */
import { availableParallelism } from "node:os";
import { Interrupted, type Outcome, type Progress, runJobs } from "../farm/index.ts";
import { count } from "../report/index.ts";
import { CliFailure, EXIT } from "./failure.ts";
import type { Answer, Task } from "./task.ts";
import { clearProgress, progress } from "./terminal.ts";

/** A task that says nothing for so long is taken for stuck. */
const SILENCE_MS = 20_000;
const LEAST_SILENCE_MS = 5_000;

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
  const silenceMs = Math.max(LEAST_SILENCE_MS, Math.min(timeMs ?? SILENCE_MS, SILENCE_MS));
  const latest = new Map<number, Progress>();
  let ended = 0;
  try {
    const outcomes = await runJobs<Answer, Progress>(new URL("./worker.js", import.meta.url), tasks, {
      workers: availableParallelism(),
      silenceMs,
      signal: interrupt.signal,
      onProgress: (job, how) => {
        latest.set(job, how);
        progress(progressText(tasks, latest, ended));
      },
      onEnd: (job) => {
        latest.delete(job);
        ended++;
      },
    });
    return outcomes.map((outcome, i) => endedOf(outcome, tasks[i]!));
  } catch (error) {
    if (error instanceof Interrupted) throw new CliFailure("interrupted", EXIT.interrupted);
    throw error;
  } finally {
    clearProgress();
  }
}

function progressText(tasks: readonly Task[], latest: ReadonlyMap<number, Progress>, ended: number): string {
  const parts = [...latest].map(([job, how]) => {
    const rate = Math.round((how.executions * 1000) / Math.max(how.elapsedMs, 1));
    const findings = how.findings > 0 ? `, ${count(how.findings, "finding")}` : "";
    return `${nameOf(tasks[job]!)}: ${count(how.executions, "execution")}, ${rate}/s${findings}`;
  });
  const of = tasks.length > 1 ? `[${ended}/${tasks.length}] ` : "";
  return `${of}${parts.join("; ")}`;
}

function nameOf(task: Task): string {
  return task.kind === "check"
    ? `${task.job.scenario} on ${task.job.kernel}`
    : `replay of ${task.trace.program}`;
}

function endedOf(outcome: Outcome<Answer>, task: Task): Ended {
  if (outcome.kind === "done") return { answer: outcome.result };
  return { failure: failureOf(outcome, task) };
}

function failureOf(outcome: Exclude<Outcome<Answer>, { kind: "done" }>, task: Task): CliFailure {
  const what = nameOf(task);
  const file = task.kind === "check" ? task.job.designFile : task.designFile;
  switch (outcome.kind) {
    case "problem":
      return new CliFailure(outcome.message);
    case "silent": {
      const seconds = outcome.afterMs / 1000;
      return new CliFailure(
        file === undefined
          ? `${what}: nothing was heard for ${seconds} s, so it was ended. A single execution of it takes too long here; a smaller image or fewer pages help`
          : `${file}: ${what} said nothing for ${seconds} s, so it was ended: the design seems to loop for ever. A loop that waits for others must wait in a step (\`if (k.await(...)) yield;\`), any other loop must come to its end`,
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
          `${file}: the design ended its thread with exit code ${outcome.exitCode}: it must not call process.exit()`,
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
          `${file}: something it started went wrong later (${outcome.message}): a design has no timers and no promises`,
        );
      }
      return new CliFailure(
        `${what}: ${outcome.message}\nThis is a bug in interleaf: please report it with the command and these lines.\n${outcome.stack}`,
        EXIT.bug,
      );
  }
}
