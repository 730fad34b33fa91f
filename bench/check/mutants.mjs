/**
 * Mutation testing of the explorer: each mutant breaks one rule, and the comparison with brute force must notice.
 *
 *   npm run mutants:check [-- --jobs N] [PART OF A NAME]      --jobs: mutants at a time, 1 when left out
 *
 * A mutant replaces one piece of text in a copy of the sources. Then the copy is tested, the cheapest and most sensitive
 * tests first, until one fails: most mutants fall to a few hundred random programs, in a second or two. Survivors must be
 * explained in the table, or the command fails.
 */
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { MUTANTS } from "./mutant-table.mjs";

const ROOT = resolve(import.meta.dirname, "../..");
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { jobs: { type: "string", default: "1" } },
});
const only = positionals[0];
/**
 * A mutant may run for ever: beyond this much processor time it counts as caught, ten times and more what a round takes
 * without a mutant. Processor time, because a busy machine must catch nothing.
 */
const mostCpuSeconds = (script) => (script[1] === "random" ? 60 : 400);

const vitest = (...names) => [
  join(ROOT, "node_modules/vitest/vitest.mjs"),
  "run",
  "--bail=1",
  "--maxWorkers=1",
  ...names.map((name) => `test/check/${name}.test.ts`),
];
/** What is run in the copy, in this order. */
const ROUNDS = [
  ["bench/check/run.mjs", "random", "--programs", "300", "--seed", "0"],
  vitest("bounded", "counts", "resume"),
  vitest("explore"),
  vitest("random-primitives"),
  vitest("random"),
];

/** Runs a script in a process group of its own, which ends with it: "passes", "fails" or "runs for ever". */
function outcomeOf(folder, script, stdio) {
  return new Promise((settle) => {
    const limited = [
      "-c",
      `ulimit -t ${mostCpuSeconds(script)}; exec "$@"`,
      "bash",
      process.execPath,
      ...script,
    ];
    const child = spawn("bash", limited, { cwd: folder, stdio, detached: true });
    const end = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      } catch {
        // all of the group have ended
      }
    };
    process.once("exit", end);
    child.once("exit", (code, signal) => {
      process.off("exit", end);
      end();
      settle(
        code === 0 ? "passes" : signal === "SIGXCPU" || signal === "SIGKILL" ? "runs for ever" : "fails",
      );
    });
  });
}

for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));

/** Tests a copy of the sources: what noticed the mutant, or undefined. @param mutant what to break, if anything */
async function caughtBy(mutant) {
  const folder = mkdtempSync(join(tmpdir(), "mutant-"));
  try {
    for (const part of [
      "src/sched",
      "src/check",
      "test/check",
      "bench/check",
      "tsconfig.base.json",
      "package.json",
    ]) {
      cpSync(join(ROOT, part), join(folder, part), { recursive: true });
    }
    writeFileSync(join(folder, "bench/check/tsconfig.json"), "{}"); // its own names floors that are not there
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    if (mutant) mutate(join(folder, mutant.file), mutant);
    writeFileSync(
      join(folder, "vitest.config.mjs"),
      "export default { test: { include: ['test/check/*.test.ts'], testTimeout: 600000, watch: false } };",
    );
    for (const script of ROUNDS) {
      const outcome = await outcomeOf(folder, script, mutant ? "ignore" : "inherit");
      if (outcome === "passes") continue;
      const tests = script[1] === "random" ? "random programs" : script.slice(4).join(" ");
      return `${tests}${outcome === "fails" ? "" : ` (${outcome})`}`;
    }
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Breaks the rule in a copy, or only looks whether it could. */
function mutate(copy, { name, file, from, to }) {
  const text = readFileSync(copy ?? join(ROOT, file), "utf8");
  if (text.split(from).length !== 2) {
    throw new Error(`${name}: the text to replace must stand exactly once in ${file}`);
  }
  if (copy) {
    writeFileSync(
      copy,
      text.replace(from, () => to),
    );
  }
}

const chosen = MUTANTS.filter((mutant) => !only || mutant.name.includes(only));
if (chosen.length === 0) throw new Error(`no mutant's name contains "${only}"`);
for (const mutant of MUTANTS) mutate(undefined, mutant); // all fit, before the first costs a minute
let caught = 0;
let survivors = 0;
let explained = 0;
const unbroken = only ? undefined : caughtBy(undefined);
const waiting = [...chosen];
async function work() {
  for (let mutant = waiting.shift(); mutant; mutant = waiting.shift()) {
    const by = await caughtBy(mutant);
    if (by) {
      caught++;
      console.log(`caught    ${mutant.name}: by ${by}`);
    } else if (mutant.why) {
      explained++;
      console.log(`explained ${mutant.name}: ${mutant.why}`);
    } else {
      survivors++;
      console.log(`SURVIVES  ${mutant.name}`);
    }
  }
}
await Promise.all(Array.from({ length: Number(values.jobs) }, work));
const broken = await unbroken;
if (broken) throw new Error(`the tests fail without any mutant: ${broken}`);
const all = chosen.length;
console.log(
  `${caught} of ${all} caught (${Math.round((caught / all) * 100)} %), ${explained} explained, ${survivors} not`,
);
if (survivors > 0 || (!only && caught / all < 0.9)) process.exitCode = 1;
