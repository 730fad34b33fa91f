/**
 * A scenario: who runs against whom, and what must have happened for its verdict to mean something.
 *
 * A scenario never says what it expects: expectations stand in a table apart (`expectations.ts`), so that no verdict
 * can depend on them.
 */
import type { Program } from "../check/index.ts";
import type { FailureModel, Image, Kernel, KernelDesigns } from "../mm/index.ts";

/** What a scenario is built from. */
export interface ScenarioInput {
  /** The variants at every decision point: a preset, possibly with some replaced. */
  readonly designs: KernelDesigns;
  readonly failures: FailureModel;
  /** Lay the parent process out like this image instead of the smallest layout. */
  readonly image?: Image;
  /** With an image: how many pages to plant. */
  readonly pages?: number;
  /** One more of each role: the verdict must not change. */
  readonly larger?: boolean;
}

/** A scenario of the gallery, or a user's own. */
export interface Scenario {
  /** Stable id, e.g. `fork-vs-swapoff`. */
  readonly id: string;
  /** One line. */
  readonly title: string;
  /** What happens and why it matters: a short paragraph for reports. */
  readonly story: string;
  /** Mail thread this comes from, where there is one. */
  readonly seed?: string;
  /** Row of the bug catalogue, where there is one. */
  readonly catalogue?: string;
  /** Takes part a visitor that no kernel has: labelled in every report. */
  readonly hypothetical?: boolean;
  /** Fault budget that is enough to tell the story. */
  readonly faults: number;
  /** Failure model the story is told under, unless the user asks for another. */
  readonly failures: FailureModel;
  /** May be laid out from an image. */
  readonly takesImage?: boolean;
  /** Events that some execution must show. */
  readonly witnesses: readonly string[];
  /** Why this scenario says nothing about these designs, or undefined when it does. */
  notApplicable?(designs: KernelDesigns): string | undefined;
  /** The program to explore. */
  program(input: ScenarioInput): Program<unknown, Kernel>;
  /** What the layout holds, for the report: areas, planted pages. */
  layout(input: ScenarioInput): string;
}

/** What a user's file exports for `interleaf check FILE.ts`: only the id and the program must be given. */
export type OwnScenario = Pick<Scenario, "id" | "program"> & Partial<Scenario>;
