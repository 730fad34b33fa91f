// mremap() near max_map_count, in numbers: node tools/answers/mremap-limit.mjs table|random|programs|halfway
//
// Needs the built floors (npm run build). The last argument of `random` is the number of calls.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { Replay, readLog, readMaps } from "../../dist/import/index.js";
import { compareChecks, HALFWAY, limitTable, moveAtLimit } from "../../dist/scenarios/index.js";
import { ROOT } from "../house.mjs";

/** What the kernel of the thread did, and what came after: everything else is one kernel's. */
const KERNEL = "5.3";
const CHECKS = ["late", "early", "earlyUnlocked", "earlyAlways"];
const SEED = 20190226;
const CALLS = 4000;
/** Areas at the call, against max_map_count. */
const DISTANCES = [-10, -9, -8, -7, -6, -5, -4, -3, -2, -1, 0, 1];
const PROGRAMS = ["bash-pipeline", "gcc-hello", "nginx-workers", "python-grow", "redis-bgsave"];

const COMMANDS = { table, random, programs, halfway };
const [name = "", count] = process.argv.slice(2);
const command = Object.hasOwn(COMMANDS, name)
  ? COMMANDS[/** @type {keyof typeof COMMANDS} */ (name)]
  : undefined;
if (command === undefined) {
  console.error(`Say which numbers: ${Object.keys(COMMANDS).join(", ")}.`);
  process.exitCode = 2;
} else command(Number(count ?? CALLS));

function table() {
  console.log("succeeds while there are at most ... areas; after a failure, what is lost ('' = nothing)");
  for (const check of CHECKS) {
    console.log(`\n${check}`);
    for (const { move, until, left } of limitTable(KERNEL, check)) {
      const at = until === undefined ? "any" : `max${until < 0 ? until : `+${until}`}`;
      const lost = left === undefined || left === "everything" ? "" : left;
      console.log(`  ${move.replace(/^mremap /, "").padEnd(54)} ${at.padEnd(6)} ${lost}`.trimEnd());
    }
  }
}

/** @param {number} calls */
function random(calls) {
  console.log(`${calls} random calls of one thread, max-10 to max+1 areas, seed ${SEED}; against late:`);
  for (const check of CHECKS.slice(1)) {
    const c = compareChecks(KERNEL, "late", check, { calls, seed: SEED });
    const by = [...c.byDistance]
      .sort((a, b) => a[0] - b[0])
      .map(([distance, n]) => `${n} at max${distance < 0 ? distance : `+${distance}`}`);
    console.log(
      [
        `\n${check}`,
        `  worked before, ENOMEM now    ${c.falsePositives}: ${by.join(", ")}`,
        `  failed before                ${c.oldFailures}, of which ${c.oldClean} left everything as it was`,
        `  fail now                     ${c.newFailures}, of which ${c.newClean} leave everything as it was`,
      ].join("\n"),
    );
  }
}

function programs() {
  for (const program of PROGRAMS) {
    const folder = program === "redis-bgsave" ? "examples/processes" : "test/import/fixtures";
    const maps = readMaps(readFileSync(join(ROOT, folder, `${program}.maps`)));
    if (!maps.ok) throw new Error(`${program}.maps cannot be read`);
    const log = gunzipSync(readFileSync(join(ROOT, folder, `${program}.strace.gz`))).toString("latin1");
    /** @param {string} check @param {number} maxMapCount */
    const refused = (check, maxMapCount) => {
      const lines = new Set();
      const replay = new Replay({
        kernel: "6.18",
        with: [`mremap.countCheck=${check}`],
        system: { maxMapCount },
        starts: maps.snapshots.map((snapshot) => ({ ...snapshot })),
        compareFaults: 0,
      });
      readLog(log, (event) => replay.take(event));
      replay.end();
      for (const { disagreements } of replay.processes)
        for (const { line, what } of disagreements) if (what.includes("model -12")) lines.add(line);
      return lines;
    };
    const calls = callsOf(log);
    const placed = calls.filter((call) => /MREMAP_(FIXED|DONTUNMAP)/.test(call.text)).length;
    console.log(`${program}: ${calls.length} mremap calls, ${placed} of them FIXED or DONTUNMAP`);
    if (calls.length === 0) continue;
    const counts = areasAt(log, maps.snapshots, calls);
    for (const check of CHECKS.slice(1)) {
      let lost = 0;
      for (const call of calls) {
        for (const distance of DISTANCES) {
          const max = (counts.get(call.line) ?? 0) - distance;
          if (!refused("late", max).has(call.line) && refused(check, max).has(call.line)) lost++;
        }
      }
      console.log(
        `  ${check}: ${lost} of ${calls.length * DISTANCES.length} (call, distance) pairs worked with late and fail now`,
      );
    }
  }
}

/** @param {string} log */
function callsOf(log) {
  return log
    .split("\n")
    .map((text, i) => ({ line: i + 1, text }))
    .filter(({ text }) => / mremap\(/.test(text));
}

/**
 * Areas of the process before each of these calls.
 *
 * @param {string} log
 * @param {Extract<ReturnType<typeof readMaps>, { ok: true }>["snapshots"]} starts
 * @param {{ line: number }[]} calls
 */
function areasAt(log, starts, calls) {
  /** @type {Map<number, number>} */
  const counts = new Map();
  const lines = new Set(calls.map((call) => call.line));
  const replay = new Replay({ starts, compareFaults: 0 });
  readLog(log, (event) => {
    if (lines.has(event.line)) {
      const process = replay.processes.findLast((one) => one.pid === event.pid);
      counts.set(event.line, process?.count ?? 0);
    }
    replay.take(event);
  });
  return counts;
}

function halfway() {
  console.log("six areas with holes between them, onto one area of eleven pages, in one call");
  console.log(`before  ${HALFWAY.before}`);
  for (const kernel of ["6.18", "5.3"]) {
    console.log(kernel);
    for (const distance of [-8, -7, -6, -5]) {
      const { error, after, unchanged } = moveAtLimit(HALFWAY, distance, kernel);
      console.log(`max${distance}   ${resultOf(error)}\n        ${unchanged ? "as before" : after}`);
    }
  }
}

/** @param {number} error */
function resultOf(error) {
  if (error === 0) return "ok";
  return error === -12 ? "ENOMEM" : error === -14 ? "EFAULT" : String(error);
}
