/**
 * The explorer's rate, as ratios within one run: 3 tasks x 60 steps, 4 shared writes each (34,650 traces), against the
 * same tasks as hand-written state machines under the same kind of search, and against a call that is not inlined.
 *
 *   node bench/check/run.mjs rate
 */
import { explore } from "../../src/check/index.ts";
import * as P from "../../test/check/programs.ts";
import { flatSearch } from "./flat.ts";
import { median, report } from "./table.ts";

const ROUNDS = 5;
const TASKS = 3;
const STEPS = 60;
const SHARED = 4;

/** A call through a table of functions: nothing can inline it. */
const table: readonly ((x: number) => number)[] = [
  (x) => (x * 3 + 1) & 1023,
  (x) => (x * 5 + 2) & 1023,
  (x) => (x * 7 + 3) & 1023,
  (x) => (x ^ 5) & 1023,
  (x) => x & 511,
  (x) => (x + 1) & 1023,
];
let sink = 0;
function nsPerCall(): number {
  const calls = 10_000_000;
  const start = performance.now();
  let x = 1;
  for (let i = 0; i < calls; i++) x = table[i % table.length](x);
  sink += x;
  return ((performance.now() - start) * 1e6) / calls;
}

const againstFlat: number[] = [];
const againstCall: number[] = [];
let rate = 0;
for (let round = 0; round <= ROUNDS; round++) {
  const call = nsPerCall();
  const exploration = explore(P.private60(TASKS, STEPS, SHARED), { faults: 0 });
  const startOurs = performance.now();
  while (exploration.slice(10_000));
  const ours = performance.now() - startOurs;
  const { executions, redundant } = exploration.result();
  const startFlat = performance.now();
  const flat = flatSearch(TASKS, STEPS, SHARED);
  const theirs = performance.now() - startFlat;
  if (executions !== 34_650 || redundant !== 0 || flat !== 34_650)
    throw new Error("the two searches disagree");
  if (round === 0) continue; // warms up
  againstFlat.push(ours / theirs);
  againstCall.push((ours * 1e6) / (executions * TASKS * STEPS) / call);
  rate = Math.max(rate, (executions / ours) * 1000);
}
report([
  {
    metric: "time per scheduled step against a call that is not inlined",
    value: median(againstCall),
    unit: "x",
    better: "less",
    floor: 10,
    target: 4,
    note: `${Math.round(rate / 1000)},000 executions of 180 steps a second in the best round`,
  },
  {
    metric: "time against flat state machines under the same search",
    value: median(againstFlat),
    unit: "x",
    better: "less",
  },
]);
if (sink === -1) console.log(sink);
