import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { AddressSpace, type ImageVma } from "../../src/mm/index.ts";
import { layOutCase, mapCountCases, pictureOf } from "../../src/real/map-count-cases.ts";
import type { Step } from "../../src/real/program.ts";

interface Cell {
  ret: "ok" | number;
  delta: number;
  before: string;
  after: string;
}

const sweep = JSON.parse(
  readFileSync(fileURLToPath(new URL("./fixtures/mapcount-6.18.json", import.meta.url)), "utf8"),
) as { rows: { case: string; byCount: Record<string, Cell> }[] };

/** The rules are relative to the limit: a small one is as good, and quicker to fill. */
const LIMIT = 100;
const START_BRK = 0x10007000;
const MMAP_BASE = 0x7ffff7fff000;
/** What the kernel itself has at the top of every process: 8 pages. */
const VDSO: ImageVma = {
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

/** A mapping that merges with nothing, to fill up the count. */
function fill(space: AddressSpace, count: number): void {
  for (let i = 0; space.mapCount < count; i++) {
    const made = space.mmap(0x3000_0000_0000 + i * 8192, 4096, 1, 0x32);
    if (made < 0) throw new Error(`filling up to ${count} areas failed with ${made}`);
  }
}

function perform(space: AddressSpace, step: Step): number {
  const a = step.args.map(Number);
  switch (step.call) {
    case "mmap":
      return space.mmap(a[0], a[1], a[2], a[3], null, 0);
    case "munmap":
      return space.munmap(a[0], a[1]);
    case "mprotect":
      return space.mprotect(a[0], a[1], a[2]);
    case "mremap":
      return space.mremap(a[0], a[1], a[2], a[3], a[4]);
    case "madvise":
      return space.madvise(a[0], a[1], a[2]);
    case "mlock":
      return space.mlock(a[0], a[1]);
    case "mseal":
      return space.mseal(a[0], a[1], a[2]);
    case "brk":
      return space.brk(a[0]) === a[0] ? 0 : -12;
    case "write":
      return space.write(a[0], 1);
    case "fork":
      space.fork().exit();
      return 0;
    default:
      throw new Error(`no case has the call ${step.call}`);
  }
}

function picture(space: AddressSpace): string {
  const lines = space
    .maps()
    .split("\n")
    .filter((line) => line !== "" && !line.includes("[heap]"));
  return pictureOf(lines, { mmapBase: MMAP_BASE, layout: ["7ffff7ff7000-7ffff7fff000 r-xp"] });
}

it("each of 38 operations at 10 counts around max_map_count ends as on Linux 6.18", () => {
  const cases = new Map(mapCountCases(START_BRK).map((one) => [one.name, one]));
  let cells = 0;
  for (const row of sweep.rows) {
    const one = cases.get(row.case);
    if (one === undefined) throw new Error(`the recording has a case "${row.case}" that is not known`);
    for (const [key, cell] of Object.entries(row.byCount)) {
      const space = AddressSpace.boot({
        startBrk: START_BRK,
        mmapBase: MMAP_BASE,
        areas: [VDSO],
        system: { maxMapCount: LIMIT },
      });
      for (const step of layOutCase(one, START_BRK)) perform(space, step);
      fill(space, LIMIT + Number(key.slice("max".length)));
      const before = space.mapCount;
      const drawn = picture(space);
      const result = perform(space, one.step);
      const seen: Cell = {
        ret: result >= 0 ? "ok" : result,
        delta: space.mapCount - before,
        before: drawn,
        after: picture(space),
      };
      expect({ case: row.case, count: key, ...seen }).toEqual({ case: row.case, count: key, ...cell });
      cells++;
    }
  }
  expect(cells).toBe(380);
});
