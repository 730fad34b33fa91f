import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { fenced, trusting } from "../../examples/checker/leader-lease.ts";
import { counted, naive } from "../../examples/checker/treiber-stack.ts";
import { assertHolds, DoesNotHold } from "../../src/report/index.ts";

test("the stack with counted changes holds", () => void assertHolds(counted));
test("the store that looks at fencing tokens holds", () => void assertHolds(fenced));

test.each([
  ["the naive stack gives a node to two tasks", naive, /node 2 is given to two tasks/, "pop"],
  [
    "the trusting store takes the write of an old leader",
    trusting,
    /the write of lease 1 comes after one of lease 2/,
    "write",
  ],
])("%s", (_what, program, message, site) => {
  let thrown: unknown;
  try {
    assertHolds(program as typeof naive);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(DoesNotHold);
  const { message: report, result } = thrown as DoesNotHold;
  expect(report.replaceAll(/\s+/g, " ")).toMatch(message);
  expect(report).toMatch(/\nstep {2}|\n *step +/);
  expect(report.split("\n").every((line) => line.length <= 80)).toBe(true);
  const found = result.findings.find((f) => f.finding.code === "assertion");
  expect(found?.finding.at.site).toBe(site);
});

test("incomplete is no success", () => {
  expect(() => assertHolds(counted, { executions: 3 })).toThrow(/INCOMPLETE[^]*the limit of 3 executions/);
});

test("every code block of the guide stands in the examples, line for line", () => {
  const read = (file: string): string => readFileSync(resolve(import.meta.dirname, "../..", file), "utf8");
  const sources = ["treiber-stack", "leader-lease"].map((name) => read(`examples/checker/${name}.ts`));
  sources.push(
    read("test/report/checker-examples.test.ts").replaceAll("../../src/report/index.ts", "interleaf/report"),
  );
  const squeezed = sources.map((text) => text.replaceAll(/\s+/g, " "));
  const blocks = [...read("docs/guides/checker.md").matchAll(/```ts\n([^]*?)```/g)].map((match) => match[1]!);
  expect(blocks.length).toBeGreaterThan(3);
  for (const block of blocks) {
    for (const part of block.split(/^\/\/ \.\.\.$/m)) {
      expect(
        squeezed.some((text) => text.includes(part.replaceAll(/\s+/g, " ").trim())),
        part,
      ).toBe(true);
    }
  }
});
