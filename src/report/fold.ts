/**
 * Folding: of a run with dozens of steps, the 20 or fewer that the story needs; the rest becomes `... 14 steps (...)`.
 *
 * A step's weight says how much the story needs it; the heaviest stay, and among equals those nearest to the finding:
 *
 *     6  where the finding is, where its other side is, what the reason names; a choice that failed
 *     5  the first and the last step before another task takes over
 *     4  steps of which the model itself has something to say
 *     3  handing over: the last touch of an object by one task, and the first after it by another
 *     1  touching something that another task touches, where there is room
 *     0  the rest: never shown
 */
import { causesOf } from "./reason.ts";
import type { Told, ToldStep } from "./told.ts";

/** A step that is shown, or a run of steps of one task that is not. */
export type Line =
  | { readonly kind: "step"; readonly step: ToldStep; readonly marked: boolean }
  | {
      readonly kind: "fold";
      readonly task: number;
      readonly count: number;
      readonly sites: readonly string[];
    };

/** Steps that are shown at most. */
export const MOST_LINES = 20;

/** Number of the step that the story leads to, if it is a step. */
export function findingStep(told: Told): number | undefined {
  return told.findings[0]?.step;
}

/** The run as lines: at most `most` steps that matter, and what lies between them. */
export function foldLines(told: Told, most: number = MOST_LINES): Line[] {
  const weights = weigh(told);
  const marked = findingStep(told);
  const goal = marked ?? told.steps.length;
  const ranked = told.steps
    .map((_, i) => i)
    .filter((i) => weights[i]! > 0)
    .sort((a, b) => weights[b]! - weights[a]! || Math.abs(goal - 1 - a) - Math.abs(goal - 1 - b));
  for (let kept = Math.min(most, ranked.length); ; kept--) {
    const lines = linesOf(told, new Set(ranked.slice(0, kept)), marked);
    // A single hidden step is shown after all: it says more than "1 step" and takes no more room.
    if (kept === 0 || lines.filter((line) => line.kind === "step").length <= most) return lines;
  }
}

function linesOf(told: Told, shown: ReadonlySet<number>, marked: number | undefined): Line[] {
  const lines: Line[] = [];
  for (let i = 0; i < told.steps.length; ) {
    const step = told.steps[i]!;
    let end = i;
    while (end < told.steps.length && !shown.has(end) && told.steps[end]!.task === step.task) end++;
    if (end - i > 1) {
      lines.push({ kind: "fold", task: step.task, count: end - i, sites: sitesOf(told.steps.slice(i, end)) });
      i = end;
    } else {
      lines.push({ kind: "step", step, marked: step.number === marked });
      i++;
    }
  }
  return lines;
}

function weigh(told: Told): number[] {
  const { steps } = told;
  const exact = new Set<number>();
  for (const { step, otherStep } of told.findings) {
    if (step !== undefined) exact.add(step);
    if (otherStep !== undefined) exact.add(otherStep);
  }
  for (const { step } of causesOf(told)) exact.add(step.number);
  const handing = new Set<number>();
  const shared = new Set<string>();
  const latest = new Map<string, number>();
  steps.forEach((step, i) => {
    const last = latest.get(step.object);
    if (last !== undefined && steps[last]!.task !== step.task) {
      handing.add(last).add(i);
      shared.add(step.object);
    }
    latest.set(step.object, i);
  });
  return steps.map((step, i) => {
    if (exact.has(step.number) || step.choices.some((choice) => choice.outcome !== 0)) return 6;
    if (steps[i - 1]?.task !== step.task || steps[i + 1]?.task !== step.task) return 5;
    if (step.notes.length > 0) return 4;
    if (handing.has(i)) return 3;
    return shared.has(step.object) ? 1 : 0;
  });
}

/** Names of the functions, each once, in order of their first step. */
function sitesOf(steps: readonly ToldStep[]): string[] {
  return [...new Set(steps.map((step) => step.site).filter((site) => site !== ""))];
}
