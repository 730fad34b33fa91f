/**
 * Every count of the benchmark programs, with times; lastzero and readers also against a plain sleep-set search.
 *
 *   npm run bench:dpor          exits 1 when a count is wrong or an execution is redundant
 */
import { OptimalSearch } from "../../src/check/index.ts";
import * as P from "../../test/check/programs.ts";
import { prepared } from "../../test/check/world.ts";
import { sleepSetSearch } from "./sleep-sets.ts";

type Row = readonly [
  program: ReturnType<typeof P.readers>,
  traces: number,
  blocked?: number,
  faults?: number,
];

const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
const ROWS: readonly Row[] = [
  ...[2, 3, 5, 8, 13].map((n): Row => [P.readers(n), 2 ** n]),
  ...[2, 3, 4, 5, 7, 10, 12, 13, 15].map((n): Row => [P.lastzero(n), (n + 3) * 2 ** (n - 2)]),
  ...[14, 16, 18, 19, 20].map((n): Row => [P.filesystem(n), 2 ** (n - 13)]),
  ...[12, 13, 14, 15].map((n): Row => [P.indexer(n), 8 ** (n - 11)]),
  ...[2, 3, 4, 5, 6].map((n): Row => [P.counterRmw(n), factorial(n)]),
  ...[2, 3, 4].map((n): Row => [P.counterRacy(n), factorial(n) ** 2]),
  ...[2, 3, 4, 5].map((n): Row => [P.counterLocked(n), factorial(n)]),
  ...[2, 3, 4].map((n): Row => [P.twoCounters(n), factorial(n) ** 2]),
  ...[2, 5, 14, 43, 144, 523, 2048, 8597].map((traces, i): Row => [P.casrot(i + 2), traces]),
  [P.popl(), 5],
  [P.dekker(), 3],
  [P.peterson(), 8, 4],
  ...[2, 3, 4, 5].map((n): Row => [P.ticket(n), factorial(n)]),
  ...[2, 3, 4, 5].map((n): Row => [P.philosophers(n), 2 ** n - 1, 1]),
  ...[2, 3, 4, 5].map((n): Row => [P.philosophersOrdered(n), 2 ** n - 2]),
  [P.abba(), 3, 1],
  [P.holdAndWait(), 2, 1],
  ...(
    [
      [2, 1],
      [3, 1],
      [4, 1],
      [2, 2],
      [3, 2],
      [1, 3],
    ] as const
  ).map(([r, w]): Row => [P.rwsemCount(r, w), factorial(w) * (w + 1) ** r]),
  [P.trylock(2), 4],
  [P.trylock(3), 21],
  [P.trylock(4), 148],
  ...[7, 37, 261, 2301].map((traces, i): Row => [P.allocFail(i + 2), traces]),
  ...[2, 3, 4].map((n): Row => [P.allocFail(n), factorial(n), 0, 0]),
  ...[6, 24, 120].map((traces, i): Row => [P.allocFail(i + 2), traces, 0, 1]),
  ...[7, 36, 228].map((traces, i): Row => [P.allocFail(i + 2), traces, 0, 2]),
  [P.awaitWindow(), 4],
  [P.private60(3, 60, 2), 90],
  [P.private60(3, 60, 3), 1680],
  [P.private60(3, 60, 4), 34650],
  [P.private60(3, 60, 5), 756756],
];

/** Programs also run by a sleep-set search, for the ratio. */
const COMPARED = new Set(["lastzero(7)", "lastzero(10)", "readers(8)", "readers(13)"]);

let wrong = 0;
console.log(
  "program                         traces  blocked  redundant       time  executions/s   ns/step  vs sleep sets",
);
for (const [program, traces, blocked = 0, faults = 99] of ROWS) {
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
