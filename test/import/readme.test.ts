import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as floor from "../../src/import/index.ts";

const readme = readFileSync(new URL("../../src/import/README.md", import.meta.url), "utf8");
const examples = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code!);

test.each([
  [0, 4],
  [1, 3],
])("example %i in src/import/README.md prints the %i lines it says it prints", (n, lines) => {
  const example = examples[n]!;
  const promised = [...example.matchAll(/^console\.log.*\n\/\/ (.*)$/gm)].map(([, text]) => text);
  expect(promised).toHaveLength(lines);

  const printed: string[] = [];
  const log = (...values: unknown[]) => printed.push(values.join(" "));
  const body = example.replace(/^import (\{.*\}) from "interleaf\/import";$/m, "const $1 = floor;");
  new Function("floor", "console", body)(floor, { log });
  expect(printed).toEqual(promised);
});
