import { expect, it } from "vitest";
import { agreement, checkJson, type Matrix, matrixJson, matrixText } from "../../src/report/index.ts";
import { boxProgram, countProgram, reportOn } from "./world.ts";

interface Document {
  version: number;
  results: Record<string, unknown>[];
}

it("check --json has every field, and no verdict without its bounds", () => {
  const document = checkJson([reportOn(boxProgram)]) as Document;
  expect(document.version).toBe(1);
  const [result] = document.results;
  for (const field of [
    "scenario",
    "kernel",
    "designs",
    "verdict",
    "executions",
    "redundant",
    "blocked",
    "steps",
    "budgets",
    "witnesses",
    "elapsedMs",
    "findings",
  ]) {
    expect(result).toHaveProperty(field);
  }
  expect(result!["budgets"]).toMatchObject({
    consistency: "sequential",
    cpus: 2,
    faults: 1,
    failures: "any",
  });
  const [finding] = result!["findings"] as Record<string, unknown>[];
  expect(Object.keys(finding!)).toEqual(
    expect.arrayContaining([
      "code",
      "message",
      "task",
      "at",
      "objects",
      "trace",
      "steps",
      "switches",
      "faults",
    ]),
  );
});

it("is JSON, and the same from run to run but for the time", () => {
  const text = (elapsedMs: number): string =>
    JSON.stringify(checkJson([{ ...reportOn(boxProgram), elapsedMs }]));
  expect(text(1)).toBe(text(1));
  expect(text(1).replaceAll(/"elapsedMs":\d+/g, "")).toBe(text(2).replaceAll(/"elapsedMs":\d+/g, ""));
  expect(JSON.parse(JSON.stringify(checkJson([reportOn(countProgram)])))).toMatchObject({
    results: [{ budgets: { executions: null } }],
  });
});

it("a cell agrees only with the same verdict for the same reason", () => {
  const expected = { verdict: "fails", code: "bad-pointer", site: "unuse_mm", source: "s" };
  expect(agreement("fails", { code: "bad-pointer", at: "unuse_mm" }, expected)).toBe(true);
  expect(agreement("fails", { code: "bad-pointer", at: "elsewhere" }, expected)).toBe(false);
  expect(agreement("fails", { code: "leak", at: "unuse_mm" }, expected)).toBe(false);
  expect(agreement("holds", undefined, expected)).toBe(false);
  expect(agreement("incomplete", undefined, { verdict: "holds", source: "s" })).toBe(false);
  expect(agreement("n/a", undefined, expected)).toBeUndefined();
  expect(agreement("fails", { code: "leak", at: "" }, undefined)).toBeUndefined();
});

const MATRIX: Matrix = {
  scenarios: [
    { id: "plain", hypothetical: false, bounds: ["sequential consistency, 1 task"] },
    {
      id: "ghost",
      hypothetical: true,
      bounds: ["sequential consistency, 2 tasks", "sequential consistency, 3 tasks"],
    },
  ],
  kernels: ["1.0", "2.0"],
  cells: [
    {
      scenario: "plain",
      kernel: "1.0",
      verdict: "holds",
      agrees: true,
      executions: 3,
      elapsedMs: 1.4,
      expected: { verdict: "holds", source: "a" },
    },
    {
      scenario: "plain",
      kernel: "2.0",
      verdict: "fails",
      agrees: false,
      code: "leak",
      at: "drop",
      executions: 4,
      elapsedMs: 1,
      expected: { verdict: "holds", source: "a mail" },
    },
    {
      scenario: "ghost",
      kernel: "1.0",
      verdict: "n/a",
      reason: "there is no ghost",
      executions: 0,
      elapsedMs: 0,
    },
    {
      scenario: "ghost",
      kernel: "2.0",
      verdict: "vacuous",
      reason: "nobody came",
      executions: 1,
      elapsedMs: 0,
    },
  ],
};

it("a matrix as text: marks, bounds, findings, disagreements, reasons", async () => {
  await expect(matrixText(MATRIX)).toMatchFileSnapshot("golden/matrix.txt");
});

it("matrix --json says null where history says nothing", () => {
  const { cells } = matrixJson(MATRIX) as { cells: Record<string, unknown>[] };
  expect(cells[0]).toMatchObject({ verdict: "holds", agrees: true, elapsedMs: 1 });
  expect(cells[2]).toMatchObject({ verdict: "n/a", expected: null, agrees: null });
});
