/**
 * One JSON object per line, for programs that read while a check runs: `progress` as often as there is some, then for each
 * scenario its `finding`s and its `verdict`. All but `progress` and `elapsedMs` is the same from run to run.
 */
import type { CheckReport } from "./check-report.ts";
import { checkJson, finite } from "./json.ts";

/** How far a scenario is, as a line. */
export function progressLine(
  scenario: string,
  kernel: string,
  progress: {
    readonly executions: number;
    readonly steps: number;
    readonly findings: number;
    readonly elapsedMs: number;
    /** Executions within the fault budget in all, as far as probes say. */
    readonly estimate?: { readonly low: number; readonly high: number };
  },
): string {
  const { executions, steps, findings, estimate } = progress;
  return lineOf("progress", {
    scenario,
    kernel,
    executions,
    steps,
    findings,
    ...(estimate === undefined ? {} : { estimate: { low: estimate.low, high: finite(estimate.high) } }),
    elapsedMs: Math.round(progress.elapsedMs),
  });
}

/** Findings and verdicts, a line each. */
export function verdictLines(reports: readonly CheckReport[]): string {
  const { results } = checkJson(reports) as { results: readonly Record<string, unknown>[] };
  return results
    .flatMap(({ findings, ...verdict }) => {
      const { scenario, kernel } = verdict;
      const each = findings as readonly Record<string, unknown>[];
      return [
        ...each.map((finding) => lineOf("finding", { scenario, kernel, ...finding })),
        lineOf("verdict", verdict),
      ];
    })
    .join("");
}

function lineOf(event: string, content: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify({ event, ...content })}\n`;
}
