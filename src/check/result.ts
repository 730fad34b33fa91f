/**
 * What an exploration says, as plain data: the verdict, its bounds, what was covered, what was found.
 */
import type { Finding } from "../sched/index.ts";
import type { Coverage } from "./coverage.ts";
import type { Interval } from "./estimate.ts";
import type { Trace } from "./trace.ts";

/** Limits of an exploration. A verdict always states them. */
export interface Budgets {
  /** Most faults (choices other than 0) in one execution. Explored from 0 upwards. */
  readonly faults: number;
  /** Most steps in one execution. */
  readonly stepsPerExecution: number;
  /** Most executions altogether; Infinity = no limit. */
  readonly executions: number;
}

/**
 * holds: the space within the budgets was exhausted and nothing was found.
 * fails: something was found.
 * incomplete: a limit ended the exploration first.
 * vacuous: exhausted and clean, but a witness never happened.
 */
export type Verdict = "holds" | "fails" | "incomplete" | "vacuous";

/** Which measures of a story no execution of the program can beat. */
export interface Proof {
  /** Every execution with fewer faults was explored. */
  readonly faults: boolean;
  /** Every execution with as many faults was explored, and none can be told with fewer switches. */
  readonly switches: boolean;
}

/** A finding with its smallest known execution. */
export interface Found {
  readonly finding: Finding;
  /** Executions that showed the same finding (same code, function and objects). */
  readonly count: number;
  /** Announced operations and choices of the minimal trace. */
  readonly steps: number;
  /** Consecutive steps of different tasks. */
  readonly switches: number;
  /** Choices other than 0. */
  readonly faults: number;
  /** No linearisation of this execution has fewer switches; false when the search for one was cut short. */
  readonly exact: boolean;
  /** What of it is minimal by proof: everything smaller was explored. What is not was only searched. */
  readonly proof: Proof;
  /** With the bounded explorer: fewest preemptions an execution needs to show it, by proof for this number of faults. */
  readonly preemptions?: number;
  readonly trace: Trace;
}

/** State of an exploration, at its end or at any time before. */
export interface ExplorationResult {
  readonly program: string;
  readonly explorer: string;
  /** For explorers that draw. */
  readonly seed?: number;
  readonly verdict: Verdict;
  /** Why it is incomplete or vacuous, or why more was not looked for: one sentence. */
  readonly reason?: string;
  readonly budgets: Budgets;
  /** Largest fault budget that was exhausted, -1 for none. */
  readonly faultsExhausted: number;
  /** Complete executions, one per equivalence class for an optimal explorer. */
  readonly executions: number;
  /** Executions that turned out to repeat a class already seen. */
  readonly redundant: number;
  /** Of a divided search: runs that were given up at the border of a part, because another part makes them. */
  readonly cut?: number;
  /** Maximal executions that end with a task waiting for ever. */
  readonly blocked: number;
  /** With the bounded explorer: the bound reached. */
  readonly preemptionBound?: number;
  /** With a bound on preemptions: traces that need more, not judged. */
  readonly beyondBound?: number;
  /** With `exists`: an execution that shows the witness. */
  readonly example?: Trace;
  /** Steps executed for the first time; replayed ones not counted. */
  readonly steps: number;
  /** When a limit ended it: executions there are in all within the fault budget, those made included. */
  readonly estimate?: Interval;
  /** Tasks that took part. */
  readonly tasks: readonly string[];
  /** Each required witness and whether some execution showed it. */
  readonly witnesses: Readonly<Record<string, boolean>>;
  /** Choice sites met and outcomes seen, in order of name. */
  readonly sites: readonly { readonly site: string; readonly outcomes: readonly number[] }[];
  readonly findings: readonly Found[];
  /** Detectors that were off, by name: what they find was not looked for. */
  readonly switchedOff: readonly string[];
  /** What was gone through, when asked for: see `neverTaken`. */
  readonly coverage?: Coverage;
  /** Order-independent hash over the keys of all executions: equal explorations give equal hashes. */
  readonly keyHash: string;
}
