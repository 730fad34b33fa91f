import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import * as check from "../../src/check/index.ts";
import * as farm from "../../src/farm/index.ts";
import * as report from "../../src/report/index.ts";
import * as sched from "../../src/sched/index.ts";

const FLOORS: Readonly<Record<string, unknown>> = { check, farm, report, sched };

it.each(["report", "farm"])("the example in src/%s/README.md prints what it says it prints", (floor) => {
  const readme = readFileSync(new URL(`../../src/${floor}/README.md`, import.meta.url), "utf8");
  const example = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? "";
  const promised = [...example.matchAll(/^console\.log.*\n\/\/ (.*)$/gm)].map(([, text]) => text);
  expect(promised).toHaveLength(2);

  const printed: string[] = [];
  const log = (...values: unknown[]) => printed.push(values.join(" "));
  const body = example
    .replace(/^import (\{.*\}) from "interleaf\/(\w+)";$/gm, "const $1 = floors.$2;")
    .replace(/^import (\{.*\}) from "\.\/index\.ts";$/gm, `const $1 = floors.${floor};`);
  // oxlint-disable-next-line typescript/no-implied-eval -- the example is text on purpose
  const run = new Function("floors", "console", body) as (floors: unknown, output: unknown) => void;
  run(FLOORS, { log });
  expect(printed).toEqual(promised);
});
