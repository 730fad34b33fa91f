/**
 * The executor of the live kernel: `node bench/real/run.mjs [--json FILE]`; run `npm run build` first.
 *
 * Each row runs one batch after another for a second after a second of warm-up. A batch is a slice; the row tells the rate
 * of the 10th percentile of the slices (what the code can do when the machine lets it) and of the whole second (what it
 * did). The rows differ in one thing each, so that they can be subtracted.
 */
import { writeFileSync } from "node:fs";
import os from "node:os";
import {
  compareOutcomes,
  describeMachine,
  generate,
  groundOf,
  modelFor,
  NR,
  startLive,
  Unavailable,
} from "../../dist/real/index.js";

const at = process.argv.indexOf("--json");
const PAGE = 4096;
const X = 0x6000_0000_0000;

const live = await startLive();
if (live instanceof Unavailable) {
  console.log(`skipped: ${live.reason}`);
  process.exit(0);
}

const pair = (maps) => (i) => [
  { number: NR.mmap, args: [X + (i % 16) * 2 * PAGE, PAGE, 3, 0x32, -1, 0], process: 0, maps },
  { number: NR.munmap, args: [X + (i % 16) * 2 * PAGE, PAGE], process: 0, maps },
];
const records = (count, make) => Array.from({ length: count / 2 }, (_, i) => make(i)).flat();
const random = Array.from({ length: 200 }, (_, seed) => generate(seed, groundOf(live)));
const model = modelFor(live);
const without = model.unmodelled;
const comparable = Array.from({ length: 200 }, (_, seed) => generate(seed, groundOf(live), { without }));
const call = (batch) => live.executor.run({ records: batch }).then(() => batch.length);
const none = records(200, pair(undefined));
const maps = records(200, pair("all"));

let turn = 0;
const rows = [
  ["a fork and an exit", () => live.executor.run({ records: [] }).then(() => 1)],
  ["mmap + munmap, 200 calls a process", () => call(none)],
  ["the same, maps read after each call", () => call(maps)],
  ["random programs, maps and flags read and parsed", () => runRandom({})],
  ["the same, run by the model too and compared", runBoth],
  ["random programs without maps", () => runRandom({ maps: false })],
];

async function runBoth() {
  const program = comparable[turn++ % comparable.length];
  const { outcomes } = await live.run(program);
  const answers = model.run(program);
  compareOutcomes(program, outcomes, answers);
  return program.steps.length;
}

async function runRandom(options) {
  const program = random[turn++ % random.length];
  await live.run(program, options);
  return program.steps.length;
}

const results = [];
for (const [name, slice] of rows) {
  const end = (seconds) => performance.now() + seconds * 1000;
  for (const stop = end(1); performance.now() < stop; ) await slice();
  const rates = [];
  let calls = 0;
  const from = performance.now();
  for (const stop = end(1); performance.now() < stop; ) {
    const start = performance.now();
    const made = await slice();
    rates.push((made / (performance.now() - start)) * 1000);
    calls += made;
  }
  rates.sort((a, b) => b - a);
  const best = rates[Math.floor(rates.length / 10)];
  const whole = (calls / (performance.now() - from)) * 1000;
  results.push({
    name,
    perSecond: Math.round(best),
    perSecondWhole: Math.round(whole),
    slices: rates.length,
  });
  const show = (rate) => Math.round(rate).toLocaleString("en").padStart(9);
  console.log(`${name.padEnd(50)} ${show(best)}/s   whole second ${show(whole)}/s`);
}
await live.close();
const machine = Object.fromEntries(describeMachine(live.machine));
console.log(
  `${os.cpus()[0].model}, load ${os.loadavg()[0].toFixed(1)} on ${os.cpus().length} CPUs, Node ${process.version}`,
);
if (at >= 0) writeFileSync(process.argv[at + 1], `${JSON.stringify({ machine, results }, null, 2)}\n`);
