/**
 * The sweep: every operation of map-count-cases.ts at every number of VMAs around vm.max_map_count, on the live kernel.
 *
 * A process splits a large mapping into as many VMAs as are wanted, and then repeats, for each case and count: lay the
 * case out, map single pages until the count is right, look, make the call, look, clear away.
 *
 *     executor | heap | window | X: the test area | single pages | the split mapping | vdso, stack
 *
 * The test area lies below everything that fills, so that the first page of maps shows it.
 */

import type { CallRecord } from "./batch.ts";
import type { LiveKernel } from "./live.ts";
import { Lowering } from "./lower.ts";
import { layOutCase, type MapCountCase, mapCountCases, pictureOf, TEST_AREA } from "./map-count-cases.ts";
import type { Step } from "./program.ts";
import { NR } from "./syscalls.ts";

/** What one call did at one count. */
export interface MapCountCell {
  /** "ok" or a negative errno. */
  readonly ret: "ok" | number;
  /** How many more VMAs there are afterwards. */
  readonly delta: number;
  readonly before: string;
  readonly after: string;
}

/** One case at all counts; keys are `max-8` ... `max+1`. */
export interface MapCountRow {
  readonly case: string;
  readonly byCount: Readonly<Record<string, MapCountCell>>;
}

/** Distances from max_map_count that are tried. */
export const MAP_COUNT_DISTANCES: readonly number[] = [-8, -7, -6, -5, -4, -3, -2, -1, 0, 1];

const PAGE = 4096;
const SINGLES = 0x6100_0000_0000;
const FILLER = 0x6200_0000_0000;
/** Areas that one cell needs at most besides the filler. */
const SLACK = 40;
const SECONDS = 60;
/** Whole maps are 3 MiB each, two per cell. */
const WHOLE_MAPS = 2;

/** One call to make: a case at a count. */
interface Cell {
  readonly one: MapCountCase;
  readonly distance: number;
}

/** The window that whole maps of 65,000 areas need. */
export const MAP_COUNT_WINDOW_BYTES: number = 24 * 2 ** 20;

/** Runs the sweep, or the cases that `only` picks, on a kernel started with MAP_COUNT_WINDOW_BYTES. */
export async function sweepMapCount(
  live: LiveKernel,
  only?: (name: string) => boolean,
): Promise<MapCountRow[]> {
  if (live.executor.sizes.window < MAP_COUNT_WINDOW_BYTES) {
    throw new Error("map count: start the live kernel with windowBytes: MAP_COUNT_WINDOW_BYTES");
  }
  const cases = mapCountCases(live.machine.startBrk).filter((one) => only === undefined || only(one.name));
  const cells = cases.flatMap((one) => MAP_COUNT_DISTANCES.map((distance) => ({ one, distance })));
  const done = new Map<Cell, MapCountCell>();
  for (const group of groupsOf(cells)) {
    const results = await sweepCells(live, group);
    for (const [i, cell] of group.entries()) done.set(cell, results[i] as MapCountCell);
  }
  return cases.map((one) => {
    const own = cells.filter((cell) => cell.one === one);
    const byCount = own.map((cell) => [nameOf(cell.distance), done.get(cell) as MapCountCell]);
    return { case: one.name, byCount: Object.fromEntries(byCount) as Record<string, MapCountCell> };
  });
}

/** What can share a process: what seals cannot be cleared away, and whole maps fill the reply area. */
function groupsOf(cells: readonly Cell[]): Cell[][] {
  const sealing = cells.filter(({ one }) => one.seals === true).map((cell) => [cell]);
  const whole = cells.filter(({ one }) => one.top === true);
  const groups = [cells.filter(({ one }) => one.seals !== true && one.top !== true), ...sealing];
  for (let i = 0; i < whole.length; i += WHOLE_MAPS) groups.push(whole.slice(i, i + WHOLE_MAPS));
  return groups.filter((group) => group.length > 0);
}

/** `max-8`, `max+0`. */
function nameOf(distance: number): string {
  return `max${distance < 0 ? "" : "+"}${distance}`;
}

async function sweepCells(live: LiveKernel, cells: readonly Cell[]): Promise<MapCountCell[]> {
  const { machine, layout } = live;
  // The kernel places below the lowest of the areas that are at the top from the start.
  const top = Math.min(...layout.map(startOf).filter((start) => start > FILLER));
  // Each split of the filler makes two areas more.
  const splits = Math.floor((machine.maxMapCount - SLACK - layout.length) / 2);
  const filled = layout.length + 2 * splits + 1;

  const steps: Step[] = [];
  const calls: number[] = [];
  for (const { one } of cells) {
    // Looking before the call is a step that changes nothing.
    steps.push(...layOutCase(one, machine.startBrk), munmap(TEST_AREA + 512 * PAGE, PAGE));
    calls.push(steps.length);
    steps.push(one.step, munmap(SINGLES, 2 * SLACK * PAGE), munmap(TEST_AREA - 64 * PAGE, 128 * PAGE));
    steps.push(munmap(top - 64 * PAGE, 64 * PAGE), { process: 0, call: "brk", args: [machine.startBrk] });
  }

  const lowered = new Lowering({ seq: 0, steps }, new Map(), 1).records;
  const records: CallRecord[] = [
    { number: NR.mmap, args: [FILLER, (2 * splits + 1) * PAGE, 0, 0x4032, -1, 0], process: 0 },
    { number: NR.mprotect, args: [FILLER + PAGE, PAGE, 1, 0, 0, 2 * PAGE], process: 0, repeat: splits - 1 },
  ];
  const callAt: number[] = [];
  for (const [index, record] of lowered.entries()) {
    const { maps: _, ...bare } = record;
    const before = cells[calls.indexOf(index + 1)];
    const after = cells[calls.indexOf(index)];
    if (before !== undefined) {
      const missing =
        machine.maxMapCount + before.distance - filled - layOutCase(before.one, machine.startBrk).length;
      const args = [SINGLES, PAGE, 1, 0x4032, -1, 2 * PAGE];
      records.push({ number: NR.mmap, args, process: 0, repeat: missing - 1 });
    }
    if (after !== undefined) callAt.push(records.length);
    const look = before ?? after;
    records.push(look === undefined ? bare : { ...bare, maps: look.one.top === true ? "all" : 1 });
  }

  const { replies, end } = await live.executor.run({ records, seconds: SECONDS });
  if (end.kind !== "done")
    throw new Error(`map count: ${JSON.stringify(end)} after ${replies.length} records`);
  const failed = replies.findIndex(
    (r, i) => r.textError !== undefined || (r.result < 0 && !callAt.includes(i)),
  );
  if (failed >= 0 && !cells.some(({ one }) => one.seals === true)) {
    throw new Error(`map count: record ${failed}, ${JSON.stringify(records[failed])}, failed`);
  }
  const place = { mmapBase: machine.mmapBase, layout };
  return cells.map(({ one }, i) => {
    const at = callAt[i] as number;
    const before = linesOf(replies[at - 1]?.text);
    const after = linesOf(replies[at]?.text);
    const result = replies[at]?.result as number;
    // brk() has no error number: it answers with where the heap ends.
    const refused = one.step.call === "brk" ? (result === one.step.args[0] ? 0 : -12) : Math.min(result, 0);
    return {
      ret: refused === 0 ? "ok" : refused,
      delta: after.length - before.length,
      before: pictureOf(before, place),
      after: pictureOf(after, place),
    };
  });
}

function munmap(start: number, bytes: number): Step {
  return { process: 0, call: "munmap", args: [start, bytes] };
}

/** Lines of maps without those that fill; the last one may be of a filler and is never of interest. */
function linesOf(text: Buffer | undefined): string[] {
  const lines = (text?.toString("latin1") ?? "").split("\n");
  return lines.filter((line) => {
    const start = startOf(line);
    return line !== "" && (start < SINGLES || start > 0x7000_0000_0000) && !line.includes("[vsyscall]");
  });
}

function startOf(line: string): number {
  return Number.parseInt(line, 16);
}
