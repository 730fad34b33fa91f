/**
 * How much there is to explore in all, for whoever waits: probes beside the exploration, half as long as it explores, until
 * there are a thousand.
 *
 * A worker keeps one forecast per job, whatever pieces of it it gets. For progress only: the number of probes depends on
 * the speed of the machine, so nothing of it may enter a result.
 */
import { Estimator, type Interval, type Program, probesFor } from "../check/index.ts";
import type { Machine } from "../sched/index.ts";

/** Time for probes, as a share of that for exploring. */
const SHARE = 0.5;
/** What is done sooner needs no forecast. */
const BEGIN_MS = 1000;

/** More probes than this say little more. */
const MOST_PROBES = probesFor(Infinity);

/** Probes of one program, as many as there is time for. */
export class Forecast {
  readonly #program: Program<unknown, Machine>;
  readonly #faults: number;
  readonly #stepsPerExecution: number;
  #estimator: Estimator | undefined;
  #exploredMs = 0;
  #probedMs = 0;

  /** @param faults most faults in one execution */
  constructor(program: Program<unknown, Machine>, faults: number, stepsPerExecution: number) {
    this.#program = program;
    this.#faults = faults;
    this.#stepsPerExecution = stepsPerExecution;
  }

  /** So much time was explored: makes the probes that go with it. */
  beside(exploredMs: number): void {
    this.#exploredMs += exploredMs;
    if (this.#exploredMs < BEGIN_MS) return;
    while (!this.#broken && this.probes < MOST_PROBES && this.#probedMs < this.#exploredMs * SHARE) {
      const began = performance.now();
      try {
        this.#estimator ??= new Estimator(this.#program, this.#faults, [], this.#stepsPerExecution);
        this.#estimator.advance();
      } catch {
        // A program that throws in a probe throws in the exploration too, which says so with its place.
        this.#broken = true;
      }
      this.#probedMs += performance.now() - began;
    }
  }
  #broken = false;

  /** Probes made so far: fewer than `probesFor` asks for say too little. */
  get probes(): number {
    return this.#broken ? 0 : (this.#estimator?.probes ?? 0);
  }

  /** Executions within the fault budget, as far as the probes say. */
  get interval(): Interval | undefined {
    return this.probes === 0 ? undefined : this.#estimator!.interval(1);
  }
}
