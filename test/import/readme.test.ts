import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as floor from "../../src/import/index.ts";

test("the example in src/import/README.md prints what it says it prints", () => {
  const readme = readFileSync(new URL("../../src/import/README.md", import.meta.url), "utf8");
  const example = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? "";
  const promised = [...example.matchAll(/^console\.log.*\n\/\/ (.*)$/gm)].map(([, text]) => text);
  expect(promised).toHaveLength(4);

  const printed: string[] = [];
  const log = (...values: unknown[]) => printed.push(values.join(" "));
  const body = example.replace(/^import (\{.*\}) from "interleaf\/import";$/m, "const $1 = floor;");
  new Function("floor", "console", body)(floor, { log });
  expect(printed).toEqual(promised);
});
