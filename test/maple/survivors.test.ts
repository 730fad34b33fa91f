/** What is said about living mutants speaks of the sources as they are. */
import { expect, it } from "vitest";
import { explanations, judge, staleRows } from "../../bench/maple/survivors.mjs";

it("every row of survivors.md names a line of its file", () => {
  expect(explanations().length).toBeGreaterThan(10);
  expect(staleRows()).toEqual([]);
  expect(staleRows([{ file: "core.ts", code: "no such line", why: "" }])).toHaveLength(1);
  expect(staleRows([{ file: "gone.ts", code: "", why: "" }])).toHaveLength(1);
});

it("a survivor that no row explains is told, with its place and what it was changed into", () => {
  const at = (line: number): object => ({ start: { line } });
  const mutants = [
    { status: "Killed", location: at(1), replacement: "x" },
    { status: "Timeout", location: at(1), replacement: "x" },
    { status: "Survived", location: at(2), replacement: "a > c" },
    { status: "NoCoverage", location: at(3), replacement: "a < c" },
    { status: "CompileError", location: at(3), replacement: "" },
  ];
  const report = { files: { "src/maple/core.ts": { source: "one\n  a >= c;\n  a <= c;", mutants } } };
  const rows = [{ file: "core.ts", code: "a >= c;", why: "" }];
  expect(judge(report, rows)).toEqual({
    detected: 2,
    valid: 4,
    unexplained: ["core.ts:3  a <= c;  =>  a < c"],
  });
});
