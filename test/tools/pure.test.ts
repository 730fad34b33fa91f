import { spawnSync } from "node:child_process";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, test } from "vitest";
import { checkPure } from "../../tools/checks/pure.mjs";
import { verdict } from "../../tools/checks/sources.mjs";
import { ROOT } from "../../tools/house.mjs";
import { planted } from "./planted.ts";

const complaintsAbout = (text: string, floor = "mm"): string[] =>
  checkPure(planted({ [`src/${floor}/a.ts`]: text })).complaints.map((c) => `${c.line}: ${c.message}`);

describe("the scan sees", () => {
  it.each([
    ["Date reads the clock", "export const now = (): number => Date.now();"],
    ["Date reads the clock", "export const now = (): unknown => new Date();"],
    ["performance reads the clock", "export const now = (): number => performance.now();"],
    ["Math.random cannot be replayed", "export const dice = (): number => Math.random();"],
    ["Math is used as a whole", "export const { random } = Math;"],
    ["Math is used as a whole", `export const dice = (): number => Math["random"]();`],
    ["process belongs to Node", "export const home = process.env.HOME;"],
    ["Buffer belongs to Node", "export const b = Buffer.alloc(1);"],
    ["console belongs to the outside", `console.log("here");`],
    ["window belongs to the browser", "export const w = window.innerWidth;"],
    ["setTimeout is a timer", "setTimeout(() => 1, 0);"],
    ["queueMicrotask is a timer", "queueMicrotask(() => 1);"],
    ["globalThis is a back door", `export const d = globalThis["Date"];`],
    ["eval is a back door", `export const d = eval("Date");`],
    ["Function is a back door", `export const d = new Function("return Date");`],
    ["process belongs to Node", "declare const process: { pid: number };\nexport const pid = process.pid;"],
    ["process belongs to Node", "export const kept = { process };"],
    ["Promise runs later", "export const p = Promise.resolve(1);"],
    ["async runs later", "export async function f() {}"],
    ["await runs later", "export const f = async () => { await 1; };"],
    ["import.meta tells where", "export const here = import.meta.url;"],
    ["WeakRef shows when the garbage", "export const r = new WeakRef({});"],
    ["localeCompare depends on the user's locale", `export const c = "a".localeCompare("b");`],
    ["a variable at module level", "let count = 0;\nexport const next = (): number => count++;"],
    [
      "a container at module level",
      "const cache = new Map<string, number>();\nexport const size = cache.size;",
    ],
    ["a container at module level", "export const seen: string[] = [];"],
    ["a container at module level", "export const words = new Int32Array(4);"],
    ["a container at module level", "export const rows = new Array<number>(4).fill(0);"],
    ["a static field", "export class A {\n  static made = 0;\n}"],
    ["a container at module level", "export class A {\n  static readonly all: A[] = [];\n}"],
  ])("%s", (message, text) => {
    expect(complaintsAbout(text)).toContainEqual(expect.stringContaining(message));
  });
});

it("leaves pure code alone, whatever its own names are", () => {
  const text = `
import { location } from "./b.ts";
export const LIMITS: readonly number[] = [];
export const NAMES: ReadonlyMap<string, number> = new Map([["a", 1]]);
export const TABLE = { document: 1, window: 2 };
export interface Task { process: number; self(): Task }
export function run(process: Task, module: { window: number }): number {
  const seen = new Map<number, number>();
  let total = Math.max(module.window, TABLE.document) + location;
  for (const one of LIMITS) total += seen.get(one) ?? process.process;
  return total;
}
export const refuse = (x: unknown): boolean => x instanceof Promise;
`;
  expect(complaintsAbout(text)).toEqual([]);
});

it("leaves floors that run in Node alone", () => {
  const root = planted({
    "src/cli/a.ts": "export const pid = process.pid;",
    "src/mm/a.ts": "export const a = 1;",
  });
  expect(checkPure(root)).toMatchObject({ looked: 1, complaints: [] });
});

it("does not pass when it looked at no module", () => {
  const result = checkPure(planted({ "src/cli/a.ts": "export const a = 1;" }));
  expect(verdict("pure", result).passed).toBe(false);
});

it("the compiler refuses what is not of the language", () => {
  const names = [
    "process",
    "console",
    "setTimeout",
    "performance",
    "window",
    "document",
    "fetch",
    "Buffer",
    "structuredClone",
  ];
  const root = planted({
    "package.json": `{ "type": "module" }`,
    "tsconfig.json": `{ "extends": "./tsconfig.base.json", "compilerOptions": { "composite": false, "noEmit": true }, "files": ["a.ts"] }`,
    "a.ts": names.map((name) => `export const use_${name}: unknown = ${name};`).join("\n"),
  });
  copyFileSync(join(ROOT, "tsconfig.base.json"), join(root, "tsconfig.base.json"));
  const tsc = join(ROOT, "node_modules/@typescript/native/bin/tsc");
  const { stdout } = spawnSync(process.execPath, [tsc, "-p", root], { encoding: "utf8" });
  for (const [index, name] of names.entries()) {
    expect(stdout).toMatch(new RegExp(`a\\.ts\\(${index + 1},.*Cannot find name '${name}'`));
  }
});

test("every pure floor is pure", () => {
  const result = checkPure(ROOT);
  expect(result.complaints).toEqual([]);
  expect(result.looked).toBeGreaterThan(0);
});
