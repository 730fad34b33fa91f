/**
 * A node of the search tree: what is left to do at one entry of the newest run.
 */
import type { PlannedStep, WakeupNode } from "./wakeup.ts";

export const NO_STEPS: readonly PlannedStep[] = [];
export const NO_NUMBERS: readonly number[] = [];
/** No tree: nothing planned. */
export const NO_CHILDREN: readonly WakeupNode[] = [];

/** One node of the path; nodes are used again and again. */
export class SearchNode {
  /** Steps not to be taken first from here. Owned by the node. */
  sleep: readonly PlannedStep[] = NO_STEPS;
  /** Planned sequences still to be taken from here, oldest first. */
  children: readonly WakeupNode[] = NO_CHILDREN;
  /** For choices: how many outcomes it has. */
  count = 0;
  /** For choices: may it branch? Not when it was planned. */
  free = false;
  /** For steps: outcomes of the choices behind it, when planned. */
  planned: readonly number[] | null = null;
  /** For steps: what was planned behind it. */
  behind: readonly WakeupNode[] = NO_CHILDREN;
  /** For steps: a copy that outlives the run, made when first needed. */
  copy: PlannedStep | null = null;
  /** Faults before this entry. */
  faults = 0;
}
