/** What is said about living mutants speaks of the sources as they are. */
import { expect, it } from "vitest";
import { explanations, judge, staleRows, together } from "../../bench/maple/survivors.mjs";

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

it("of a mutant that was tried twice the later run speaks, unless the sources were others", () => {
  const mutant = (status: string): object => ({ status, location: { start: { line: 1 } }, replacement: "x" });
  const report = (source: string, status: string): object => ({
    files: { "core.ts": { source, mutants: [mutant(status)] } },
  });
  const one = together([report("a", "Survived"), report("a", "Killed"), report("a", "Ignored")]);
  expect(one).toEqual(report("a", "Killed"));
  expect(together([report("a", "Killed"), report("b", "Survived")])).toEqual(report("b", "Survived"));
});
