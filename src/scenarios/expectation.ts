/**
 * One row of the tables of expectations, and short ways to write many.
 *
 * The tables decide nothing: they are shown next to verdicts and compared with them (`expectations.ts`).
 */

/** What one scenario must come to on one kernel. */
export interface Expectation {
  readonly scenario: string;
  readonly kernel: string;
  readonly verdict: "holds" | "fails";
  /** For `fails`: the code, and the function that must be the one to stumble. */
  readonly code?: string;
  readonly site?: string;
  /** Where this is known from. */
  readonly source: string;
}

/** Kernels of the tables, oldest first. */
export const ALL: readonly string[] =
  "4.13 4.14 4.15 4.19 5.3 5.10 5.15 6.0 6.1 6.6 6.8 6.10 6.12 6.14 6.17 6.18 6.19 7.0 7.1".split(" ");

/** From the first kernel to the last, both included. */
export function kernels(first: string, last: string): readonly string[] {
  return ALL.slice(ALL.indexOf(first), ALL.indexOf(last) + 1);
}

/** Nothing is found on these kernels. */
export function holds(scenario: string, on: readonly string[], source: string): readonly Expectation[] {
  return on.map((kernel) => ({ scenario, kernel, verdict: "holds", source }));
}

/** This is found first on these kernels, by this function. */
export function fails(
  scenario: string,
  on: readonly string[],
  code: string,
  site: string,
  source: string,
): readonly Expectation[] {
  return on.map((kernel) => ({ scenario, kernel, verdict: "fails", code, site, source }));
}
