/**
 * What is compared with the live kernel: anything that runs programs and answers step by step.
 */
import type { Outcome } from "./lower.ts";
import type { CallName, Program } from "./program.ts";

/** A model of the kernel. */
export interface ModelUnderTest {
  /** For reports: "the model, kernel 6.18". */
  readonly name: string;
  /** Calls it does not have: random programs leave them out, and the result says so. */
  readonly unmodelled?: readonly CallName[];
  /**
   * Runs a program in a fresh process whose areas are those every program finds on the live kernel, and answers as the
   * live kernel would: the result of each step, all lines of maps of the process after it (the same array while nothing
   * changes), for `final` with VmFlags, and for a `read` that succeeds the byte it saw, if the model keeps bytes.
   */
  run(program: Program): readonly Outcome[] | Promise<readonly Outcome[]>;
}
