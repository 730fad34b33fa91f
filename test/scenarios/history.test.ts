import { describe, expect, test } from "vitest";
import { explore } from "../../src/check/index.ts";
import { clashIn, designsFor, isDesignProblem, KERNELS, PRESETS } from "../../src/mm/index.ts";
import { reasonText, tellTrace } from "../../src/report/index.ts";
import { EXPECTATIONS, SCENARIOS, scenarioById } from "../../src/scenarios/index.ts";
import { NAMES_A_STEP } from "./world.ts";

test("no preset combines variants that exclude each other", () => {
  for (const kernel of KERNELS) expect(clashIn(PRESETS[kernel]!), kernel).toBeUndefined();
});

test("history says something about every scenario on every kernel, and about nothing else", () => {
  const applicable = SCENARIOS.flatMap((scenario) =>
    KERNELS.filter((kernel) => scenario.notApplicable?.(PRESETS[kernel]!) === undefined).map(
      (kernel) => `${scenario.id} on ${kernel}`,
    ),
  );
  const cells = EXPECTATIONS.map((e) => `${e.scenario} on ${e.kernel}`);
  expect(cells.toSorted()).toEqual(applicable.toSorted());
});

/** One kernel of each era: where the reason for the verdict changes. */
const turns = EXPECTATIONS.filter((e, i) => {
  const before = EXPECTATIONS[i - 1];
  return before === undefined || before.scenario !== e.scenario || before.source !== e.source;
});

describe("verdict, code and function agree with history where an era begins, and a reason names the step", () => {
  test.each(turns.map((e) => [e.scenario, e.kernel, e] as const))(
    "%s on %s",
    (id, kernel, expected) => {
      const scenario = scenarioById(id)!;
      const designs = designsFor(kernel);
      if (isDesignProblem(designs)) throw new Error(designs.problem);
      const program = scenario.program({ designs, failures: scenario.failures });
      const exploration = explore(program, { faults: scenario.faults });
      while (exploration.slice(1000));
      const result = exploration.result();
      const first = result.findings[0]?.finding;
      expect({ verdict: result.verdict, code: first?.code, site: first?.at.site }).toEqual({
        verdict: expected.verdict,
        code: expected.code,
        site: expected.site,
      });
      for (const { finding, trace } of result.findings)
        expect(reasonText(tellTrace(program, trace).told), finding.message).toMatch(NAMES_A_STEP);
    },
    120_000,
  );
});

test.each([
  ["6.6", "fork.recovery=marker", "fork.recovery=marker requires fork.copy=dup, but it is bulk"],
  ["6.6", "exit.marker=stopAt", "exit.marker=stopAt requires fork.copy=dup, but it is bulk"],
  ["7.0", "fork.recovery=none", "fork.recovery=none requires fork.copy=list or bulk, but it is dup"],
  ["6.12", "fork.copy=list", "fork.recovery=marker requires fork.copy=dup, but it is list"],
])("on %s, %s is refused with the reason", (kernel, replacement, problem) => {
  expect(designsFor(kernel, [replacement])).toEqual({ problem });
});
