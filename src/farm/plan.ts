/**
 * The plan of one exhaustive exploration that several workers share: which pieces are left, and what came of the others.
 *
 *     round f:  the whole round, in one piece
 *                 | ended ------------------------------> sums of the round
 *                 | more than DIVIDE_AT steps -> divide -> 64 parts or more, each in one piece -> the same sums
 *                 | a finding and more than ENOUGH_STEPS -> given up: the story is one of the least seen, not the least
 *
 * What is divided depends on the program alone, never on how many workers there are or how fast they run: the result is
 * the same, byte for byte, with one worker and with many. A plan is plain data at any time (`save`), so that a process
 * that was killed goes on where its last file says.
 */
import { type Checkpoint, type Part, type RoundOfParts, wholeRound } from "../check/index.ts";
import type { Progress } from "./run-job.ts";

/** A round with more new steps than this is divided: some seconds of work. */
const DIVIDE_AT = 200_000;
/** A piece that has a finding is given up after so many new steps: the smallest layouts never come to it. */
export const ENOUGH_STEPS = 1_000_000;
/** With fewer parts than this a division is not worth its while. */
const ENOUGH_PARTS = 8;

/** A piece of work for one worker. */
export type Unit =
  | {
      readonly kind: "part";
      readonly part: Part;
      /** Where it was stopped; from its beginning when left out. */
      readonly from?: Checkpoint;
      /** Give it back after so many steps. */
      readonly most?: number;
      /** Give it up after so many steps once it has a finding. */
      readonly enough?: number;
    }
  | { readonly kind: "divide"; readonly faults: number };

/** What came of a piece. */
export type UnitAnswer =
  | {
      readonly kind: "part";
      readonly at: Checkpoint;
      /**
       * `most`: it has more steps than asked for. `enough`: the same, and it has a finding. `endless`: executions do not come
       * to their end.
       */
      readonly ended: "finished" | "most" | "enough" | "time" | "endless";
      /** Most faults in one execution, as the program has it. */
      readonly faults: number;
    }
  | { readonly kind: "divided"; readonly parts: readonly Part[] };

interface PartState {
  readonly part: Part;
  at?: Checkpoint;
  finished: boolean;
  /** It has a finding, and what is left of it was given up: so is every part behind it, whoever was faster. */
  enough?: boolean;
}

interface RoundState {
  readonly faults: number;
  parts: PartState[];
  /** whole: in one piece. dividing: too large for that. divided: in parts, or found to have too few of them. */
  state: "whole" | "dividing" | "divided";
}

/** A plan as it is kept in a file. */
export interface SavedPlan {
  readonly budget: number;
  readonly rounds: readonly {
    readonly faults: number;
    readonly state: RoundState["state"];
    readonly parts: readonly {
      readonly part: Part;
      readonly at?: Checkpoint;
      readonly finished: boolean;
      readonly enough?: boolean;
    }[];
  }[];
}

/** The plan of one exploration. */
export class Plan {
  /** Most faults: known when the first piece came back. */
  #budget = 0;
  readonly #all: boolean;
  readonly #divideAt: number;
  readonly #enoughSteps: number;
  readonly #rounds: RoundState[] = [];
  readonly #inHand: Set<string> = new Set();
  #endless = false;

  /**
   * @param all go on behind a round with a finding
   * @param divideAt new steps after which a round is divided: the result's `steps` and `cut` depend on it, nothing else
   * @param enoughSteps new steps after which a piece that has a finding is given up, unless all is asked for
   */
  constructor(
    all: boolean,
    saved?: SavedPlan,
    divideAt: number = DIVIDE_AT,
    enoughSteps: number = ENOUGH_STEPS,
  ) {
    this.#divideAt = divideAt;
    this.#enoughSteps = enoughSteps;
    this.#budget = saved?.budget ?? 0;
    this.#all = all;
    for (const { faults, state, parts } of saved?.rounds ?? []) {
      this.#rounds.push({ faults, state, parts: parts.map((part) => ({ ...part })) });
    }
    if (this.#rounds.length === 0) this.#begin(0);
  }

  #begin(faults: number): void {
    this.#rounds.push({ faults, state: "whole", parts: [{ part: wholeRound(faults), finished: false }] });
  }

  get #round(): RoundState {
    return this.#rounds.at(-1)!;
  }

  /** Parts of a round that count: those up to the first that was given up. */
  #counting({ parts }: RoundState): readonly PartState[] {
    const last = parts.findIndex((part) => part.enough);
    return last < 0 ? parts : parts.slice(0, last + 1);
  }

  /** A finding is there, and the search for a shorter story was given up. */
  get enough(): boolean {
    return this.over && this.#round.parts.some((part) => part.enough);
  }

  /** Is everything done that there is to do? */
  get over(): boolean {
    if (this.#endless) return true;
    const { faults, state } = this.#round;
    const parts = this.#counting(this.#round);
    if (state === "dividing" || parts.some((part) => !part.finished)) return false;
    if (parts.some((part) => part.enough)) return true;
    const found = parts.some((part) => part.at!.findings.length > 0);
    const refused = parts.some((part) => part.at!.refused);
    return !refused || faults >= this.#budget || (found && !this.#all);
  }

  /** Executions do not come to their end: what is left was given up. */
  get endless(): boolean {
    return this.#endless;
  }

  /** The next piece that nobody has in hand; undefined when there is none at the moment. */
  next(): { readonly id: string; readonly unit: Unit } | undefined {
    if (this.over) return undefined;
    if (this.#round.state !== "dividing" && this.#round.parts.every((part) => part.finished)) {
      this.#begin(this.#round.faults + 1);
    }
    const { faults, state } = this.#round;
    const parts = this.#counting(this.#round);
    if (state === "dividing") {
      return this.#take(`${faults}:divide`, { kind: "divide", faults });
    }
    for (const [i, { part, at, finished }] of parts.entries()) {
      if (finished) continue;
      const taken = this.#take(`${faults}:${i}`, {
        kind: "part",
        part,
        ...(at === undefined ? {} : { from: at }),
        ...(state === "whole" ? { most: this.#divideAt } : {}),
        ...(this.#all ? {} : { enough: this.#enoughSteps }),
      });
      if (taken) return taken;
    }
    return undefined;
  }

  #take(id: string, unit: Unit): { readonly id: string; readonly unit: Unit } | undefined {
    if (this.#inHand.has(id)) return undefined;
    this.#inHand.add(id);
    return { id, unit };
  }

  /** How far a piece is that somebody has in hand. */
  reached(id: string, at: Checkpoint): void {
    this.#partOf(id).at = at;
  }

  /** What came of a piece. */
  done(id: string, answer: UnitAnswer): void {
    this.#inHand.delete(id);
    const round = this.#round;
    if (answer.kind === "divided") {
      if (answer.parts.length >= ENOUGH_PARTS) {
        round.parts = answer.parts.map((part) => ({ part, finished: false }));
      }
      round.state = "divided";
      return;
    }
    const part = this.#partOf(id);
    this.#budget = answer.faults;
    part.at = answer.at;
    if (answer.ended === "finished" || answer.ended === "enough") part.finished = true;
    if (answer.ended === "enough") part.enough = true;
    // What was found already is not thrown away: such a round stays in one piece.
    if (answer.ended === "most") round.state = answer.at.findings.length > 0 ? "divided" : "dividing";
    if (answer.ended === "endless") this.#endless = true;
  }

  #partOf(id: string): PartState {
    const part = this.#round.parts[Number(id.split(":")[1])];
    if (part === undefined) throw new Error(`there is no piece "${id}" in round ${this.#round.faults}`);
    return part;
  }

  /** How far it is. @param latest what pieces in hand last said, by id */
  progress(latest: ReadonlyMap<string, Progress>, elapsedMs: number): Progress {
    let [executions, steps, findings] = [0, 0, 0];
    for (const { faults, parts } of this.#rounds) {
      parts.forEach(({ at }, i) => {
        const now = faults === this.#round.faults ? latest.get(`${faults}:${i}`) : undefined;
        executions += now?.executions ?? at?.counts[1] ?? 0;
        steps += now?.steps ?? at?.counts[4] ?? 0;
        findings += now?.findings ?? at?.findings.length ?? 0;
      });
    }
    return { executions, steps, findings, elapsedMs };
  }

  /** Everything that was counted and found so far. */
  get sums(): readonly RoundOfParts[] {
    return this.#rounds.map((round) => ({
      parts: this.#counting(round).flatMap(({ at }) => (at === undefined ? [] : [at])),
      complete: round.state !== "dividing" && round.parts.every((part) => part.finished && !part.enough),
    }));
  }

  /** The plan as plain data. Pieces in hand are kept as far as they were reached. */
  save(): SavedPlan {
    return {
      budget: this.#budget,
      rounds: this.#rounds.map(({ faults, state, parts }) => ({
        faults,
        state,
        parts: parts.map(({ part, at, finished, enough }) => ({
          // What is finished is not explored again: its frontier is of no use any more.
          part: finished ? { ...part, frontier: wholeRound(0).frontier } : part,
          ...(at === undefined ? {} : { at: finished ? { ...at, frontier: wholeRound(0).frontier } : at }),
          finished,
          ...(enough ? { enough } : {}),
        })),
      })),
    };
  }
}
