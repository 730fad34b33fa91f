/** A move of several areas at the edge of vm.max_map_count: what the model predicts, and what this machine's kernel does. */
import { expect, test } from "vitest";
import { MAP_COUNT_WINDOW_BYTES, mapCountCases, sweepMapCount } from "../../src/real/index.ts";
import { HALFWAY, moveAtLimit } from "../../src/scenarios/index.ts";
import { isRelease, live, skip } from "./world.ts";

const kernel = await live({ windowBytes: MAP_COUNT_WINDOW_BYTES });
const release = ["6.17", "6.18", "6.19", "7.0"].find((one) => kernel !== undefined && isRelease(kernel, one));
if (kernel !== undefined && release === undefined)
  skip(`half-way moves are of 6.17 to 7.0, this is ${kernel.machine.kernel}`);

test.skipIf(release === undefined)(
  "six areas with holes: the model says at which distance the live kernel stops, and what it leaves",
  async () => {
    const name = mapCountCases(0).at(-1)!.name;
    expect(name).toBe(HALFWAY.name);
    const [row] = await sweepMapCount(kernel!, (one) => one === name);
    for (let distance = -8; distance <= 1; distance++) {
      const cell = row!.byCount[`max${distance < 0 ? "" : "+"}${distance}`]!;
      const predicted = moveAtLimit(HALFWAY, distance, release!);
      expect({
        distance,
        error: cell.ret === "ok" ? 0 : cell.ret,
        delta: cell.delta,
        after: cell.after,
      }).toEqual({
        distance,
        error: predicted.error,
        delta: predicted.delta,
        after: predicted.after,
      });
    }
  },
  60_000,
);
