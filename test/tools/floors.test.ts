import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, test } from "vitest";
import { checkFloors, FLOORS } from "../../tools/checks/floors.mjs";
import { verdict } from "../../tools/checks/sources.mjs";
import { ROOT } from "../../tools/house.mjs";
import { floorConfig, planted } from "./planted.ts";

/** The messages about one planted module of a floor. */
function complaintsAbout(file: string, text: string): string[] {
  const floor = file.split("/")[1] ?? "";
  const { complaints } = checkFloors(
    planted({ [file]: text, [`src/${floor}/tsconfig.json`]: floorConfig() }),
  );
  return complaints.map((c) => `${c.file}:${c.line}: ${c.message}`);
}

const INTO_MM = /^src\/check\/a\.ts:2: check may not import mm: it imports only sched$/;

describe("a forbidden import is seen", () => {
  it.each([
    ["an import", `\nimport { Mm } from "../mm/index.ts";`],
    ["a type import", `\nimport type { Mm } from "../mm/index.ts";`],
    ["an import for its effect", `\nimport "../mm/index.ts";`],
    ["a re-export", `\nexport { Mm } from "../mm/index.ts";`],
    ["a re-export of everything", `\nexport * from "../mm/index.ts";`],
    ["an import inside a type", `\nexport type A = import("../mm/index.ts").Mm;`],
    ["a dynamic import", `\nexport const a = import("../mm/index.ts");`],
    ["a require", `\nexport const a = require("../mm/index.ts");`],
    ["the way round over src", `\nimport "../../src/mm/index.ts";`],
  ])("as %s", (_, text) => {
    expect(complaintsAbout("src/check/a.ts", text)).toContainEqual(expect.stringMatching(INTO_MM));
  });

  it.each([
    ["src/check/a.ts", `import "../sched/machine.ts";`, "reaches into sched: import ../sched/index.ts"],
    ["src/mm/a.ts", `import "node:fs";`, "mm may not import node:fs"],
    ["src/mm/a.ts", `import "fs/promises";`, "mm may not import fs/promises"],
    ["src/lab/a.ts", `import "node:fs";`, "lab may not import node:fs"],
    ["src/mm/a.ts", `import "valibot";`, "mm is pure: it may not import the package valibot"],
    ["src/mm/a.ts", `import "interleaf/sched";`, "imports its own package by name"],
    ["src/cli/a.ts", `import "../../tools/house.mjs";`, "sources import only sources"],
    ["src/mm/a.ts", `export const a = (name: string) => import(name);`, "loads no module by a computed name"],
    [
      "src/mm/index.ts",
      `export * from "./designs/fork.recovery/marker.ts";`,
      "only src/mm/presets.ts imports designs",
    ],
    [
      "src/mm/designs/oom.order/up.ts",
      `import "../fork.recovery/marker.ts";`,
      "only src/mm/presets.ts imports designs",
    ],
    ["src/mm/a.ts", `/// <reference types="node" />`, "a triple-slash reference goes around the floors"],
    [
      "src/mm/a.ts",
      `/// <reference path="../check/a.ts" />`,
      "a triple-slash reference goes around the floors",
    ],
    ["src/attic/a.ts", `export const a = 1;`, "is no floor"],
  ])("%s: %s", (file, text, message) => {
    expect(complaintsAbout(file, text)).toContainEqual(expect.stringContaining(message));
  });
});

it("leaves allowed imports alone", () => {
  const root = planted({
    "src/mm/tsconfig.json": floorConfig("maple", "sched"),
    "src/mm/a.ts": `import { Tree } from "../maple/index.ts";\nimport "./paths/fork.ts";\nimport "../sched/index.ts";`,
    "src/mm/paths/fork.ts": `import { Mm } from "../a.ts";`,
    "src/mm/presets.ts": `import { marker } from "./designs/fork.recovery/marker.ts";`,
    "src/mm/designs/fork.recovery/marker.ts": `import type { Recovery } from "../../a.ts";`,
    "src/mm/designs/fork.recovery/flags.ts": `import { mark } from "./marker.ts";`,
    "src/cli/tsconfig.json": floorConfig("mm"),
    "src/cli/main.ts": `import { readFileSync } from "node:fs";\nimport { Command } from "commander";\nimport "../mm/index.ts";`,
  });
  expect(checkFloors(root)).toEqual({ looked: 6, what: "modules", complaints: [] });
});

it("holds the project references to the table", () => {
  const root = planted({
    "src/check/a.ts": "",
    "src/check/tsconfig.json": floorConfig("sched", "mm"),
    "src/sched/a.ts": "",
    "src/sched/tsconfig.json": JSON.stringify({ compilerOptions: { types: ["node"] }, references: [] }),
    "src/maple/a.ts": "",
  });
  expect(checkFloors(root).complaints.map((c) => `${c.file}: ${c.message}`)).toEqual([
    expect.stringContaining("src/check/tsconfig.json: references mm, which check may not import"),
    expect.stringContaining("src/maple/tsconfig.json: is missing"),
    expect.stringContaining("src/sched/tsconfig.json: gives the pure floor sched ambient types"),
  ]);
});

it("does not pass when it looked at no module", () => {
  const result = checkFloors(planted({ "src/maple/README.md": "nothing here" }));
  expect(verdict("floors", result)).toEqual({
    passed: false,
    lines: ["floors: FAILED, it looked at no modules: a check of nothing proves nothing"],
  });
});

test("every floor imports only what it may", () => {
  const result = checkFloors(ROOT);
  expect(result.complaints).toEqual([]);
  expect(result.looked).toBeGreaterThan(0);
});

describe("the compiler refuses the same by project references", () => {
  const present = Object.keys(FLOORS).filter((floor) =>
    existsSync(join(ROOT, "src", floor, "tsconfig.json")),
  );

  /** Every floor with its real tsconfig and one exported name; `extra` is added to one of them. */
  function compile(floor: string, extra: string): string {
    const root = planted({ "package.json": '{ "type": "module" }' });
    copyFileSync(join(ROOT, "tsconfig.base.json"), join(root, "tsconfig.base.json"));
    for (const name of present) {
      mkdirSync(join(root, "src", name), { recursive: true });
      const config = JSON.parse(readFileSync(join(ROOT, "src", name, "tsconfig.json"), "utf8")) as {
        compilerOptions: { types?: string[] };
      };
      delete config.compilerOptions.types; // Node's types are not installed there, and not the point
      writeFileSync(join(root, "src", name, "tsconfig.json"), JSON.stringify(config));
      writeFileSync(join(root, "src", name, "index.ts"), `export const ${name}_: number = 1;\n`);
    }
    writeFileSync(join(root, "src", floor, "extra.ts"), extra);
    const tsc = join(ROOT, "node_modules/@typescript/native/bin/tsc");
    const { stdout, stderr } = spawnSync(process.execPath, [tsc, "-b", `src/${floor}`], {
      cwd: root,
      encoding: "utf8",
    });
    return stdout + stderr;
  }

  /** References are transitive: a floor sees what the floors it references see. Only the check draws that line. */
  function reachable(floor: string): Set<string> {
    const seen = new Set<string>();
    const waiting = [floor];
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      for (const other of FLOORS[at]?.imports ?? []) {
        if (!seen.has(other)) waiting.push(other);
        seen.add(other);
      }
    }
    return seen;
  }

  it.each(present)("%s", (floor) => {
    const importOf = (other: string): string =>
      `import { ${other}_ } from "../${other}/index.ts";\nexport const from${other}: number = ${other}_;\n`;
    const seen = reachable(floor);
    const allowed = present.filter((other) => FLOORS[floor]?.imports.includes(other));
    const unseen = present.filter((other) => other !== floor && !seen.has(other));
    expect(compile(floor, allowed.map(importOf).join(""))).toBe("");
    const output = compile(floor, unseen.map(importOf).join(""));
    for (const other of unseen)
      expect(output).toMatch(new RegExp(`TS6307: File '[^']*/src/${other}/index\\.ts'`));
    expect(unseen.length).toBeGreaterThan(floor === "cli" ? -1 : 0);
  });
});
