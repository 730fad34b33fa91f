/**
 * The comparison: random or given programs run on the live kernel and on a model, and every answer must be the same.
 *
 *     for each seed:   program --+--> live kernel (its process)  --+--> compare step by step --> mismatch? shrink it
 *                                +--> model (this process)       --+
 *
 * The live kernel works on the next programs while the model works on this one. A mismatch is data: the shortest
 * program found, what both said, and a recording of it that can be run again.
 */
import { compareOutcomes, type Mismatch } from "./compare.ts";
import { KNOWN_DIFFERENCES, type KnownDifference } from "./differences.ts";
import { ExecutorGone } from "./executor.ts";
import { type Ground, generate } from "./generate.ts";
import { printMismatch } from "./listing.ts";
import type { LiveKernel, LiveRun } from "./live.ts";
import type { Outcome } from "./lower.ts";
import { Mix, type MixRow } from "./mix.ts";
import type { ModelUnderTest } from "./model.ts";
import type { CallName, Program, Step } from "./program.ts";
import { isLook, printHeader, printProgram } from "./program.ts";
import { recordRun } from "./record.ts";
import { shrink } from "./shrink.ts";

/** What to compare. */
export interface ConformOptions {
  readonly live: LiveKernel;
  readonly model: ModelUnderTest;
  /** Stop after so many calls (looks at flags and page tables at the end of programs not counted). Default 20,000. */
  readonly calls?: number;
  /** First seed; program n has seed + n. Default 1. */
  readonly seed?: number;
  /** Given programs instead of random ones. */
  readonly programs?: Iterable<Program>;
  /** Steps of a random program. Default 50. */
  readonly steps?: number;
  /** Every so-many-th random program works next to vm.max_map_count; those are slow. 0: none. Default 500. */
  readonly limitEvery?: number;
  /** Stop after so many mismatches. Default 1. */
  readonly mismatches?: number;
  /** Programs to try when shrinking a mismatch; 0 does not shrink. Default 2,000. */
  readonly shrinkBudget?: number;
  /** Default KNOWN_DIFFERENCES. */
  readonly known?: readonly KnownDifference[];
  /** Told what the live kernel answered to a program. */
  readonly onAnswers?: (program: Program, outcomes: readonly Outcome[]) => void;
  /** Told after every program. */
  readonly onProgress?: (progress: ConformProgress) => void;
  /** Ends the run early; what was done until then is the result. */
  readonly signal?: AbortSignal;
}

/** How far it is. */
export interface ConformProgress {
  readonly programs: number;
  readonly calls: number;
  readonly mismatches: number;
}

/** A mismatch, shrunk. */
export interface MismatchReport {
  /** Seed of the program it was found with. */
  readonly seq: number;
  /** The shortest program that shows it. */
  readonly program: Program;
  readonly mismatch: Mismatch;
  /** Programs tried to make it short. */
  readonly tried: number;
  /** For people. */
  readonly text: readonly string[];
  /** A recording of the program with the live kernel's answers, to be saved and run again. */
  readonly recording: string;
}

/** A program that could not be run to its end. */
export interface Interruption {
  readonly seq: number;
  /** Steps that were made and compared before. */
  readonly made: number;
  readonly message: string;
}

/** What came of it. */
export interface ConformResult {
  readonly programs: number;
  readonly calls: number;
  /** Answers compared: results, maps after each call, VmFlags, bytes read. */
  readonly compared: {
    readonly results: number;
    readonly maps: number;
    readonly flags: number;
    readonly bytes: number;
    readonly pagemaps: number;
    readonly vectors: number;
    readonly counters: number;
  };
  readonly mix: readonly MixRow[];
  /** Calls that random programs did not make, because the model does not have them. */
  readonly unmodelled: readonly CallName[];
  readonly mismatches: readonly MismatchReport[];
  readonly known: readonly { readonly id: string; readonly reason: string; readonly hits: number }[];
  /** Programs whose processes died on the live kernel; compared up to there. */
  readonly interruptions: readonly Interruption[];
  /** Why the run ended before all calls were made, if it did. */
  readonly stopped?: "mismatch" | "signal" | "executor";
  /** With `executor`: what happened to it. */
  readonly message?: string;
}

/** Programs on their way to the live kernel while another is compared. */
const AHEAD = 3;

/** Runs the comparison. */
export async function conform(options: ConformOptions): Promise<ConformResult> {
  return new Comparison(options).run();
}

/** What a generator must know of a live kernel. */
export function groundOf(live: LiveKernel): Ground {
  const areas = live.layout.map((line) =>
    (line.split(" ")[0] as string).split("-").map((text) => Number.parseInt(text, 16)),
  );
  const starts = areas.map(([start]) => start as number);
  return {
    mmapBase: live.machine.mmapBase,
    // The kernel places below the lowest area of the upper half.
    topStart: Math.min(live.machine.mmapBase, ...starts.filter((start) => start > live.machine.mmapBase / 2)),
    startBrk: live.machine.startBrk,
    maxMapCount: live.machine.maxMapCount,
    areas: live.layout.length,
    bytes: areas.reduce((sum, [start, end]) => sum + (end as number) - (start as number), 0),
    files: live.files,
    mseal: live.machine.mseal,
    userfaultfd: live.machine.userfaultfd === true,
    mbind: live.machine.mbind === true,
    memlockHard: live.machine.limits.memlock.hard,
  };
}

class Comparison {
  readonly #options: ConformOptions;
  readonly #mix = new Mix();
  readonly #hits = new Map<string, number>();
  readonly #mismatches: MismatchReport[] = [];
  readonly #interruptions: Interruption[] = [];
  readonly #compared = { results: 0, maps: 0, flags: 0, bytes: 0, pagemaps: 0, vectors: 0, counters: 0 };
  #programs = 0;
  #calls = 0;

  constructor(options: ConformOptions) {
    this.#options = options;
  }

  async run(): Promise<ConformResult> {
    const { live, signal, mismatches = 1 } = this.#options;
    const waiting: { program: Program; run: Promise<LiveRun> }[] = [];
    const source = this.#source();
    let stopped: ConformResult["stopped"];
    let message: string | undefined;
    for (;;) {
      while (waiting.length <= AHEAD) {
        const next = source.next();
        if (next.done === true) break;
        const run = live.run(next.value);
        // A rejection is seen when its turn comes.
        run.catch(() => undefined);
        waiting.push({ program: next.value, run });
      }
      const current = waiting.shift();
      if (current === undefined) break;
      try {
        await this.#one(current.program, await current.run);
      } catch (error) {
        if (!(error instanceof ExecutorGone)) throw error;
        stopped = "executor";
        message = `${error.message}; program ${current.program.seq} was not compared to its end`;
        break;
      }
      this.#options.onProgress?.({
        programs: this.#programs,
        calls: this.#calls,
        mismatches: this.#mismatches.length,
      });
      if (this.#mismatches.length >= mismatches) stopped = "mismatch";
      else if (signal?.aborted === true) stopped = "signal";
      if (stopped !== undefined) break;
    }
    await Promise.allSettled(waiting.map(({ run }) => run));
    return this.#result(stopped, message);
  }

  *#source(): Generator<Program> {
    const { live, model, programs, calls = 20_000, seed = 1, steps = 50, limitEvery = 500 } = this.#options;
    if (programs !== undefined) {
      yield* programs;
      return;
    }
    const ground = groundOf(live);
    const without = model.unmodelled ?? [];
    let asked = 0;
    for (let n = 0; asked < calls; n++) {
      const atMapCountLimit = limitEvery > 0 && n % limitEvery === limitEvery - 1;
      const program = generate(seed + n, ground, {
        steps: Math.min(steps, calls - asked),
        atMapCountLimit,
        without,
      });
      asked += program.steps.filter((step) => !isLook(step.call)).length;
      yield program;
    }
  }

  async #one(program: Program, run: LiveRun): Promise<void> {
    const model = await this.#options.model.run(program);
    this.#programs++;
    this.#count(program, run.outcomes);
    this.#options.onAnswers?.(program, run.outcomes);
    if (run.end.kind !== "done") {
      const text = run.end.kind === "died" ? run.end.message : `fork failed with ${run.end.errno}`;
      this.#interruptions.push({ seq: program.seq, made: run.outcomes.length, message: text });
    }
    const mismatch = compareOutcomes(program, run.outcomes, model);
    if (mismatch === undefined || this.#isKnown(mismatch, program)) return;
    this.#mismatches.push(await this.#report(program, mismatch, run.outcomes));
  }

  #count(program: Program, outcomes: readonly Outcome[]): void {
    for (const [index, outcome] of outcomes.entries()) {
      const step = program.steps[index] as Step;
      if (step.call === "final") {
        this.#compared.flags++;
        continue;
      }
      if (outcome.counters !== undefined) this.#compared.counters++;
      if (isLook(step.call)) {
        if (outcome.pages !== undefined) this.#compared.pagemaps++;
        continue;
      }
      this.#calls++;
      this.#compared.results++;
      this.#mix.count(step, outcome.result);
      if (outcome.maps !== undefined) this.#compared.maps++;
      if (outcome.byte !== undefined) this.#compared.bytes++;
      if (outcome.resident !== undefined) this.#compared.vectors++;
    }
  }

  #isKnown(mismatch: Mismatch, program: Program): boolean {
    const { known = KNOWN_DIFFERENCES, live } = this.#options;
    const step = program.steps[mismatch.at] as Step;
    const found = known.find((difference) => difference.applies(mismatch, step, program, live.machine));
    if (found === undefined) return false;
    this.#hits.set(found.id, (this.#hits.get(found.id) ?? 0) + 1);
    return true;
  }

  async #report(program: Program, found: Mismatch, outcomes: readonly Outcome[]): Promise<MismatchReport> {
    const { live, model, shrinkBudget = 2000 } = this.#options;
    const call = (program.steps[found.at] as Step).call;
    let best = { mismatch: found, outcomes };
    const shows = async (candidate: Program): Promise<boolean> => {
      const [run, answers] = await Promise.all([live.run(candidate), model.run(candidate)]);
      const mismatch = compareOutcomes(candidate, run.outcomes, answers);
      // The same kind of difference at the same call: otherwise shrinking wanders off to another one.
      if (mismatch?.what !== found.what || candidate.steps[mismatch.at]?.call !== call) return false;
      if (this.#isKnown(mismatch, candidate)) return false;
      best = { mismatch, outcomes: run.outcomes };
      return true;
    };
    const upTo = { seq: program.seq, steps: program.steps.slice(0, found.at + 1) };
    const shrunk = shrinkBudget > 0 ? await shrink(upTo, shows, shrinkBudget) : { program: upTo, tried: 0 };
    const { mismatch } = best;
    const shortest = { seq: program.seq, steps: shrunk.program.steps.slice(0, mismatch.at + 1) };
    return {
      seq: program.seq,
      program: shortest,
      mismatch,
      tried: shrunk.tried,
      text: printMismatch(shortest, mismatch, best.outcomes, model.name),
      recording: `${printHeader(live.header())}\n${printProgram(recordRun(shortest, best.outcomes, live.layout))}\n`,
    };
  }

  #result(stopped: ConformResult["stopped"], message: string | undefined): ConformResult {
    const { known = KNOWN_DIFFERENCES } = this.#options;
    return {
      programs: this.#programs,
      calls: this.#calls,
      compared: { ...this.#compared },
      mix: this.#mix.rows(),
      unmodelled: this.#options.model.unmodelled ?? [],
      mismatches: this.#mismatches,
      known: known.map(({ id, reason }) => ({ id, reason, hits: this.#hits.get(id) ?? 0 })),
      interruptions: this.#interruptions,
      ...(stopped === undefined ? {} : { stopped }),
      ...(message === undefined ? {} : { message }),
    };
  }
}
