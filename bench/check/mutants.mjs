/**
 * Mutation testing of the explorer: each mutant breaks one rule, and the comparison with brute force must notice.
 *
 *   npm run mutants:check [PART OF A NAME]
 *
 * A mutant replaces one piece of text in a copy of the sources; the tests of counts and of random programs run on the
 * copy. Survivors must be explained in the table, or the command fails.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { MUTANTS } from "./mutant-table.mjs";

const ROOT = resolve(import.meta.dirname, "../..");
const only = process.argv[2];
let caught = 0;
let survivors = 0;
let explained = 0;
for (const mutant of MUTANTS) {
  if (only && !mutant.name.includes(only)) continue;
  const folder = mkdtempSync(join(tmpdir(), "mutant-"));
  try {
    for (const part of ["src/sched", "src/check", "test/check", "tsconfig.base.json", "package.json"]) {
      cpSync(join(ROOT, part), join(folder, part), { recursive: true });
    }
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    const file = join(folder, mutant.file);
    const text = readFileSync(file, "utf8");
    if (text.split(mutant.from).length !== 2) {
      throw new Error(`${mutant.name}: the text to replace must stand exactly once in ${mutant.file}`);
    }
    writeFileSync(
      file,
      text.replace(mutant.from, () => mutant.to),
    );
    writeFileSync(
      join(folder, "vitest.config.mjs"),
      "export default { test: { include: ['test/check/*.test.ts'], testTimeout: 60000, watch: false } };",
    );
    const tests = ["counts", "random", "explore", "resume", "bounded", "random-primitives"].map(
      (name) => `test/check/${name}.test.ts`,
    );
    const run = spawnSync(
      process.execPath,
      [join(ROOT, "node_modules/vitest/vitest.mjs"), "run", "--bail", "1", "--maxWorkers=1", ...tests],
      {
        cwd: folder,
        encoding: "utf8",
        timeout: 300_000,
      },
    );
    const survives = run.status === 0;
    if (!survives) caught++;
    else if (mutant.why) explained++;
    else survivors++;
    console.log(
      `${survives ? (mutant.why ? "explained" : "SURVIVES ") : "caught   "} ${mutant.name}${survives && mutant.why ? `: ${mutant.why}` : ""}`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
const all = caught + survivors + explained;
console.log(
  `${caught} of ${all} caught (${Math.round((caught / all) * 100)} %), ${explained} explained, ${survivors} not`,
);
if (survivors > 0 || caught / all < 0.9) process.exitCode = 1;
