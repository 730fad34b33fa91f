/**
 * A check inside a test of any runner: it passes, or it throws the whole report.
 *
 *     test("nothing is lost", () => void assertHolds(queue));
 */
import { type ExplorationResult, type ExploreOptions, explore, type Program } from "../check/index.ts";
import type { Machine } from "../sched/index.ts";
import { tellTrace } from "./tell-trace.ts";
import { terminalText } from "./text.ts";

/** What `assertHolds` throws: the report is its message. */
export class DoesNotHold extends Error {
  override readonly name: string = "DoesNotHold";
  readonly result: ExplorationResult;
  constructor(report: string, result: ExplorationResult) {
    super(report);
    this.result = result;
  }
}

/** So many executions are some minutes of work: a test that needs more wants to know. */
const EXECUTIONS = 1_000_000;
const STEPS = 10_000;

/**
 * Explores a program and returns what was covered if it holds.
 *
 * Throws a `DoesNotHold` with the report for every other verdict: a finding, but also incomplete (at most 1,000,000
 * executions unless told otherwise) and vacuous. Synchronous; works in any test runner.
 */
export function assertHolds<S, M extends Machine>(
  program: Program<S, M>,
  options: ExploreOptions = {},
): ExplorationResult {
  const exploration = explore(program, { executions: EXECUTIONS, stepsPerExecution: STEPS, ...options });
  while (exploration.slice(1_000));
  const result = exploration.result();
  if (result.verdict === "holds") return result;
  const subject = {
    scenario: program.name,
    title: program.name,
    story: "",
    hypothetical: false,
    kernel: "",
    designs: {},
    replaced: {},
    failures: "",
    layout: "",
  };
  const told = result.findings.map((found) => tellTrace(program, found.trace).told);
  const report = terminalText({ subject, result, elapsedMs: 0, told, traces: [] });
  throw new DoesNotHold(report.trimEnd(), result);
}
