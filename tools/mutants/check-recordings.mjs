/**
 * Runs the recordings of Linux 6.18 against a built library: `node check-recordings.mjs FOLDER FIXTURES [FIRST]`, where the
 * library is FOLDER/dist and FIRST a list of programs, as `["rules-6.18.jsonl.gz 12", ...]`, that are run before all others.
 *
 * Prints a dot now and then, so that who waits knows that it goes on. Ends with 1 and one line at the first difference.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";

const [folder, fixtures, first = "[]"] = /** @type {[string, string, string?]} */ (process.argv.slice(2));
const load = (/** @type {string} */ path) => import(pathToFileURL(join(folder, "dist", path)).href);
const { AddressSpace } = await load("mm/index.js");
const { replayRecording } = await load("real/index.js");
const { layOutCase, mapCountCases, pictureOf } = await load("real/map-count-cases.js");

/**
 * @param {string} message
 * @returns {never}
 */
function differs(message) {
  console.log(`\n${message}`);
  process.exit(1);
}

/** Small ones first. */
const SMALL = ["edges-6.18.jsonl.gz", "found-6.18.jsonl.gz", "rules-6.18.jsonl.gz", "policies-6.18.jsonl.gz"];
const RANDOM = "calls-6.18.jsonl.gz";
/** Programs run between two dots. */
const STRETCH = 20;

/** Header and programs of each recording, read when they are first asked for. @type {Map<string, string[]>} */
const read = new Map();

/** @param {string} name */
function linesOf(name) {
  let lines = read.get(name);
  if (lines === undefined) {
    lines = gunzipSync(readFileSync(join(fixtures, name)))
      .toString("utf8")
      .trimEnd()
      .split("\n");
    read.set(name, lines);
  }
  return lines;
}

/**
 * One program of a recording, by its line there.
 *
 * @param {string} name
 * @param {string} line
 */
function replay(name, line) {
  const seq = /^\{"seq":(\d+)/.exec(line)?.[1];
  try {
    const { mismatches, wrongBooks } = replayRecording(`${linesOf(name)[0]}\n${line}`, name, "6.18");
    for (const { mismatch } of mismatches)
      differs(`${name} ${seq}: step ${mismatch.at + 1}: ${mismatch.what}`);
    for (const wrong of wrongBooks) differs(`${name} ${seq}: ${wrong}`);
  } catch (error) {
    differs(`${name} ${seq}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** @param {string} name */
function replayAll(name) {
  for (const [i, line] of linesOf(name).slice(1).entries()) {
    replay(name, line);
    if (i % STRETCH === 0) process.stdout.write(".");
  }
}

// What caught others most lately.
for (const place of JSON.parse(first)) {
  const [name, seq] = place.split(" ");
  for (const line of linesOf(name)) if (line.startsWith(`{"seq":${seq},`)) replay(name, line);
}
for (const name of SMALL) replayAll(name);

// The operations at the edge of max_map_count; the limit itself does not matter.
const LIMIT = 100;
const START_BRK = 0x10007000;
const MMAP_BASE = 0x7ffff7fff000;
const VDSO = {
  startPage: MMAP_BASE / 4096 - 8,
  endPage: MMAP_BASE / 4096,
  read: true,
  write: false,
  exec: true,
  shared: false,
  offsetPages: 0,
  device: "00:00",
  inode: "0",
  name: "[vdso]",
  vmFlags: ["rd", "ex", "mr", "mw", "me", "de"],
};

/**
 * The built library's address space, as far as it is used here.
 *
 * @typedef {(...args: unknown[]) => number} Call
 * @typedef {Record<string, Call> & { maps(): string, mapCount: number, fork(): { exit(): void }, mmap: Call, brk: Call, write: Call }} Space
 */

/**
 * @param {Space} space
 * @param {{ call: string, args: readonly number[] }} step
 */
function perform(space, { call, args }) {
  switch (call) {
    case "mmap":
      return space.mmap(args[0], args[1], args[2], args[3], null, 0);
    case "brk":
      return space.brk(args[0]) === args[0] ? 0 : -12;
    case "write":
      return space.write(args[0], 1);
    case "fork":
      space.fork().exit();
      return 0;
    default:
      if (space[call] === undefined) throw new Error(`a case makes the unknown call ${call}`);
      return space[call](...args);
  }
}

/** @param {Space} space */
function picture(space) {
  const lines = space
    .maps()
    .split("\n")
    .filter((line) => line !== "" && !line.includes("[heap]"));
  return pictureOf(lines, { mmapBase: MMAP_BASE, layout: ["7ffff7ff7000-7ffff7fff000 r-xp"] });
}

const cases = new Map(mapCountCases(START_BRK).map((/** @type {{ name: string }} */ one) => [one.name, one]));
const sweep = JSON.parse(readFileSync(join(fixtures, "mapcount-6.18.json"), "utf8"));
for (const row of sweep.rows) {
  const one = cases.get(row.case);
  for (const [key, cell] of Object.entries(row.byCount)) {
    const space = AddressSpace.boot({
      startBrk: START_BRK,
      mmapBase: MMAP_BASE,
      areas: [VDSO],
      system: { maxMapCount: LIMIT },
    });
    for (const step of layOutCase(one, START_BRK)) perform(space, step);
    const count = LIMIT + Number(key.slice("max".length));
    for (let i = 0; space.mapCount < count; i++) {
      if (space.mmap(0x3000_0000_0000 + i * 8192, 4096, 1, 0x32) < 0)
        differs(`map count: cannot fill up to ${count}`);
    }
    const before = space.mapCount;
    const drawn = picture(space);
    const result = perform(space, one.step);
    const seen = [result >= 0 ? "ok" : result, space.mapCount - before, drawn, picture(space)];
    if (JSON.stringify(seen) !== JSON.stringify([cell.ret, cell.delta, cell.before, cell.after]))
      differs(`map count: ${row.case} at ${key}`);
  }
  process.stdout.write(".");
}

replayAll(RANDOM);
