/**
 * Steps as an explorer remembers them beyond the run they were seen in, and wakeup trees made of them.
 *
 * A *planned step* keeps its own copy of what is needed to tell whether it commutes with another: its task, its
 * objects and its classes, and the outcomes of the choices directly behind it. The log it came from may be long
 * overwritten. Outcomes are part of its identity: the same step with another choice behind it is another step.
 *
 * A wakeup tree holds the sequences still to be explored from a node of the search, merged by common beginnings,
 * oldest first. A leaf stands for "from here on freely".
 */

/** A step remembered by a search. */
export interface PlannedStep {
  readonly task: number;
  /** Words it names, life marks included. */
  readonly objects: readonly number[];
  /** Class on each of them. */
  readonly classes: readonly number[];
  /** Outcomes of the choices directly behind it, or null when they are not fixed: it was never executed there. */
  readonly outcomes: readonly number[] | null;
  /** How many outcomes each of those choices had. */
  readonly counts: readonly number[];
  /** It was explored elsewhere, by another part of a divided search, and planned nothing here. */
  readonly foreign: boolean;
}

/** A node of a wakeup tree: the step that leads here, and what may follow, oldest first. */
export interface WakeupNode {
  readonly step: PlannedStep;
  readonly children: readonly WakeupNode[];
}

/**
 * Do these steps, all of one task and at one state, cover every outcome that a budget of `faults` more failures
 * allows behind `prefix`? Each step lists the outcomes it was explored with.
 */
export function coverAll(
  steps: readonly PlannedStep[],
  faults: number,
  prefix: readonly number[] = [],
): boolean {
  const depth = prefix.length;
  let count = 0;
  for (const step of steps) {
    if (step.outcomes === null) return true;
    if (!startsWith(step.outcomes, prefix)) continue;
    if (step.outcomes.length === depth) return true;
    count = step.counts[depth];
  }
  if (count === 0) return false;
  const allowed = faults > 0 ? count : 1;
  for (let outcome = 0; outcome < allowed; outcome++) {
    if (!coverAll(steps, outcome === 0 ? faults : faults - 1, [...prefix, outcome])) return false;
  }
  return true;
}

function startsWith(outcomes: readonly number[], prefix: readonly number[]): boolean {
  if (outcomes.length < prefix.length) return false;
  for (let i = 0; i < prefix.length; i++) if (outcomes[i] !== prefix[i]) return false;
  return true;
}
