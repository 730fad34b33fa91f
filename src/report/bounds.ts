/**
 * Bounds in words. A verdict without them says nothing, so every format takes them from here.
 */
import type { ExplorationResult } from "../check/index.ts";
import type { CheckReport } from "./check-report.ts";
import { count, listed, thousands } from "./wrap.ts";

const FAILURES: Readonly<Record<string, string>> = {
  any: "any allocation may fail",
  memcg: "allocations charged to a memory cgroup may fail",
  realistic: "only allocations may fail that can fail in practice",
};

/** `sequential consistency, 3 tasks on 3 CPUs, the smallest layout, at most 1 fault, any allocation may fail`. */
export function boundsText(report: CheckReport): string {
  const { subject, result } = report;
  const tasks = result.tasks.length;
  const off = result.switchedOff;
  const sized = ["sequential consistency", `${count(tasks, "task")} on ${count(tasks, "CPU")}`];
  if (off.length > 0) sized.push(`not looking for ${listed(off)}`);
  if (subject.kernel === "") return [...sized, faultsText(report)].join(", ");
  return [
    ...sized,
    subject.image === undefined ? "the smallest layout" : `the layout of ${subject.image}`,
    faultsText(report),
    `failure model ${subject.failures}`,
  ].join(", ");
}

function faultsText(report: CheckReport): string {
  const { budgets, faultsExhausted } = report.result;
  if (budgets.faults === 0) return "no fault";
  const limit = `at most ${count(budgets.faults, "fault")}`;
  if (faultsExhausted >= budgets.faults) return limit;
  return faultsExhausted < 0 ? `${limit} (none exhausted)` : `${limit} (exhausted: ${faultsExhausted})`;
}

/** What the failure model allows, as a sentence part. */
export function failuresText(model: string): string {
  return FAILURES[model] ?? model;
}

/** Budgets that are not in the headline: steps and executions. */
export function limitsText(report: CheckReport): string {
  const { stepsPerExecution, executions } = report.result.budgets;
  const most = Number.isFinite(executions) ? `${thousands(executions)} executions` : "no limit on executions";
  return `at most ${count(stepsPerExecution, "step")} per execution, ${most}`;
}

/** What was covered: `1,234 executions, one per order of dependent steps; 56,789 steps; 0 redundant, 3 blocked`. */
export function coverageText(report: CheckReport): string {
  const { executions, redundant, blocked, steps, explorer, cut } = report.result;
  const parts = cut === undefined ? "" : `; divided, ${count(cut, "run")} cut at the borders`;
  return `${count(executions, "execution")} (${explorer}: ${thousands(redundant)} redundant, ${thousands(blocked)} blocked${parts}), ${count(steps, "step")}`;
}

/** The witnesses that were seen, or those that were not. */
export function witnessText(report: CheckReport): string {
  const entries = Object.entries(report.result.witnesses);
  if (entries.length === 0) return "none asked for";
  const missing = entries.filter(([, seen]) => !seen).map(([name]) => `"${name}"`);
  if (missing.length > 0) return `never seen: ${listed(missing)}`;
  return `seen: ${entries.map(([name]) => `"${name}"`).join(", ")}`;
}

/** How much there may be in all: `about 12 % to 30 % of an estimated 4,000 to 10,000 executions`. */
export function estimateText(result: ExplorationResult): string {
  const { estimate, executions } = result;
  if (estimate === undefined) return "";
  const low = Math.max(executions, Math.round(estimate.low));
  const high = Math.max(low, Math.round(estimate.high));
  if (!Number.isFinite(high)) return "how many executions there are in all is not known yet";
  const part = (all: number): string => ((100 * executions) / Math.max(all, 1)).toPrecision(2);
  return `an estimated ${thousands(low)} to ${thousands(high)} executions in all: between ${part(high)} % and ${part(low)} % done`;
}
