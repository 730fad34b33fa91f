/**
 * The model against the kernel of this machine, in one run: `npm run build && node bench/mm/run.mjs [--json FILE]`.
 *
 * Times are times of a CPU, user and system: what other jobs on the machine take is not in them, though they make both sides
 * slower. The model's is the lower quartile of short slices. The kernel's is the mean of processes that make thousands of calls
 * in a row, less what starting and setting up such a process costs. Where there is no live kernel its columns are empty.
 */
import { readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import { AddressSpace } from "../../dist/mm/index.js";
import { conform, modelFor, NR, startLive, Unavailable } from "../../dist/real/index.js";

const PAGE = 4096;
const AT = 0x6000_0000_0000;
const FIXED = 0x32;

/** The lower quartile of what `slice` takes, in milliseconds of CPU. */
function quartile(times, slice) {
  const taken = [];
  for (let i = 0; i < times; i++) {
    const from = process.cpuUsage();
    slice();
    const { user, system } = process.cpuUsage(from);
    taken.push((user + system) / 1000);
  }
  return taken.sort((a, b) => a - b)[Math.floor(times / 4)];
}

const live = await startLive({ windowBytes: 2 ** 24 });
if (live instanceof Unavailable) console.log(`no live kernel: ${live.reason}`);

/** Milliseconds of CPU that the executor and its processes have taken: fields 14 to 17 of proc_pid_stat(5), in hundredths of a second. */
function executorCpu() {
  const fields = readFileSync(`/proc/${live.executor.pid}/stat`, "latin1").split(") ").at(-1).split(" ");
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) * 10;
}

const BATCHES = 15;

/** CPU time of a batch on the live kernel less that of its beginning; undefined without one. */
async function liveTime(setup, records) {
  if (live instanceof Unavailable) return undefined;
  const run = async (batch) => {
    const from = executorCpu();
    for (let i = 0; i < BATCHES; i++) {
      const { replies, end } = await live.executor.run({ records: batch, seconds: 60 });
      if (end.kind !== "done" || replies.some((reply) => reply.result < 0)) throw new Error("a call failed");
    }
    return (executorCpu() - from) / BATCHES;
  };
  const without = await run(setup);
  return (await run([...setup, ...records])) - without;
}

const rows = [];

async function pair() {
  const PAIRS = 20_000;
  const space = AddressSpace.boot();
  for (let i = 0; i < 1000; i++) space.mmap(0x1000_0000_0000 + i * 4 * PAGE, PAGE, 1, FIXED);
  const model = quartile(200, () => {
    for (let i = 0; i < 500; i++) {
      const at = space.mmap(0, 4 * PAGE, 3, 0x22);
      if (space.munmap(at, 4 * PAGE) !== 0) throw new Error("munmap failed");
    }
  });
  const calls = Array.from({ length: 2 * PAIRS }, (_, i) =>
    i % 2 === 0
      ? { number: NR.mmap, args: [AT, 4 * PAGE, 3, FIXED, -1, 0], process: 0 }
      : { number: NR.munmap, args: [AT, 4 * PAGE], process: 0 },
  );
  const real = await liveTime([], calls);
  rows.push({
    name: "mmap + munmap of 4 pages",
    unit: "us",
    model: (model * 1000) / 500,
    live: real && (real * 1000) / PAIRS,
    floor: 3,
    target: 1,
  });
}

async function forkExit(areas, written) {
  const space = AddressSpace.boot();
  space.mmap(AT, (areas + 1) * PAGE, 3, FIXED);
  if (written) space.madvise(AT, areas * PAGE, 23);
  for (let i = 1; i < areas; i += 2) space.mprotect(AT + i * PAGE, PAGE, 1);
  const model = quartile(areas > 5000 ? 12 : 60, () => space.fork().exit());
  const setup = [
    { number: NR.mmap, args: [AT, (areas + 1) * PAGE, 3, FIXED, -1, 0], process: 0 },
    ...(written ? [{ number: NR.madvise, args: [AT, areas * PAGE, 23], process: 0 }] : []),
    { number: NR.mprotect, args: [AT + PAGE, PAGE, 1, 0, 0, 2 * PAGE], process: 0, repeat: areas / 2 - 1 },
  ];
  const FORKS = areas > 5000 ? 5 : 15;
  const forks = Array.from({ length: FORKS }, (_, i) => [
    { number: NR.clone, args: [0x8011], process: 0, forks: i + 1 },
    { kind: "exit", number: 0, process: i + 1, args: [] },
  ]).flat();
  const real = await liveTime(setup, forks);
  rows.push({
    name: `fork + exit, ${areas.toLocaleString("en")} areas${written ? ", a page in each" : ""}`,
    unit: "ms",
    model,
    live: real && real / FORKS,
    ...(written ? {} : { floor: 3, target: 1 }),
  });
}

/** Random programs on both, maps compared after every call. */
async function comparison() {
  if (live instanceof Unavailable) return;
  const model = modelFor(live);
  // The first calls are made while the code is still being compiled.
  await conform({ live, model, calls: 10_000, seed: 1_000_000, limitEvery: 0 });
  const from = { wall: performance.now(), own: process.cpuUsage(), live: executorCpu() };
  const result = await conform({ live, model, calls: 40_000, seed: 1, limitEvery: 0 });
  if (result.mismatches.length > 0) throw new Error("model and kernel part: see `interleaf conform`");
  const { user, system } = process.cpuUsage(from.own);
  const rate = (milliseconds) => (result.calls * 1000) / milliseconds;
  rows.push({
    name: "conform, maps compared after every call",
    unit: "calls/s",
    rate: rate(performance.now() - from.wall),
    // Both work at the same time: where each has a CPU of its own, the slower one sets the pace.
    alone: rate(Math.max((user + system) / 1000, executorCpu() - from.live)),
    floor: 5000,
    target: 20_000,
  });
}

await pair();
for (const written of [false, true]) for (const areas of [1000, 20_000]) await forkExit(areas, written);
await comparison();
if (!(live instanceof Unavailable)) await live.close();

for (const { name, unit, model, live: real, rate, alone, floor, target } of rows) {
  if (rate !== undefined) {
    console.log(
      `${name.padEnd(46)} ${Math.round(rate).toLocaleString("en")} ${unit}, ${Math.round(alone).toLocaleString("en")} by CPU time   floor ${floor.toLocaleString("en")}, target ${target.toLocaleString("en")}`,
    );
    continue;
  }
  const ratio =
    real === undefined ? "" : `   live ${real.toFixed(2)} ${unit}   ${(model / real).toFixed(1)}x`;
  const bounds = floor === undefined ? "" : `   floor ${floor}x, target ${target}x`;
  console.log(`${name.padEnd(46)} model ${model.toFixed(2)} ${unit}${ratio}${bounds}`);
}
console.log(
  `${os.cpus()[0].model}, load ${os.loadavg()[0].toFixed(1)} on ${os.cpus().length} CPUs, Node ${process.version}`,
);
const at = process.argv.indexOf("--json");
if (at >= 0) writeFileSync(process.argv[at + 1], `${JSON.stringify(rows, null, 2)}\n`);
