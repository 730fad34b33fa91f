/** The sweep around vm.max_map_count, on the kernel of this machine, against the recorded one. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import {
  MAP_COUNT_WINDOW_BYTES,
  type MapCountRow,
  mapCountCases,
  sweepMapCount,
} from "../../src/real/index.ts";
import { isRelease, live, skip } from "./world.ts";

const kernel = await live({ windowBytes: MAP_COUNT_WINDOW_BYTES });
const comparable = kernel !== undefined && isRelease(kernel, "6.18");
if (kernel !== undefined && !comparable)
  skip(`the sweep was recorded on 6.18, this is ${kernel.machine.kernel}`);

const file = fileURLToPath(new URL("fixtures/mapcount-6.18.json", import.meta.url));
const recorded = JSON.parse(readFileSync(file, "utf8")) as { rows: MapCountRow[] };

describe.skipIf(!comparable)("map count", () => {
  test("38 operations at 10 counts answer as recorded: result, number of areas, picture before and after", async () => {
    const names = new Set(recorded.rows.map((row) => row.case));
    const rows = await sweepMapCount(kernel!, (name) => names.has(name));
    expect(rows.length).toBe(38);
    expect(rows.flatMap((row) => Object.keys(row.byCount)).length).toBe(380);
    expect(rows).toEqual(recorded.rows);
  }, 120_000);

  test("a move of six areas with holes stops half-way at seven below the limit", async () => {
    const name = mapCountCases(0).at(-1)!.name;
    const [row] = await sweepMapCount(kernel!, (one) => one === name);
    const { ret, after } = row!.byCount["max-7"]!;
    expect(ret).toBe(-12);
    // Four areas are moved, two are where they were, and the page the fifth was to have is unmapped.
    expect(after).toMatch(/^X\+8:1rw-p X\+10:1rw-p X\+32:1rw-p .*X\+38:1rw-p X\+39:1r--p X\+41:2r--p$/);
    expect(row!.byCount["max-8"]!.ret).toBe("ok");
  }, 60_000);

  test("a window too small for whole maps is refused with what to do", async () => {
    const small = await live();
    await expect(sweepMapCount(small!)).rejects.toThrow("windowBytes: MAP_COUNT_WINDOW_BYTES");
  });
});
