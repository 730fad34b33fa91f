/**
 * The JSON documents that `--json` prints. Everything in them but `elapsedMs` is the same from run to run.
 */
import type { CheckedSubject, CheckReport } from "./check-report.ts";
import type { Matrix } from "./matrix.ts";
import type { Told } from "./told.ts";

/** Version of these documents: goes up when a field changes its meaning or goes away. */
export const JSON_VERSION = 1;

/** `check --json`. */
export function checkJson(reports: readonly CheckReport[]): unknown {
  return { version: JSON_VERSION, results: reports.map((report) => resultJson(report)) };
}

function resultJson(report: CheckReport): unknown {
  const { subject, result } = report;
  return {
    scenario: subject.scenario,
    ...(subject.hypothetical ? { hypothetical: true } : {}),
    kernel: subject.kernel,
    designs: subject.designs,
    ...(subject.designFile === undefined ? {} : { designFile: subject.designFile }),
    verdict: result.verdict,
    ...(result.reason === undefined ? {} : { reason: result.reason }),
    executions: result.executions,
    redundant: result.redundant,
    ...(result.cut === undefined ? {} : { cut: result.cut }),
    blocked: result.blocked,
    ...(result.estimate === undefined
      ? {}
      : { estimate: { low: result.estimate.low, high: finite(result.estimate.high) } }),
    steps: result.steps,
    budgets: {
      consistency: "sequential",
      tasks: result.tasks,
      cpus: result.tasks.length,
      layout: subject.layout,
      ...(subject.image === undefined ? {} : { image: subject.image }),
      faults: result.budgets.faults,
      faultsExhausted: result.faultsExhausted,
      failures: subject.failures,
      stepsPerExecution: result.budgets.stepsPerExecution,
      executions: finite(result.budgets.executions),
      explorer: result.explorer,
      ...(result.seed === undefined ? {} : { seed: result.seed }),
      ...(result.beyondBound === undefined ? {} : { beyondBound: result.beyondBound }),
    },
    ...(result.switchedOff.length === 0 ? {} : { switchedOff: result.switchedOff }),
    witnesses: result.witnesses,
    sites: result.sites,
    keyHash: result.keyHash,
    ...(report.never === undefined ? {} : { neverTaken: report.never }),
    elapsedMs: Math.round(report.elapsedMs),
    findings: result.findings.map((found, i) => ({
      code: found.finding.code,
      message: found.finding.message,
      task: found.finding.at.task,
      at: found.finding.at.site,
      objects: found.finding.objects,
      ...(report.traces[i] === undefined ? {} : { trace: report.traces[i] }),
      ...(report.tokens?.[i] === undefined ? {} : { token: report.tokens[i] }),
      steps: found.steps,
      switches: found.switches,
      faults: found.faults,
      count: found.count,
      proof: found.proof,
    })),
  };
}

/** JSON has no infinity: no limit is null. */
export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** `matrix --json`. */
export function matrixJson(matrix: Matrix): unknown {
  return {
    version: JSON_VERSION,
    cells: matrix.cells.map((cell) => ({
      scenario: cell.scenario,
      kernel: cell.kernel,
      verdict: cell.verdict,
      ...(cell.reason === undefined ? {} : { reason: cell.reason }),
      expected: cell.expected ?? null,
      agrees: cell.agrees ?? null,
      ...(cell.code === undefined ? {} : { code: cell.code }),
      ...(cell.at === undefined ? {} : { at: cell.at }),
      executions: cell.executions,
      elapsedMs: Math.round(cell.elapsedMs),
      ...(cell.trace === undefined ? {} : { trace: cell.trace }),
      ...(cell.token === undefined ? {} : { token: cell.token }),
    })),
  };
}

/** `replay --format json`: the whole execution, step by step. */
export function toldJson(subject: CheckedSubject, told: Told): unknown {
  const { scenario, kernel, designs, failures, layout, hypothetical } = subject;
  return {
    version: JSON_VERSION,
    scenario,
    ...(hypothetical ? { hypothetical: true } : {}),
    kernel,
    designs,
    failures,
    layout,
    ...told,
  };
}
