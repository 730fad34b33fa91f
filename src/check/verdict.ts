/**
 * The verdict on an exploration, and the one sentence that says why it is not "holds".
 */
import type { Verdict } from "./result.ts";

/** How an exploration stands. */
export interface Standing {
  readonly findings: number;
  readonly finished: boolean;
  /** Why it was ended before its time. */
  readonly limit?: string;
  readonly executions: number;
  /** The executions were drawn. */
  readonly sample?: { readonly how: string; readonly different: number };
  /** Only traces within so many preemptions were explored, and there are others. */
  readonly bound?: number;
  /** Traces explored but left out of the judgement because they need more preemptions. */
  readonly notJudged: { readonly traces: number; readonly preemptions: number };
  /** Executions that were ended by the limit of steps. */
  readonly cutOff: { readonly executions: number; readonly steps: number };
  /** Data races were not looked for. */
  readonly racesUnseen: boolean;
  /** Witnesses that no execution showed. */
  readonly missing: readonly string[];
}

/** Judges: whatever was left out makes a clean result incomplete. */
export function verdictOn(standing: Standing): { verdict: Verdict; reason?: string } {
  const { findings, finished, missing } = standing;
  if (findings > 0) return { verdict: "fails" };
  if (!finished) return { verdict: "incomplete", reason: "still exploring" };
  const reason = leftOut(standing);
  if (reason !== undefined) return { verdict: "incomplete", reason };
  if (missing.length > 0) return { verdict: "vacuous", reason: `no execution showed: ${missing.join(", ")}` };
  return { verdict: "holds" };
}

function leftOut({
  limit,
  executions,
  sample,
  bound,
  notJudged,
  cutOff,
  racesUnseen,
}: Standing): string | undefined {
  if (sample !== undefined) {
    return `${executions} executions drawn (${sample.how}), ${sample.different} of them different: a sample proves nothing`;
  }
  if (limit !== undefined) return limit;
  if (bound !== undefined) return `every trace within ${bound} preemptions was explored; there are others`;
  if (notJudged.traces > 0) {
    return `${notJudged.traces} traces need more than ${notJudged.preemptions} preemptions and were not judged`;
  }
  if (cutOff.executions > 0)
    return `${cutOff.executions} executions were cut off after ${cutOff.steps} steps`;
  if (racesUnseen) {
    return "race detection is off and plain fields are no steps: two tasks that meet in one went unseen";
  }
  return undefined;
}
