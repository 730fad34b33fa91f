/**
 * `interleaf matrix`: every scenario on every kernel, each verdict beside what history says.
 */
import { type Job, subjectOf, tokenOf } from "../farm/index.ts";
import { KERNELS, PRESETS } from "../mm/index.ts";
import { agreement, boundsText, type Cell, type Matrix, matrixJson, matrixText } from "../report/index.ts";
import { expectationFor, SCENARIOS } from "../scenarios/index.ts";
import { reportOf } from "./check.ts";
import { CliFailure, EXIT } from "./failure.ts";
import { type Ended, runTasks } from "./run-tasks.ts";
import { paint, print, printJson, say } from "./terminal.ts";
import { requireWritable, saveTrace } from "./trace-file.ts";

/** Options of `matrix`, parsed. */
export interface MatrixOptions {
  readonly kernels?: readonly string[];
  readonly json?: boolean;
  /** Where the trace of each finding is written; nowhere when left out. */
  readonly out?: string;
}

/** Runs the command; gives the exit code: 1 when a cell has a finding, 3 when one is left open. */
export async function matrix(ids: readonly string[], options: MatrixOptions): Promise<number> {
  const scenarios = ids.length > 0 ? ids : SCENARIOS.map((s) => s.id);
  const kernels = options.kernels ?? KERNELS;
  if (options.out !== undefined) requireWritable(options.out);
  const table = await exploreMatrix(scenarios, kernels, options.out);
  if (options.json) printJson(matrixJson(table));
  else print(matrixText(table, paint));
  if (table.cells.some((cell) => cell.verdict === "fails")) return EXIT.finding;
  const open = table.cells.some((cell) => cell.verdict === "incomplete" || cell.verdict === "vacuous");
  return open ? EXIT.incomplete : EXIT.holds;
}

/** Explores the cells of a matrix. Fails if a cell could not be explored for another reason than time. */
async function exploreMatrix(
  ids: readonly string[],
  kernels: readonly string[],
  out: string | undefined,
): Promise<Matrix> {
  const unknown = kernels.find((kernel) => PRESETS[kernel] === undefined);
  if (unknown !== undefined)
    throw new CliFailure(`there is no preset for kernel ${unknown}; there are ${KERNELS.join(", ")}`);
  const jobs = ids.flatMap((scenario) =>
    kernels.map((kernel): Job => ({ scenario, kernel, replacements: [] })),
  );
  const subjects = jobs.map((job) => subjectOf(job));
  const ended = await runTasks(jobs.map((job) => ({ kind: "check", job, tell: false })));
  const cells = ended.map((end, i) => cellOf(end, jobs[i]!.scenario, jobs[i]!.kernel, out));
  const rows = [...new Set(ids)].map((id) => ({
    id,
    hypothetical: subjects.some((s) => s.scenario.id === id && s.scenario.hypothetical === true),
    bounds: [...new Set(ended.flatMap((end, i) => (jobs[i]!.scenario === id ? boundsOf(end) : [])))],
  }));
  return { scenarios: rows, kernels, cells };
}

function boundsOf(end: Ended): string[] {
  return "failure" in end || end.answer.kind !== "checked" ? [] : [boundsText(reportOf(end.answer, []))];
}

function cellOf(end: Ended, scenario: string, kernel: string, out: string | undefined): Cell {
  const expected = expectationOf(scenario, kernel);
  const known = expected === undefined ? {} : { expected };
  if ("failure" in end) {
    if (end.failure.exitCode !== EXIT.incomplete) throw end.failure;
    say(`interleaf: ${end.failure.message}`);
    return {
      scenario,
      kernel,
      verdict: "incomplete",
      reason: end.failure.message,
      executions: 0,
      elapsedMs: 0,
      ...known,
    };
  }
  const { answer } = end;
  if (answer.kind === "n/a") {
    return { scenario, kernel, verdict: "n/a", reason: answer.reason, executions: 0, elapsedMs: 0, ...known };
  }
  if (answer.kind !== "checked") throw new Error("a check was answered with a replay");
  const { result, elapsedMs } = answer;
  const story = result.findings[0];
  const first = story?.finding;
  const link =
    story === undefined
      ? {}
      : { token: tokenOf(story.trace), ...(out === undefined ? {} : { trace: saveTrace(out, story.trace) }) };
  const found = first === undefined ? undefined : { code: first.code, at: first.at.site };
  const agrees = agreement(result.verdict, found, expected);
  return {
    scenario,
    kernel,
    verdict: result.verdict,
    executions: result.executions,
    elapsedMs,
    ...(result.reason === undefined ? {} : { reason: result.reason }),
    ...known,
    ...(agrees === undefined ? {} : { agrees }),
    ...found,
    ...link,
  };
}

function expectationOf(scenario: string, kernel: string): Cell["expected"] {
  const expectation = expectationFor(scenario, kernel);
  if (expectation === undefined) return undefined;
  const { scenario: _scenario, kernel: _kernel, ...expected } = expectation;
  return expected;
}
