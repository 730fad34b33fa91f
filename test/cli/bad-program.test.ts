import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { emptyFolder, interleaf, type Run } from "./world.ts";

const OPENING = `import type { Program } from "interleaf/check";
import { type Atomic, atomic, type Row, slab } from "interleaf/sched";
interface Box extends Row { readonly up: Atomic }
const boxes = slab<Box>("box", { up: atomic() });
`;

/** A program with one box and one task, whose body is given. */
const running = (body: string): string =>
  `export const program: Program<Box> = { name: "mine", setup: (k) => k.alloc(boxes), tasks: (k, box) => [{ name: "A", *run() { ${body} } }] };`;

async function checkOf(code: string, ...more: string[]): Promise<Run & { left: string[] }> {
  const folder = emptyFolder();
  writeFileSync(join(folder, "mine.ts"), OPENING + code);
  const run = await interleaf(["check", "mine.ts", "--time", "2s", ...more], folder);
  return { ...run, left: readdirSync(folder) };
}

describe("a user's program is refused with place and cure", () => {
  it.concurrent.each([
    ["throws when loaded", `throw new Error("boom");`, /^interleaf: mine\.ts:5: .*boom/],
    [
      "throws when run",
      running(`throw new TypeError("inside");`),
      /^interleaf: mine\.ts:5: the scenario threw TypeError: inside/,
    ],
    [
      "throws in its set-up",
      `export const p = { name: "p", setup() { throw new Error("early"); }, tasks: () => [] };`,
      /^interleaf: mine\.ts:5: the scenario threw Error: early/,
    ],
    ["is no TypeScript", "export const x = {", /^interleaf: mine\.ts:\d: is not TypeScript/],
    [
      "imports a file that is not there",
      `import { x } from "./gone.ts"; export const y = x;`,
      /^interleaf: gone\.ts:1: there is no such file; .*mine\.ts or a file of its own imports it/,
    ],
    [
      "exports nothing of use",
      "export const x = 1;",
      /mine\.ts exports no scenario and no program: export an object with/,
    ],
    [
      "exports two programs",
      `${running("")} export const other = program;`,
      /exports several scenarios: name one of mine\.ts#other, mine\.ts#program/,
    ],
    [
      "runs a promise",
      `export const p = { name: "p", setup: () => 0, tasks: () => [{ name: "A", run: () => Promise.resolve() }] };`,
      /mine\.ts: run\(\) of "A" gave a promise; it must be a generator function/,
    ],
    [
      "is set up by a promise",
      `export const p = { name: "p", setup: () => Promise.resolve(1), tasks: () => [] };`,
      /mine\.ts: setup\(\) gave a promise/,
    ],
    [
      "has no list of tasks",
      `export const p = { name: "p", setup: () => 0, tasks: () => "A" };`,
      /mine\.ts: tasks\(\) gave a string; it must return a list/,
    ],
    ["yields without a step", running("yield;"), /^interleaf: mine\.ts:5: a bare yield/],
    [
      "yields rubbish from a hand-made generator",
      `const rubbish = { *[Symbol.iterator]() { yield 42; } };
      export const p = { name: "p", setup: () => 0, tasks: () => [{ name: "A", run: () => rubbish[Symbol.iterator]() }] };`,
      /^interleaf: mine\.ts/,
    ],
    [
      "spawns without bound",
      running(
        `const again = function* () { if (k.spawn({ name: "B", run: again })) yield; }; if (k.spawn({ name: "B", run: again })) yield;`,
      ),
      /^interleaf: mine\.ts.*task/,
    ],
    [
      "has a wrong field",
      `export const s = { id: "s", faults: "many", program: () => ({}) };`,
      /mine\.ts: the export "s" has a wrong "faults": it is a count/,
    ],
    [
      "gives no program",
      `export const s = { id: "s", program: () => Promise.resolve() };`,
      /mine\.ts: program\(\) gave a promise/,
    ],
  ])("when it %s", async (_what, code, message) => {
    const run = await checkOf(code);
    expect(run.stderr).toMatch(message);
    expect(run.stderr).not.toMatch(/\n\s+at /);
    expect(run.stdout).toBe("");
    expect(run.code).toBe(2);
    expect(run.left).toEqual(["mine.ts"]);
  });

  it("when it is not there", async () => {
    const run = await interleaf(["check", "gone.ts"]);
    expect(run.stderr).toMatch(/^interleaf: gone\.ts cannot be read \(no such file/);
    expect(run.code).toBe(2);
  });
});

describe("a program that never ends is ended", () => {
  it.concurrent.each([
    ["when loaded", "for (;;) {}"],
    ["in plain code", running("for (;;) {}")],
  ])("%s", async (_what, code) => {
    const run = await checkOf(code);
    expect(run.stderr).toMatch(
      /^interleaf: mine\.ts: mine\.ts said nothing for \d+ s, so it was ended: the scenario seems/,
    );
    expect(run.code).toBe(3);
  });

  it("in steps that change something: incomplete, and says why", async () => {
    const run = await checkOf(running(`for (;;) { if (k.write(box.up, "turn")) yield; box.up.value += 1; }`));
    expect(run.stdout).toMatch(/INCOMPLETE[^]*(do\s+not\s+end|cut\s+off|time\s+of)/);
    expect(run.code).toBe(3);
  });
});

it("a program of one's own is checked, told without a kernel, and replayed", async () => {
  const folder = emptyFolder();
  const code = running(`if (k.read(box.up, "look")) yield; k.assert(box.up.value === 1, "the flag is up");`);
  writeFileSync(join(folder, "mine.ts"), OPENING + code);
  const run = await interleaf(["check", "./mine.ts#program"], folder);
  expect(run.code).toBe(1);
  expect(run.stdout).toMatch(
    /^mine FAILS under sequential consistency, 1 task on 1 CPU, at most 1 fault:\s+assertion in look/,
  );
  expect(run.stdout).not.toMatch(/kernel|designs|layout|survive/);
  const trace = /interleaf replay (\S+)/.exec(run.stdout)![1]!;
  const again = await interleaf(["replay", trace], folder);
  expect(again.code).toBe(1);
  expect(again.stderr).toBe("");
  writeFileSync(join(folder, "mine.ts"), OPENING + code.replace("k.read(", "k.write("));
  const changed = await interleaf(["replay", trace], folder);
  expect(changed.stderr).toMatch(
    /mine\.ts is not what it was[^]*something else than the trace says, at step 1: .*A: read[^]*now it is "A: write/,
  );
  expect(changed.code).toBe(2);
});
