/** Words for the tests of the gallery: explore a cell, tell what came of it. */
import { type ExplorationResult, explore } from "../../src/check/index.ts";
import { designsFor, type FailureModel, isDesignProblem, type KernelDesigns } from "../../src/mm/index.ts";
import { type Scenario, scenarioById } from "../../src/scenarios/index.ts";

export function scenario(id: string): Scenario {
  const found = scenarioById(id);
  if (found === undefined) throw new Error(`there is no scenario ${id}`);
  return found;
}

export function designs(kernel: string, replacing: readonly string[] = []): KernelDesigns {
  const table = designsFor(kernel, replacing);
  if (isDesignProblem(table)) throw new Error(table.problem);
  return table;
}

/** What a test asks for besides scenario and kernel. */
export interface Asked {
  readonly replacing?: readonly string[];
  readonly failures?: FailureModel;
  readonly larger?: boolean;
  readonly faults?: number;
}

/** Explores a cell to its end. */
export function outcome(id: string, kernel: string, asked: Asked = {}): ExplorationResult {
  const story = scenario(id);
  const exploration = explore(
    story.program({
      designs: designs(kernel, asked.replacing),
      failures: asked.failures ?? story.failures,
      larger: asked.larger ?? false,
    }),
    { faults: asked.faults ?? story.faults },
  );
  while (exploration.slice(500));
  return exploration.result();
}

/** Verdict and, where it fails, what and where: `fails bad-pointer in unuse_mm`. */
export function told(result: ExplorationResult): string {
  const first = result.findings[0]?.finding;
  return first === undefined ? result.verdict : `${result.verdict} ${first.code} in ${first.at.site}`;
}

/** A reason line: a step by number, task and function, and what it did. */
export const NAMES_A_STEP = /\bstep \d+ \([^(),]+, [^()]+\)[^:]*: \S/;
