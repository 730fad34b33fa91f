/** The worked example of the README runs and prints what it says. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { MapleTree, ZERO_ENTRY } from "../../src/maple/index.ts";

const readme = readFileSync(new URL("../../src/maple/README.md", import.meta.url), "utf8");

it("the worked example prints what the README says", () => {
  const code = /```ts\n([\s\S]*?)```/.exec(readme)![1]!.replace(/^import .*$/m, "");
  const expected = [...code.matchAll(/\/\/ → (.*)$/gm)].map((match) => match[1]!);
  const printed: string[] = [];
  // oxlint-disable-next-line no-new-func -- the example is this repository's own text
  const run = new Function("MapleTree", "ZERO_ENTRY", "print", code) as (...given: unknown[]) => void;
  run(MapleTree, ZERO_ENTRY, (value: unknown) => printed.push(JSON.stringify(value)));
  expect(printed).toEqual(expected);
  expect(expected.length).toBeGreaterThan(10);
});

it("the picture shows the tree that twelve ranges make", () => {
  const tree = new MapleTree<string>();
  for (let i = 0; i < 12; i++) tree.store(i * 10, i * 10 + 7, `v${i}`);
  const [left, right] = tree.picture()!.slots;
  expect([left!.last, left!.child!.gap, right!.child!.gap]).toEqual([47, 2, Number.MAX_SAFE_INTEGER - 117]);
  expect(readme).toContain("│ 2            │ 2^53-118     │");
});
