/** interleaf/check: explores every interleaving of a program, and tells the shortest story of what it finds. */
export { groupOf } from "./collect.ts";
export { type Coverage, type Expected, mergeCoverage, type NeverTaken, neverTaken } from "./coverage.ts";
export { OptimalSearch, type SearchLimits } from "./dpor.ts";
export { type EstimateOptions, Estimator, estimateTraces, type Interval, probesFor } from "./estimate.ts";
export { type Executed, Execution, ProgramError } from "./execution.ts";
export {
  Exploration,
  explore,
  explorePart,
  type RoundOfParts,
  resume,
  sumUp,
} from "./explore.ts";
export type { Frontier } from "./frontier.ts";
export type { Checkpoint, ExploreOptions } from "./options.ts";
export { Order } from "./order.ts";
export { divide, mergeResults, type Part, type Sums, wholeRound } from "./partition.ts";
export { preemptionsOf } from "./preemptions.ts";
export type { Program } from "./program.ts";
export { ReplayDriver, type Replayed, type ReplayOptions, replay, sameFinding } from "./replay.ts";
export type { Budgets, ExplorationResult, Found, Proof, Verdict } from "./result.ts";
export type { Sampler } from "./sample.ts";
export {
  type Divergence,
  isTraceProblem,
  readTrace,
  TRACE_VERSION,
  type Trace,
  type TraceProblem,
  writeTrace,
} from "./trace.ts";
