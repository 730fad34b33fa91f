/**
 * Folding: of a run with dozens of steps, the 20 or fewer that the story needs; the rest becomes `... 14 steps (...)`.
 *
 * A step's weight says how much the story needs it; the heaviest stay, in order of time within a weight:
 *
 *     6  where the finding is, where its other side is, where the bad value came from; a choice that failed
 *     5  the first and the last step before another task takes over
 *     4  steps of which the model itself has something to say
 *     3  taking or giving back a lock that another task uses
 *     2  touching something that another task touches
 *     0  the rest: never shown
 */
import type { Told, ToldStep } from "./told.ts";
import { lockRole } from "./words.ts";

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

/**
 * The step that produced what the finding stumbled over: the other side named by the finding; else the last step of
 * another task of which the model said something; else the last failed choice.
 */
export function originStep(told: Told): ToldStep | undefined {
  const first = told.findings[0];
  if (first === undefined) return undefined;
  if (first.otherStep !== undefined) return told.steps[first.otherStep - 1];
  const until = first.step ?? told.steps.length;
  const before = told.steps.slice(0, until);
  const task = first.step === undefined ? -1 : told.steps[first.step - 1]!.task;
  return (
    before.findLast((step) => step.task !== task && step.notes.length > 0) ??
    before.findLast((step) => step.choices.some((choice) => choice.outcome !== 0))
  );
}

/** The run as lines: steps that matter, and what lies between them. */
export function foldLines(told: Told, most: number = MOST_LINES): Line[] {
  const weights = weigh(told);
  const shown = new Set(
    told.steps
      .map((_, i) => i)
      .filter((i) => weights[i]! > 0)
      .sort((a, b) => weights[b]! - weights[a]! || a - b)
      .slice(0, most),
  );
  const marked = findingStep(told);
  const lines: Line[] = [];
  for (let i = 0; i < told.steps.length; ) {
    const step = told.steps[i]!;
    let end = i;
    while (end < told.steps.length && !shown.has(end) && told.steps[end]!.task === step.task) end++;
    // A single step says more than "1 step" and takes no more room.
    if (end - i > 1) {
      const hidden = told.steps.slice(i, end);
      lines.push({ kind: "fold", task: step.task, count: end - i, sites: sitesOf(hidden) });
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
  const users = new Map<string, Set<number>>();
  for (const step of steps) users.set(step.object, (users.get(step.object) ?? new Set()).add(step.task));
  const exact = new Set<number>();
  for (const { step, otherStep } of told.findings) {
    if (step !== undefined) exact.add(step);
    if (otherStep !== undefined) exact.add(otherStep);
  }
  const origin = originStep(told);
  if (origin) exact.add(origin.number);
  return steps.map((step, i) => {
    if (exact.has(step.number) || step.choices.some((choice) => choice.outcome !== 0)) return 6;
    if (steps[i - 1]?.task !== step.task || steps[i + 1]?.task !== step.task) return 5;
    if (step.notes.length > 0) return 4;
    if ((users.get(step.object)?.size ?? 0) < 2) return 0;
    return lockRole(step.kind) === "none" ? 2 : 3;
  });
}

/** Names of the functions, each once, in order of their first step. */
function sitesOf(steps: readonly ToldStep[]): string[] {
  return [...new Set(steps.map((step) => step.site).filter((site) => site !== ""))];
}
