/**
 * An exhaustive exploration by several workers: hands out the pieces of its plan until nothing is left or its time is
 * over, and has the sums made of them.
 *
 *     plan.next() --> pool.do(piece) --> plan.done()        twice a second: keep(plan.save())
 *          ^                                 |
 *          '---------------------------------'   over: one more job makes the result
 */
import { probesFor, type RoundOfParts } from "../check/index.ts";
import type { Job } from "./job.ts";
import { Plan, type SavedPlan, type Unit, type UnitAnswer } from "./plan.ts";
import type { Outcome, Pool } from "./pool.ts";
import type { Progress } from "./run-job.ts";

/** What a worker is asked to do for a divided job. */
export type PieceOfJob =
  | {
      readonly kind: "piece";
      readonly job: Job;
      readonly unit: Unit;
      readonly timeMs?: number;
      /** The plan comes from a file: the program may be another one now. */
      readonly resumed: boolean;
      /** Somebody watches: probe how much there is in all. */
      readonly forecast?: boolean;
    }
  | {
      readonly kind: "conclude";
      readonly job: Job;
      readonly rounds: readonly RoundOfParts[];
      readonly open?: "time" | "endless" | "enough";
    };

/** How to explore. */
export interface DividedOptions {
  /** Pieces in hand at a time. */
  readonly workers: number;
  /** Where an earlier run was stopped. */
  readonly saved?: SavedPlan;
  readonly onProgress?: (progress: Progress) => void;
  /** Let progress say how much there is in all: costs the time of a thousand executions at most. */
  readonly forecast?: boolean;
  /** Given the plan about twice a second, and when the time is over before the end. */
  readonly keep?: (plan: SavedPlan) => void;
}

const KEEP_MS = 500;

/**
 * Explores a job in pieces. Gives the worker's answer to the `conclude` piece, or the outcome of the first piece that
 * went wrong; `answer` lets a piece end the job early (it says nothing about these designs).
 */
export async function exploreDivided<R>(
  pool: Pool<Progress>,
  job: Job,
  options: DividedOptions,
): Promise<{ readonly outcome: Outcome<R>; readonly unfinished: boolean }> {
  const began = performance.now();
  const elapsed = (): number => performance.now() - began;
  const left = (): number | undefined => (job.timeMs === undefined ? undefined : job.timeMs - elapsed());
  const plan = new Plan(job.all ?? false, options.saved);
  const latest = new Map<string, Progress>();
  let failed: Outcome<R> | undefined;
  let thrown: Error | undefined;
  let kept = 0;
  let forecast: Pick<Progress, "estimate" | "probes"> = {};
  const keep = (): void => {
    kept = elapsed();
    options.keep?.(plan.save());
  };
  const onProgress = (id: string, progress: Progress): void => {
    latest.set(id, progress);
    if (progress.checkpoint) plan.reached(id, progress.checkpoint);
    const { estimate = forecast.estimate, probes = forecast.probes } = progress;
    if ((probes ?? 0) >= (forecast.probes ?? 0) && estimate && probes) forecast = { estimate, probes };
    const all = plan.progress(latest, elapsed());
    options.onProgress?.({ ...all, ...knownOf(forecast, all.executions) });
    if (progress.checkpoint && elapsed() - kept >= KEEP_MS) keep();
  };
  const inHand = new Set<Promise<void>>();
  const outOfTime = (): boolean => (left() ?? 1) <= 0;
  // What is still in hand when a finding has ended the search counts for nothing.
  const enough = new AbortController();
  for (;;) {
    if (plan.enough) {
      enough.abort();
      break;
    }
    const next =
      inHand.size < options.workers && !failed && !thrown && !outOfTime() ? plan.next() : undefined;
    if (next === undefined) {
      if (inHand.size === 0) break;
      await Promise.race(inHand);
      continue;
    }
    const { id, unit } = next;
    const timeMs = left();
    const resumed = options.saved !== undefined;
    const piece: PieceOfJob = {
      kind: "piece",
      job,
      unit,
      resumed,
      ...(options.forecast ? { forecast: true } : {}),
      ...(timeMs === undefined ? {} : { timeMs }),
    };
    const doing = (async () => {
      try {
        const outcome = await pool.do<UnitAnswer | R>(piece, (p) => onProgress(id, p), enough.signal);
        if (outcome.kind === "done" && isUnitAnswer(outcome.result)) plan.done(id, outcome.result);
        else failed ??= outcome as Outcome<R>;
      } catch (error) {
        if (!enough.signal.aborted) thrown ??= error instanceof Error ? error : new Error(String(error));
      } finally {
        latest.delete(id);
      }
    })();
    inHand.add(doing);
    void doing.then(() => inHand.delete(doing));
  }
  if (thrown) {
    keep();
    throw thrown;
  }
  if (failed) return { outcome: failed, unfinished: false };
  const open = plan.endless ? "endless" : plan.enough ? "enough" : plan.over ? undefined : "time";
  if (open === "time") keep();
  const outcome = await pool.do<R>({
    kind: "conclude",
    job,
    rounds: plan.sums,
    ...(open === undefined ? {} : { open }),
  } satisfies PieceOfJob);
  // What went wrong at the end will go wrong again: nothing is kept of it.
  return { outcome, unfinished: open === "time" && outcome.kind === "done" };
}

/** A forecast that may be told: with probes enough for what was explored, and not yet proved wrong by it. */
function knownOf(
  { estimate, probes = 0 }: Pick<Progress, "estimate" | "probes">,
  executions: number,
): Pick<Progress, "estimate"> {
  if (estimate === undefined || probes < probesFor(executions) || estimate.high <= executions) return {};
  return { estimate };
}

function isUnitAnswer(answer: unknown): answer is UnitAnswer {
  const kind = typeof answer === "object" && answer !== null && "kind" in answer ? answer.kind : undefined;
  return kind === "part" || kind === "divided";
}
