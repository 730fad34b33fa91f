/** Faults that go without mmap_lock, against threads that change the map. */
import { describe, expect, test } from "vitest";
import { outcome, told } from "./world.ts";

describe("one more of each role does not change the verdict", () => {
  test.each([
    ["map-fixed-hole", "6.10", "fails map-hole in probe"],
    ["map-fixed-hole", "7.1", "holds"],
    ["munmap-vs-fault", "6.1", "holds"],
    ["munmap-vs-fault", "6.14", "holds"],
    ["munmap-vs-fault", "7.1", "holds"],
    ["fork-vs-sibling", "6.1", "holds"],
    ["fork-vs-sibling", "6.18", "holds"],
    ["fork-vs-sibling", "7.1", "holds"],
  ])("%s on %s: %s", (id, kernel, verdict) => {
    expect(told(outcome(id, kernel, { larger: true }))).toBe(verdict);
  });
});

test("a failing munmap leaves a cut at most: nobody finds that an error", () => {
  const result = outcome("munmap-vs-fault", "7.1");
  expect(told(result)).toBe("holds");
  expect(result.witnesses["munmap fails"]).toBe(true);
});

test("from 6.19 on a fork that waits for a fault may be cut short, before it may not", () => {
  const cutShort = "a wait for the reader of a VMA is cut short";
  expect(outcome("fork-vs-sibling", "6.19").witnesses[cutShort]).toBe(true);
  expect(outcome("fork-vs-sibling", "6.18").witnesses).not.toHaveProperty([cutShort]);
});
