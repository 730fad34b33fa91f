import { expect, test } from "vitest";
import { explore } from "../../src/check/index.ts";
import { designsFor, type Image, isDesignProblem } from "../../src/mm/index.ts";
import { reasonText, tellTrace } from "../../src/report/index.ts";
import { DESIGN_EXPECTATIONS, scenarioById } from "../../src/scenarios/index.ts";
import { NAMES_A_STEP } from "./world.ts";

const cases = DESIGN_EXPECTATIONS.map((e) => {
  const more = [
    e.larger ? "larger" : "",
    e.faults ? `${e.faults} faults` : "",
    e.areas ? `${e.areas} areas` : "",
  ].filter((text) => text !== "");
  return [`${e.scenario} on ${e.kernel} with ${[...e.replacing, ...more].join(", ")}`, e.verdict, e] as const;
});

/** A process with so many private areas, the first of them with a page in swap. */
function imageOf(count: number): Image {
  const areas = Array.from({ length: count }, (_, i) => ({
    startPage: 0x10 + 2 * i,
    endPage: 0x11 + 2 * i,
    read: true,
    write: true,
    exec: false,
    shared: false,
    offsetPages: 0,
    device: "00:00",
    inode: "0",
    name: i === 0 ? "[heap]" : "",
    anonPages: i === 0 ? 1 : 0,
    swapPages: i === 0 ? 1 : 0,
  }));
  return { source: `${count} areas`, areas };
}

test.each(cases)(
  "%s: %s, for the reason written down, and the reason line names a step",
  (_title, _verdict, expected) => {
    const scenario = scenarioById(expected.scenario)!;
    const designs = designsFor(expected.kernel, expected.replacing);
    if (isDesignProblem(designs)) throw new Error(designs.problem);
    const program = scenario.program({
      designs,
      failures: expected.failures ?? scenario.failures,
      larger: expected.larger ?? false,
      ...(expected.areas === undefined ? {} : { image: imageOf(expected.areas) }),
    });
    const exploration = explore(program, { faults: expected.faults ?? scenario.faults });
    // What is found stays found: no need to finish once it is there.
    while (exploration.slice(500) && exploration.result().findings.length === 0);
    const result = exploration.result();
    expect(result.verdict).toBe(expected.verdict);
    const found = result.findings.filter(({ finding: { code, at } }) => {
      return code === expected.code && (expected.site === undefined || at.site === expected.site);
    });
    expect(found.length > 0, JSON.stringify(result.findings.map((f) => f.finding.message))).toBe(
      expected.verdict === "fails",
    );
    for (const { finding, trace } of result.findings)
      expect(reasonText(tellTrace(program, trace).told), finding.message).toMatch(NAMES_A_STEP);
  },
);
