/**
 * What the commands ask of a worker, and what it answers: plain data.
 */
import type { ExplorationResult, NeverTaken, Trace } from "../check/index.ts";
import { type Job, jobOfTrace, type PieceOfJob, scenarioFileOf, type UnitAnswer } from "../farm/index.ts";
import type { CheckedSubject, Told } from "../report/index.ts";

/** Explore a job, in one piece or a piece of it, or run a trace again. */
export type Task =
  | PieceOfJob
  | {
      readonly kind: "check";
      readonly job: Job;
      /** Tell the story of each finding. */
      readonly tell: boolean;
    }
  | { readonly kind: "replay"; readonly trace: Trace; readonly designFile?: string };

/** An explored job. */
export interface Checked {
  readonly kind: "checked";
  readonly subject: CheckedSubject;
  readonly result: ExplorationResult;
  readonly told: readonly Told[];
  /** With `coverage`: what never happened. */
  readonly never?: NeverTaken;
  readonly elapsedMs: number;
}

/** A job whose scenario says nothing about its designs. */
export interface NotApplicable {
  readonly kind: "n/a";
  readonly scenario: string;
  readonly kernel: string;
  readonly reason: string;
}

/** A trace that was run again. */
export interface ReplayedTrace {
  readonly kind: "replayed";
  readonly subject: CheckedSubject;
  readonly told: Told;
  /** The promised finding came again. */
  readonly found: boolean;
  /** Where the run departs from the trace, in words. */
  readonly divergence?: string;
  /** Users' files that are not what they were when the trace was made. */
  readonly changed: readonly string[];
}

/** What a worker answers. */
export type Answer = Checked | NotApplicable | ReplayedTrace;

/** What a worker answers to a piece of a job. */
export type PieceAnswer = Checked | NotApplicable | UnitAnswer;

/** A user's file that a task loads. */
export interface UserFile {
  readonly file: string;
  readonly noun: "design" | "scenario";
}

/** The users' files that a task loads. */
export function userFilesOf(task: Task): readonly UserFile[] {
  const job = task.kind === "replay" ? jobOfTrace(task.trace) : task.job;
  const design = (task.kind === "replay" ? task.designFile : undefined) ?? job.designFile;
  const own = scenarioFileOf(job.scenario);
  return [
    ...(design === undefined ? [] : [{ file: design, noun: "design" as const }]),
    ...(own === undefined ? [] : [{ file: own.file, noun: "scenario" as const }]),
  ];
}
