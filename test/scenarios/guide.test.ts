/** The guide to a scenario of one's own: its code is the example's, in at most fifteen lines, and says what it says. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { seed002 } from "../../examples/scenarios/seed-002.ts";
import { explore } from "../../src/check/index.ts";
import { designsFor } from "../../src/mm/index.ts";

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

const [shown, used] = [...read("docs/guides/seed-002.md").matchAll(/```ts\n([\s\S]*?)```/g)].map(
  ([, code]) => code,
);

test("the race of December 2017 takes at most fifteen lines, and they are those of the guide", () => {
  const example = read("examples/scenarios/seed-002.ts");
  expect(example.trimEnd().split("\n").length).toBeLessThanOrEqual(15);
  expect(shown).toBe(example);
});

test("explored as the guide says, it comes to what the guide says", () => {
  const expected = [...used.matchAll(/\/\/ → (.*)$/gm)].map(([, line]) => line);
  expect(expected.length).toBe(4);
  const printed: string[] = [];
  const print = (...values: unknown[]): void => void printed.push(values.map(String).join(" "));
  // oxlint-disable-next-line no-new-func -- the example is this repository's own text
  const run = new Function(
    "explore",
    "designsFor",
    "seed002",
    "print",
    used.replaceAll(/^import .*$/gm, ""),
  ) as (...given: unknown[]) => void;
  run(explore, designsFor, seed002, print);
  expect(printed).toEqual(expected);
});
