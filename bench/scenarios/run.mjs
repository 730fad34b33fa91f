/**
 * How long the gallery takes, against floor and target. Needs the built library.
 *
 *     node bench/scenarios/run.mjs                 all parts
 *     node bench/scenarios/run.mjs PART...         failing · rate · pairs · process · matrix
 *
 *     failing   every cell that fails: time to its minimal execution, one core
 *     rate      executions a second of fork against the OOM reaper, against those of the explorer's own benchmark
 *     pairs     fork of ten areas with swapoff: all single failures, and all pairs of failures across tasks
 *     process   fork of a recorded process of some 300 areas with swapoff: all single failures
 *     matrix    all scenarios on all kernels, two workers
 *     larger    where an era of history begins: the same verdict, code and function with one more of each role
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { explore } from "../../dist/check/index.js";
import { loadImage } from "../../dist/cli/image-file.js";
import { designsFor, KERNELS } from "../../dist/mm/index.js";
import { EXPECTATIONS, scenarioById } from "../../dist/scenarios/index.js";
import { atomic, slab } from "../../dist/sched/index.js";

const ROOT = join(import.meta.dirname, "../..");
const LATEST = KERNELS.at(-1);

/** Explores a cell to its end; seconds and result. */
function run(id, kernel, more = {}, faults, all = false) {
  const scenario = scenarioById(id);
  const input = { designs: designsFor(kernel), failures: scenario.failures, ...more };
  const began = performance.now();
  const exploration = explore(scenario.program(input), { faults: faults ?? scenario.faults, all });
  while (exploration.slice(200));
  return { seconds: (performance.now() - began) / 1000, result: exploration.result() };
}

function row(metric, value, unit, floor, target, note, less = true) {
  const meets = (limit) => (less ? value <= limit : value >= limit);
  const verdict = meets(target) ? "target met" : meets(floor) ? "floor met" : "FLOOR MISSED";
  console.log(
    `${metric.padEnd(66)} ${value.toFixed(3).padStart(9)} ${unit.padEnd(3)} floor ${floor}, target ${target}: ${verdict}  (${note})`,
  );
}

const PARTS = {
  failing() {
    let worst = { seconds: 0, name: "" };
    let cells = 0;
    for (const { scenario, kernel, verdict } of EXPECTATIONS) {
      if (verdict !== "fails") continue;
      const { seconds, result } = run(scenario, kernel);
      if (result.verdict !== "fails") throw new Error(`${scenario} on ${kernel}: ${result.verdict}`);
      cells++;
      if (seconds > worst.seconds) worst = { seconds, name: `${scenario} on ${kernel}` };
    }
    const note = `${cells} cells, slowest ${worst.name}`;
    row("each failing cell: to its minimal execution", worst.seconds, "s", 30, 5, note);
  },
  rate() {
    const rates = [];
    for (let round = 0; round < 4; round++) {
      const { seconds, result } = run("fork-vs-reaper", LATEST);
      const flat = flatRate();
      // The first round of each is compiled while it runs.
      if (round > 0) rates.push(result.executions / seconds / flat);
    }
    const ratio = rates.sort((a, b) => a - b)[1];
    row(
      "fork against the reaper: executions/s, share of the flat benchmark",
      ratio,
      "x",
      0.05,
      0.1,
      "median of 3, warm",
      false,
    );
  },
  pairs() {
    const image = loadImage(join(ROOT, "examples/designs/guards.maps"), undefined);
    const { seconds, result } = run("fork-vs-swapoff", LATEST, { image, failures: "any" }, 2, true);
    const note = `${result.executions} executions, ${result.verdict}`;
    row("fork of 10 areas with swapoff, all failures and pairs of them", seconds, "s", 600, 60, note);
  },
  process() {
    const image = loadImage(join(ROOT, "examples/processes/python-server.maps"), undefined);
    const { seconds, result } = run("fork-vs-swapoff", LATEST, { image, failures: "any" }, 1, true);
    const note = `${image.areas.length} areas, ${result.executions} executions, ${result.verdict}`;
    row("fork of a recorded process with swapoff, all single failures", seconds, "s", 300, 60, note);
  },
  matrix() {
    const began = performance.now();
    const ran = spawnSync(process.execPath, ["dist/cli/main.js", "matrix", "--json"], {
      cwd: ROOT,
      encoding: "utf8",
      maxBuffer: 2 ** 28,
    });
    const seconds = (performance.now() - began) / 1000;
    const { cells } = JSON.parse(ran.stdout);
    const other = cells.filter((c) => c.agrees === false).length;
    row(
      "all scenarios on all kernels",
      seconds,
      "s",
      1800,
      300,
      `${cells.length} cells, ${other} not as history says`,
    );
  },
  larger() {
    const turns = EXPECTATIONS.filter((e, i) => {
      const before = EXPECTATIONS[i - 1];
      return before === undefined || before.scenario !== e.scenario || before.source !== e.source;
    });
    const began = performance.now();
    const [other, open] = [[], []];
    for (const e of turns) {
      const scenario = scenarioById(e.scenario);
      const input = { designs: designsFor(e.kernel), failures: scenario.failures, larger: true };
      const exploration = explore(scenario.program(input), {
        faults: scenario.faults,
        executions: MOST_LARGER,
      });
      const matches = ({ finding }) => finding.code === e.code && finding.at.site === e.site;
      while (exploration.slice(200) && !(exploration.found && exploration.result().findings.some(matches)));
      const result = exploration.result();
      const name = `${e.scenario} on ${e.kernel}`;
      const same = result.verdict === e.verdict && (e.verdict !== "fails" || result.findings.some(matches));
      if (result.verdict === "incomplete") open.push(name);
      else if (!same) other.push(`${name}: ${result.verdict} ${result.findings[0]?.finding.code ?? ""}`);
    }
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    const list = (names) => (names.length > 0 ? `: ${names.join(", ")}` : "");
    console.log(`one more of each: ${turns.length} cells in ${seconds} s`);
    console.log(`  otherwise than the smallest layout: ${other.length}${list(other)}`);
    console.log(
      `  not exhausted after ${MOST_LARGER} executions, nothing found: ${open.length}${list(open)}`,
    );
    if (other.length > 0) process.exitCode = 1;
  },
};

/** Executions after which a larger cell is left open. */
const MOST_LARGER = 100_000;

const words = slab("words", { shared: atomic(), own: atomic() }, { permanent: true });

/** A path of 60 steps: writes to a word of its own, and four to the one that all share. */
function* flatTask(k, shared, own, name) {
  for (let i = 1; i <= 60; i++) {
    const word = i % 15 === 0 ? shared : own;
    if (k.write(word)) yield;
    word.value = name * 100 + i;
  }
}

/** Executions a second of the explorer's own benchmark: three tasks of 60 steps, 34,650 executions. */
function flatRate() {
  const program = {
    name: "flat",
    setup: (k) => [1, 2, 3].map(() => k.alloc(words)),
    tasks: (k, rows) =>
      rows.map((row, n) => ({ name: `task ${n}`, run: () => flatTask(k, rows[0].shared, row.own, n) })),
  };
  const began = performance.now();
  const exploration = explore(program, { faults: 0 });
  while (exploration.slice(10_000));
  const { executions } = exploration.result();
  if (executions !== 34_650) throw new Error(`the flat benchmark has ${executions} executions, not 34,650`);
  return executions / ((performance.now() - began) / 1000);
}

const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !(name in PARTS));
if (unknown !== undefined) {
  console.error(`There is no part "${unknown}": choose among ${Object.keys(PARTS).join(", ")}.`);
  process.exitCode = 2;
} else for (const name of wanted.length > 0 ? wanted : Object.keys(PARTS)) PARTS[name]();
