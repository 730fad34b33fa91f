/**
 * Where the model is known to answer otherwise than the live kernel, and why that stays.
 *
 * An entry takes a mismatch away only while it is exactly the one described; the rest of that program is then not
 * compared, because the states have parted. Every run prints how often each entry was hit. An entry that is never hit
 * should be deleted; a difference without an entry is a failure.
 */

import type { Mismatch } from "./compare.ts";
import { START_BRK, TEXT_ADDRESS } from "./elf.ts";
import type { Machine } from "./machine.ts";
import type { Program, Step } from "./program.ts";

/** A documented difference. */
export interface KnownDifference {
  readonly id: string;
  /** What differs, why, and why the model is not changed. */
  readonly reason: string;
  /** Whether this is that difference. */
  applies(mismatch: Mismatch, step: Step, program: Program, machine: Machine): boolean;
}

/** All of them. */
export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    id: "executor-code",
    reason: "A read of the executor's own page sees its instructions; the model does not know what they are.",
    applies: ({ what }, { call, args }) =>
      what === "byte" && call === "read" && Number(args[0]) >= TEXT_ADDRESS && Number(args[0]) < START_BRK,
  },
];
