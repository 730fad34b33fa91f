import { describe, expect, it } from "vitest";
import { Driver, readOps, replayTest } from "./replay-ops.ts";

describe("random sequences of operations come out as on Linux 6.18, step by step", () => {
  it.each([
    ["ops-6.18-basic.jsonl.gz", 150, 6150],
    ["ops-6.18-all.jsonl.gz", 200, 10652],
  ])(
    "%s: results, maps and flags are equal, and the books are right",
    { timeout: 60_000 },
    (name, tests, steps) => {
      const recording = readOps(name);
      const driver = new Driver(recording.header);
      let seen = 0;
      for (const test of recording.tests) {
        expect(replayTest(driver, test, true)).toBeUndefined();
        seen += test.steps.length;
      }
      expect([recording.tests.length, seen]).toEqual([tests, steps]);
    },
  );
});
