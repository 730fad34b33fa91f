import { readFileSync } from "node:fs";
import { compileFunction } from "node:vm";
import { expect, test } from "vitest";
import * as floor from "../../src/real/index.ts";
import { live } from "./world.ts";

const kernel = await live();

test.skipIf(kernel === undefined)(
  "the example in src/real/README.md prints what it says it prints",
  async () => {
    const readme = readFileSync(new URL("../../src/real/README.md", import.meta.url), "utf8");
    const [, example = "", promised = ""] = /```ts\n(.*?)```\n\n```text\n(.*?)```/s.exec(readme) ?? [];
    const printed: string[] = [];
    const log = (line: string) => printed.push(line);
    const body = example.replace(/^import (\{.*\}) from "interleaf\/real";$/m, "const $1 = floor;");
    const run = compileFunction(`return (async () => {${body}})();`, ["floor", "console"]) as (
      floor: unknown,
      console: unknown,
    ) => Promise<void>;
    await run(floor, { log });
    expect(printed.map((line) => `${line}\n`).join("")).toBe(promised);
  },
);
