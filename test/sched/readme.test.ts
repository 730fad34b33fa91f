import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { example } from "./example.ts";

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");

/** The example's lines as they stand in the README. */
function body(source: string): string {
  return /\/\/ --- begin\n([\s\S]*?) *\/\/ --- end/.exec(source)![1]!.replace(/^ {2}/gm, "").trim();
}

const readme = read("../../src/sched/README.md");
const inReadme = /```ts\n(import [^;]*;)\n\n([\s\S]*?)\n```/.exec(readme)!;

test("the README's example is the one that is run here", () => {
  expect(inReadme[2]!.trim()).toBe(body(read("./example.ts")));
  expect(inReadme[1]).toContain('from "interleaf/sched"');
});

test("the README's example prints what it says", () => {
  const printed: unknown[] = [];
  example((value) => printed.push(JSON.stringify(value)));
  const promised = [...inReadme[2]!.matchAll(/\/\/ → (.*)$/gm)].map((match) => match[1]);
  expect(promised.length).toBeGreaterThan(5);
  // `peek` prints the balance in the first of its two runs; nothing is promised about it.
  expect(printed.filter((text) => !/^\d\d+$/.test(String(text)))).toEqual(promised);
});
