import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { emptyFolder, interleaf, type Run } from "./world.ts";

const OPENING = `import type { ForkRecovery, Kernel, Mm } from "interleaf/mm";
import type { Path } from "interleaf/sched";
`;
/** Line of the file on which the code of a test begins. */
const LINE = 3;

const NAMES = `point: "fork.recovery", name: "mine", title: "t", source: "s"`;

const recovering = (body: string): string =>
  `export const mine: ForkRecovery = { ${NAMES}, *recover(k: Kernel, mm: Mm): Path { ${body} } };`;

async function checkWith(code: string, ...more: string[]): Promise<Run & { left: string[] }> {
  const folder = emptyFolder();
  writeFileSync(join(folder, "mine.ts"), OPENING + code);
  const run = await interleaf(
    ["check", "fork-vs-swapoff", "--kernel", "6.12", "--design", "mine.ts", "--time", "5s", ...more],
    folder,
  );
  return { ...run, left: readdirSync(folder) };
}

describe("a design file is refused with place and cure", () => {
  it.each([
    ["throws when loaded", `throw new Error("boom");`, /^interleaf: mine\.ts:3: .*boom/],
    [
      "throws when run",
      recovering(`throw new TypeError("inside");`),
      /^interleaf: mine\.ts:3: the design threw TypeError: inside/,
    ],
    ["is no TypeScript", "export const x = {", /^interleaf: mine\.ts:\d: is not TypeScript/],
    [
      "returns a promise",
      `export const mine = { ${NAMES}, recover: () => Promise.resolve() };`,
      /recover\(\) gave a promise; it must be a generator function/,
    ],
    [
      "returns nothing",
      `export const mine = { ${NAMES}, recover: () => undefined };`,
      /recover\(\) gave nothing/,
    ],
    [
      "is async",
      `export const mine = { ${NAMES}, async recover() {} };`,
      /^interleaf: mine\.ts:3: async has no place here/,
    ],
    [
      "forgets to yield",
      recovering(`k.write(mm.unstable, "x"); mm.unstable.value = 1;`),
      /^interleaf: mine\.ts:3: announces k\.write.*if \(k\.write\(\.\.\.\)\) yield;/,
    ],
    ["yields without a step", recovering("yield;"), /^interleaf: mine\.ts:3: a bare yield/],
    [
      "catches",
      recovering(`try { if (k.write(mm.unstable, "x")) yield; } catch {}`),
      /^interleaf: mine\.ts:3: no try/,
    ],
    [
      "touches what it did not announce",
      recovering("mm.unstable.value = 1;"),
      /^interleaf: mine\.ts.*child\.unstable.*announce/,
    ],
    [
      "names an unknown point",
      `export const mine = { point: "fork.magic", name: "mine", title: "t", source: "s" };`,
      /"fork\.magic", which does not exist; there are .*fork\.recovery/,
    ],
    ["lacks its function", `export const mine = { ${NAMES} };`, /has no "recover": .*generator function/],
    ["lacks its name", `export const mine = { point: "fork.recovery", *recover() {} };`, /has no "name"/],
    [
      "has two answers to one question",
      `${recovering("")} export const other = mine;`,
      /two designs for fork\.recovery/,
    ],
    ["exports no design", "export const x = 1;", /exports no design/],
    [
      "asks for what is not there",
      `export const mine = { ${NAMES}, requires: { "exit.marker": ["unknown"] }, *recover() {} };`,
      /requires exit\.marker=unknown, but it is stopAt/,
    ],
    [
      "imports what is not there",
      `import { nothing } from "interleaf/nothing"; export const mine = nothing;`,
      /^interleaf: mine\.ts.*interleaf\/nothing/,
    ],
    ["ends the program", "process.exit(0);", /must not call process\.exit/],
    [
      "leaves a promise that is rejected",
      `void Promise.reject(new Error("later")); ${recovering("")}`,
      /no timers and no promises/,
    ],
    [
      "throws dice",
      recovering(`if (Math.random() < 0.5) { if (k.write(mm.unstable, "x")) yield; mm.unstable.value = 1; }`),
      /^interleaf: mine\.ts.*Math\.random/,
    ],
  ])("when it %s", async (_what, code, message) => {
    const run = await checkWith(code);
    expect(run.stderr).toMatch(message);
    expect(run.stderr).not.toMatch(/\n\s+at /);
    expect(run.stdout).toBe("");
    expect(run.code).toBe(2);
    expect(run.left).toEqual(["mine.ts"]);
  });

  it("when it is not there", async () => {
    const run = await interleaf(["check", "fork-vs-swapoff", "--design", "gone.ts"]);
    expect(run.stderr).toMatch(/gone\.ts cannot be read \(no such file/);
    expect(run.code).toBe(2);
  });
});

describe("a design that never ends is ended", () => {
  // Each waits for a watchdog: together they take no longer than one.
  it.concurrent.each([
    ["when loaded", "for (;;) {}"],
    ["without steps", recovering("for (;;) {}")],
    ["eating memory", recovering("const keep: unknown[] = []; for (;;) keep.push(new Array(1e6).fill(k));")],
  ])("%s", async (_what, code) => {
    const run = await checkWith(code);
    expect(run.stderr).toMatch(
      /^interleaf: mine\.ts: fork-vs-swapoff on 6\.12 (said nothing for \d+ s|needed more memory)/,
    );
    expect(run.stdout).toBe("");
    expect(run.code).toBe(3);
    expect(run.left).toEqual(["mine.ts"]);
  });

  it("with steps that change something: incomplete, and says why", async () => {
    const run = await checkWith(
      recovering("for (;;) { if (k.write(mm.unstable, 'turn')) yield; mm.unstable.value += 1; }"),
    );
    expect(run.stdout).toMatch(
      /INCOMPLETE\s+under\s+sequential\s+consistency[^]*(were\s+cut\s+off\s+after|do not\s+end|time\s+of\s+5\s+s\s+was\s+over)/,
    );
    expect(run.code).toBe(3);
  });

  it("with steps that change nothing any more: a finding", async () => {
    const run = await checkWith(
      recovering("for (;;) { if (k.write(mm.unstable, 'turn')) yield; mm.unstable.value = 1; }"),
      "--json",
    );
    expect(run.stdout).toContain('"code": "spinning"');
    expect(run.code).toBe(1);
  });

  it("with steps that only look: a finding", async () => {
    const run = await checkWith(recovering("for (;;) { if (k.read(mm.unstable, 'turn')) yield; }"), "--json");
    expect(run.stdout).toContain('"code": "spinning"');
    expect(run.code).toBe(1);
  });
});

it("what a design prints does not get into the results", async () => {
  const run = await checkWith(
    `console.log("noise"); ${recovering(`if (k.write(mm.unstable, "x")) yield; mm.unstable.value = 1;`)}`,
    "--json",
  );
  expect(run.stderr).toContain("noise");
  expect(() => JSON.parse(run.stdout) as unknown).not.toThrow();
});

it("line numbers are those of the file", () => {
  expect(OPENING.split("\n")).toHaveLength(LINE);
});
