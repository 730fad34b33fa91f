// Replaying an strace log, parsing included: node bench/import/strace.mjs [LINES] [--json FILE]; run npm run build first.
//
// The log is made up and always the same (log.mjs): an allocator at work, threads' unfinished calls, now and then a fork. It is
// fed chunk by chunk; each chunk is a slice. A row tells the rate of the 10th percentile of the slices (what the code can do when
// the machine lets it) and of the whole run (what it did). Rows differ in one thing each.

import { writeFileSync } from "node:fs";
import os from "node:os";
import { Replay, StraceReader } from "../../dist/import/index.js";
import { chunks } from "./log.mjs";

const FLOOR = 200_000;
const TARGET = 500_000;
const lines = /^\d+$/.test(process.argv[2] ?? "") ? Number(process.argv[2]) : 300_000;
const at = process.argv.indexOf("--json");

const replaying = (options) => () => {
  const replay = new Replay(options);
  return { take: (event) => replay.take(event), end: () => replay.end() };
};
const rows = [
  ["read and parsed, not replayed", () => ({ take: () => {}, end: () => {} })],
  ["replayed, nothing is ever written", replaying({ touch: "never" })],
  ["replayed, private memory is written at once", replaying({ compareFaults: 0 })],
  [
    "the same, with the names of merges that depend on faults",
    replaying({ compareFaults: Number.POSITIVE_INFINITY }),
  ],
];

const results = [];
for (const [name, make] of rows) {
  const { take, end } = make();
  const reader = new StraceReader(take);
  const slices = [];
  let calls = 0;
  let millis = 0;
  let before = 0;
  for (const chunk of chunks(lines)) {
    const began = performance.now();
    reader.push(chunk);
    const took = performance.now() - began;
    millis += took;
    const made = reader.calls - before;
    before = reader.calls;
    calls += made;
    slices.push(took / made);
  }
  const result = reader.end();
  end();
  if (!result.ok) throw new Error(result.problem.expected);
  slices.sort((a, b) => a - b);
  const best = Math.round(1000 / slices[Math.floor(slices.length / 10)]);
  const whole = Math.round((calls * 1000) / millis);
  const heapMb = Math.round(process.memoryUsage().heapUsed / 2 ** 20);
  results.push({ name, calls, callsPerSecond: best, wholeRun: whole, heapMb });
  console.log(
    `${name.padEnd(58)} ${String(best).padStart(9)} calls/s (whole run ${whole}), heap ${heapMb} MiB`,
  );
}
const replayed = results[2].callsPerSecond;
console.log(
  `replay with parsing: ${replayed} calls/s; floor ${FLOOR} (${(replayed / FLOOR).toFixed(2)}x), target ${TARGET} (${(replayed / TARGET).toFixed(2)}x); ${lines} lines, ${os.cpus()[0]?.model ?? "?"}, Node ${process.version}`,
);
if (at > 0)
  writeFileSync(
    process.argv[at + 1],
    `${JSON.stringify({ lines, node: process.version, results }, null, 2)}\n`,
  );
