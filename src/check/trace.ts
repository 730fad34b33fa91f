/**
 * A trace: one execution as a few numbers, enough to run it again anywhere.
 *
 * `schedule` is the list of tasks that took a step, run-length coded; `choices` the outcomes in order. Everything
 * else lets a replay tell whether it is still the same program.
 */
import type { Finding } from "../sched/index.ts";

/** Version of this format. */
export const TRACE_VERSION = 1;

/** One execution, plain data, JSON-able. */
export interface Trace {
  readonly v: 1;
  /** Version of the model that wrote it. */
  readonly model: string;
  /** What was run: a scenario id or the name of a program, and its parameters (kernel, designs, layout, ...). */
  readonly program: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** Task names, by number. */
  readonly tasks: readonly string[];
  /** Pairs: task number, how many steps it takes in a row. */
  readonly schedule: readonly (readonly [number, number])[];
  /** Outcomes of the choices, in order. */
  readonly choices: readonly number[];
  /** Fingerprint of every step (task, kind, objects, class, outcome), folded into one number. */
  readonly fingerprint: number;
  /** Hash of the state after the last step. */
  readonly endState: number;
  /** What it shows; absent for a trace kept for another reason. */
  readonly finding?: Finding;
}
