import { expect, test } from "vitest";
import { explore } from "../../src/check/index.ts";
import { designsFor, isDesignProblem } from "../../src/mm/index.ts";
import { DESIGN_EXPECTATIONS, scenarioById } from "../../src/scenarios/index.ts";

const cases = DESIGN_EXPECTATIONS.map((e) => {
  const more = [e.larger ? "larger" : "", e.faults ? `${e.faults} faults` : ""].filter((text) => text !== "");
  return [`${e.scenario} on ${e.kernel} with ${[...e.replacing, ...more].join(", ")}`, e.verdict, e] as const;
});

test.each(cases)("%s: %s, for the reason written down", (_title, _verdict, expected) => {
  const scenario = scenarioById(expected.scenario)!;
  const designs = designsFor(expected.kernel, expected.replacing);
  if (isDesignProblem(designs)) throw new Error(designs.problem);
  const exploration = explore(
    scenario.program({
      designs,
      failures: expected.failures ?? scenario.failures,
      larger: expected.larger ?? false,
    }),
    { faults: expected.faults ?? scenario.faults },
  );
  while (exploration.slice(1000));
  const result = exploration.result();
  expect(result.verdict).toBe(expected.verdict);
  const found = result.findings.filter(({ finding: { code, at } }) => {
    return code === expected.code && (expected.site === undefined || at.site === expected.site);
  });
  expect(found.length > 0, JSON.stringify(result.findings.map((f) => f.finding.message))).toBe(
    expected.verdict === "fails",
  );
});
