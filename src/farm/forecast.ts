/**
 * How much there is to explore in all, for whoever waits: probes beside the exploration, a tenth of its time.
 *
 * A worker keeps one forecast per job, whatever pieces of it it gets. For progress only: the number of probes depends on
 * the speed of the machine, so nothing of it may enter a result.
 */
import { Estimator, type Interval, type Program } from "../check/index.ts";
import type { Machine } from "../sched/index.ts";

/** Part of the time that goes into probes. */
const SHARE = 0.1;
/** What is done sooner needs no forecast. */
const BEGIN_MS = 1000;

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
    while (!this.#broken && this.#probedMs < this.#exploredMs * SHARE) {
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

  /** Executions within the fault budget, once there are probes enough to say so. */
  get interval(): Interval | undefined {
    return this.#broken ? undefined : this.#estimator?.soFar(1);
  }
}
