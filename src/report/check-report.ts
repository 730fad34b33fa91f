/**
 * What a check says, as plain data: a verdict with everything it is bounded by, and the story of each finding.
 */
import type { ExplorationResult, NeverTaken } from "../check/index.ts";
import type { Told } from "./told.ts";

/** What was checked: enough to say it and to do it again. */
export interface CheckedSubject {
  readonly scenario: string;
  readonly title: string;
  readonly story: string;
  readonly hypothetical: boolean;
  /** Empty for a program that has no kernel in it: then there are no designs, no failure model and no layout either. */
  readonly kernel: string;
  /** Variant at each decision point. */
  readonly designs: Readonly<Record<string, string>>;
  /** Those of them that are not the kernel's own. */
  readonly replaced: Readonly<Record<string, string>>;
  /** The user's file that a design comes from. */
  readonly designFile?: string;
  readonly failures: string;
  /** What the layout holds: areas, planted pages. */
  readonly layout: string;
  /** The image that it was laid out from; absent for the smallest layout. */
  readonly image?: string;
}

/** Another choice of designs under which the same scenario was explored. */
export interface Survivor {
  /** `kernel 6.18`, `swapoff.guard=unstable`. */
  readonly name: string;
  readonly verdict: string;
  /** Code of its first finding. */
  readonly code?: string;
}

/** One verdict with its story. */
export interface CheckReport {
  readonly subject: CheckedSubject;
  readonly result: ExplorationResult;
  /** Wall-clock time: the one value that differs from run to run. */
  readonly elapsedMs: number;
  /** The minimal execution of each finding, in the order of `result.findings`. */
  readonly told: readonly Told[];
  /** Where each finding's trace was written, in the same order; empty when none was. */
  readonly traces: readonly string[];
  /** Each finding's execution as a word for a mail, in the same order; undefined where there is none. */
  readonly tokens?: readonly (string | undefined)[];
  /** What never happened, when that was asked for. */
  readonly never?: NeverTaken;
  /** How other designs fare in the same scenario. */
  readonly others?: readonly Survivor[];
}
