import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { example } from "./example.ts";

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");

const readme = read("../../src/check/README.md");
const inReadme = /```ts\nimport [\s\S]*?;\nimport [\s\S]*?;\n\n([\s\S]*?)\n```/.exec(readme)![1]!;

test("the README's example is the one that is run here", () => {
  const source = read("./example.ts");
  const parts = [...source.matchAll(/\/\/ --- begin\n([\s\S]*?) *\/\/ --- end/g)].map((m) => m[1]!);
  const body = parts
    .map((part) => part.replace(/^ {2}(?=.)/gm, (s) => (part.startsWith("  const") ? "" : s)))
    .join("\n");
  expect(body.replace(/\s+/g, " ").trim()).toBe(inReadme.replace(/\s+/g, " ").trim());
});

test("the README's example prints what it says", () => {
  const printed: string[] = [];
  example((value) => printed.push(JSON.stringify(value)));
  expect(printed).toEqual([...inReadme.matchAll(/\/\/ → (.*)$/gm)].map((match) => match[1]));
});
