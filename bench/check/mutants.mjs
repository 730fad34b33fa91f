/**
 * Mutation testing of the explorer: each mutant breaks one rule, and the comparison with brute force must notice.
 *
 *   npm run mutants:check [PART OF A NAME]
 *
 * A mutant replaces one piece of text in a copy of the sources; the tests of counts and of random programs run on the
 * copy. Survivors must be explained in the table, or the command fails.
 */
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { MUTANTS } from "./mutant-table.mjs";

const ROOT = resolve(import.meta.dirname, "../..");
const TESTS = ["counts", "random", "explore", "resume", "bounded", "random-primitives"];
const only = process.argv[2];
/** A mutant may run for ever: then it counts as caught. */
const MOST_MS = 240_000;

/** Runs the tests in a process group of their own, which ends with them; resolves to true when they pass. */
function passes(folder, tests) {
  return new Promise((resolvePasses) => {
    const child = spawn(
      process.execPath,
      [join(ROOT, "node_modules/vitest/vitest.mjs"), "run", "--bail", "1", "--maxWorkers=1", ...tests],
      { cwd: folder, stdio: "ignore", detached: true },
    );
    const end = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      } catch {
        // all of the group have ended
      }
    };
    const timer = setTimeout(end, MOST_MS);
    process.once("exit", end);
    child.once("exit", (code) => {
      clearTimeout(timer);
      process.off("exit", end);
      end();
      resolvePasses(code === 0);
    });
  });
}

for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));

/** Runs the tests on a copy of the sources. @param mutant what to break in it, if anything */
async function survives(mutant) {
  const folder = mkdtempSync(join(tmpdir(), "mutant-"));
  try {
    for (const part of ["src/sched", "src/check", "test/check", "tsconfig.base.json", "package.json"]) {
      cpSync(join(ROOT, part), join(folder, part), { recursive: true });
    }
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    if (mutant) mutate(join(folder, mutant.file), mutant);
    writeFileSync(
      join(folder, "vitest.config.mjs"),
      "export default { test: { include: ['test/check/*.test.ts'], testTimeout: 60000, watch: false } };",
    );
    return await passes(
      folder,
      TESTS.map((name) => `test/check/${name}.test.ts`),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function mutate(file, { name, from, to }) {
  const text = readFileSync(file, "utf8");
  if (text.split(from).length !== 2) {
    throw new Error(`${name}: the text to replace must stand exactly once in ${file}`);
  }
  writeFileSync(
    file,
    text.replace(from, () => to),
  );
}

const chosen = MUTANTS.filter((mutant) => !only || mutant.name.includes(only));
if (!only && !(await survives(undefined))) throw new Error("the tests fail without any mutant");
let caught = 0;
let survivors = 0;
let explained = 0;
for (const mutant of chosen) {
  if (!(await survives(mutant))) {
    caught++;
    console.log(`caught    ${mutant.name}`);
  } else if (mutant.why) {
    explained++;
    console.log(`explained ${mutant.name}: ${mutant.why}`);
  } else {
    survivors++;
    console.log(`SURVIVES  ${mutant.name}`);
  }
}
const all = chosen.length;
console.log(
  `${caught} of ${all} caught (${Math.round((caught / all) * 100)} %), ${explained} explained, ${survivors} not`,
);
if (survivors > 0 || (!only && caught / all < 0.9)) process.exitCode = 1;
