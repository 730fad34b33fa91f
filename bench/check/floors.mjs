/**
 * Every measurement of the checker against its floor and its target, each in a process of its own.
 *
 *   node bench/check/floors.mjs [--strict]      --strict: exit 1 when a floor is missed or could not be measured
 *
 * Run it on a machine that does nothing else: two of the rows need two free cores.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const RUN = join(import.meta.dirname, "run.mjs");
const MEASURED = ["rate", "spin", "sleep", "peak", "workers", "nesting"];
const strict = process.argv.includes("--strict");
let missed = 0;
for (const name of MEASURED) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [RUN, name], { encoding: "utf8" });
  process.stdout.write(stdout);
  if (status !== 0) {
    console.log(`${name}: failed: ${stderr.trim().split("\n").at(-1)}`);
    missed++;
  }
  missed += stdout.split("\n").filter((line) => /FLOOR MISSED|SKIPPED/.test(line)).length;
}
if (missed > 0) console.log(`${missed} rows miss their floor, or were not measured`);
if (strict && missed > 0) process.exitCode = 1;
