/**
 * The optimal search against one with sleep sets only, which visits the same traces and pays with blocked runs.
 *
 *   node bench/check/run.mjs sleep
 */
import { explore } from "../../src/check/index.ts";
import * as P from "../../test/check/programs.ts";
import { sleepSetSearch } from "./sleep-sets.ts";
import { median, type Row, report } from "./table.ts";

const ROUNDS = 3;
const MOST_MS = 15_000;
const rows: Row[] = [];
for (const [p, traces, floor, target] of [
  [P.lastzero(12), 15_360, 0.5, 0.15],
  [P.readers(13), 8_192, 0.3, 0.1],
] as const) {
  const times: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const exploration = explore(p, { faults: 0 });
    const start = performance.now();
    while (exploration.slice(10_000));
    if (round > 0) times.push(performance.now() - start);
    const { executions, redundant } = exploration.result();
    if (executions !== traces || redundant !== 0) throw new Error(`${p.name}: ${executions} executions`);
  }
  const ours = median(times);
  const other = sleepSetSearch(p, MOST_MS);
  const least = other.finished ? "" : "more than ";
  rows.push({
    metric: `${p.name}, one thread`,
    value: ours / 1000,
    unit: "s",
    better: "less",
    floor,
    target,
    note: `sleep sets take ${least}${(other.ms / ours).toFixed(0)} times as long, ${least}${other.runs} runs`,
  });
}
report(rows);
