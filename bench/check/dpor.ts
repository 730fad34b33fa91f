/**
 * Every count of the benchmark programs, with times; lastzero and readers also against a plain sleep-set search.
 *
 *   npm run bench:dpor          exits 1 when a count is wrong or an execution is redundant
 */
import { OptimalSearch } from "../../src/check/index.ts";
import { COUNTED } from "../../test/check/rows.ts";
import { prepared } from "../../test/check/world.ts";
import { sleepSetSearch } from "./sleep-sets.ts";

/** Programs also run by a sleep-set search, for the ratio. */
const COMPARED = new Set(["lastzero(7)", "lastzero(10)", "readers(8)", "readers(13)"]);

let wrong = 0;
console.log(
  "program                         traces  blocked  redundant       time  executions/s   ns/step  vs sleep sets",
);
for (const [program, traces, blocked = 0, faults = 99] of COUNTED) {
  const { k, specs } = prepared(program);
  const search = new OptimalSearch(k, specs, { faults });
  const seen = { traces: 0, blocked: 0, redundant: 0, steps: 0 };
  const start = performance.now();
  while (search.next()) {
    if (search.redundant) seen.redundant++;
    else seen.traces++;
    if (search.end === "blocked") seen.blocked++;
    seen.steps += k.log.length;
  }
  const ms = performance.now() - start;
  const ok = seen.traces === traces && seen.blocked === blocked && seen.redundant === 0;
  if (!ok) wrong++;
  let compared = "";
  if (COMPARED.has(program.name)) {
    const other = sleepSetSearch(program, 30_000);
    const more = other.finished ? "" : "more than ";
    compared = `${more}${(other.ms / ms).toFixed(1)}x faster, ${more}${other.runs} runs there`;
  }
  const name = faults === 99 ? program.name : `${program.name}, ${faults} faults`;
  console.log(
    `${name.padEnd(30)} ${String(seen.traces).padStart(7)} ${String(seen.blocked).padStart(8)} ${String(seen.redundant).padStart(10)} ` +
      `${ms.toFixed(1).padStart(8)} ms ${String(Math.round((seen.traces / ms) * 1000)).padStart(13)} ${((ms * 1e6) / seen.steps).toFixed(0).padStart(9)}  ` +
      (ok ? compared : `WRONG: ${traces} traces, ${blocked} blocked expected`),
  );
}
console.log(`peak resident memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`);
if (wrong > 0) {
  console.log(`${wrong} rows are wrong`);
  process.exitCode = 1;
}
