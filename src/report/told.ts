/**
 * A trace, told: what each step of one execution did, as plain data that every format renders.
 *
 *     trace --(tellTrace runs it again, looking)--> Told --> columns, mail, JSON, mermaid
 */
import type { Finding } from "../sched/index.ts";

/** One thing that a step or the plain code behind it changed. */
export interface ToldChange {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

/** A choice behind a step: which allocation, and whether it failed. */
export interface ToldChoice {
  readonly site: string;
  /** 0 is the ordinary outcome. */
  readonly outcome: number;
}

/** One step of one task, with the plain code behind it. */
export interface ToldStep {
  /** Number among the steps of the run, from 1. */
  readonly number: number;
  /** Index in `Told.tasks`. */
  readonly task: number;
  /** Kind as named by `sched`: "write lock", "read", ... */
  readonly kind: string;
  /** Function that announced it: the kernel's name. */
  readonly site: string;
  /** The object it is about. */
  readonly object: string;
  /** What the machine reported of it: a lock that was got, a value that was read. */
  readonly outcome: number;
  /** What it does, in words, without the function's name. */
  readonly does: string;
  readonly choices: readonly ToldChoice[];
  /** What the model said while the plain code behind it ran. */
  readonly notes: readonly string[];
  readonly changes: readonly ToldChange[];
}

/** A finding of the run, at a step; `step` is undefined for those of the tear-down behind the last step. */
export interface ToldFinding {
  readonly finding: Finding;
  /** Number of the step in whose plain code it was found. */
  readonly step?: number;
  /** Number of the step of the other side, where the finding names one. */
  readonly otherStep?: number;
}

/** One execution, step by step. */
export interface Told {
  readonly tasks: readonly string[];
  readonly steps: readonly ToldStep[];
  readonly findings: readonly ToldFinding[];
  /** How the run ended. */
  readonly end: string;
}
