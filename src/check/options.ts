/**
 * What an exploration is told, and what is kept of it when it is stopped.
 */
import type { Group } from "./collect.ts";
import type { Coverage } from "./coverage.ts";
import type { Frontier } from "./frontier.ts";
import type { Sampler } from "./sample.ts";

/** What to explore and how far. */
export interface ExploreOptions {
  /**
   * "dpor" when left out: every trace once. "bounded": every trace within a bound on preemptions, bound by bound from 0.
   * The others draw executions: 10,000 of them unless `executions` says otherwise.
   */
  readonly explorer?: "dpor" | "bounded" | Sampler;
  /** For the samplers: where the draws come from; 1 when left out. */
  readonly seed?: number;
  /** For pct: ordering decisions a bug may need; 3 when left out. */
  readonly depth?: number;
  /** Most faults (choices other than 0) in one execution; 1 when left out. */
  readonly faults?: number;
  /** Most steps in one execution; 100,000 when left out. */
  readonly stepsPerExecution?: number;
  /** Most executions altogether; no limit when left out. */
  readonly executions?: number;
  /**
   * With "bounded": the largest bound; 2 when left out. With "dpor": judge and count only traces that some interleaving
   * reaches with at most so many preemptions, though all are explored. See `bounded.ts` and `preemptions.ts`.
   */
  readonly preemptions?: number;
  /** Stop at the first execution that shows this witness, and keep its trace: "can this state be reached?" */
  readonly exists?: string;
  /** Go on after the first fault budget that has a finding. */
  readonly all?: boolean;
  /** Off: plain fields are not looked at, and a clean result is incomplete. */
  readonly raceDetection?: boolean;
  /** Detectors to switch off, by name (see `DETECTORS` of sched): the result names them. */
  readonly off?: readonly string[];
  /** Collect what was gone through, for `neverTaken`. */
  readonly coverage?: boolean;
  /** Version of the model, for traces. */
  readonly model?: string;
  /** What the program was made from, for traces. */
  readonly parameters?: Readonly<Record<string, string>>;
}

const EXPLORERS: readonly string[] = ["dpor", "bounded", "random", "pct", "pos"];

/** Throws one sentence when an option makes no sense: a budget that is no number explores something else than was asked. */
export function refuseOddOptions(options: ExploreOptions): void {
  const { explorer = "dpor", seed = 1 } = options;
  if (!EXPLORERS.includes(explorer)) {
    throw new Error(`there is no explorer "${explorer}": there are ${EXPLORERS.join(", ")}`);
  }
  if (!Number.isSafeInteger(seed)) throw new Error(`seed is ${seed}: it must be a whole number`);
  const smallest = { faults: 0, executions: 0, stepsPerExecution: 0, preemptions: 0, depth: 1 };
  for (const [name, least] of Object.entries(smallest)) {
    const value = options[name as keyof typeof smallest] ?? least;
    if (value >= least && (Number.isInteger(value) || value === Number.POSITIVE_INFINITY)) continue;
    throw new Error(`${name} is ${value}: it must be a whole number, ${least} or more`);
  }
}

/** An exploration that was stopped between two executions: plain data, JSON-able. */
export interface Checkpoint {
  readonly v: 1;
  readonly program: string;
  /** As given; the executions limit may be raised when resuming. */
  readonly options: ExploreOptions;
  readonly round: number;
  readonly counts: readonly number[];
  readonly keys: readonly [number, number];
  readonly refused: boolean;
  readonly sites: readonly (readonly [string, readonly number[]])[];
  readonly witnessed: readonly string[];
  readonly tasks: readonly string[];
  readonly findings: readonly Group[];
  readonly frontier: Frontier;
  readonly coverage?: Coverage;
}
