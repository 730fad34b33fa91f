/** The scenarios about who may still use an mm: one more of each role changes no verdict, and what history fixed stays fixed. */
import { describe, expect, test } from "vitest";
import { outcome, scenario, told } from "./world.ts";

/** A kernel on which it fails, where there is one, and one on which it holds. */
const CELLS: readonly (readonly [string, ...string[]])[] = [
  ["mmdrop-lazy", "7.1"],
  ["reaper-vs-fault", "4.13", "7.1"],
  ["reaper-vs-tlb", "4.14", "7.1"],
  ["mrelease-vs-exit", "5.15", "7.1"],
  ["oom-vs-holder", "4.13", "7.1"],
  ["reaper-vs-munlock", "4.15", "4.19"],
  ["munmap-fails", "6.1", "6.6"],
  ["munmap-vs-stack", "5.3", "5.10", "6.6"],
  ["mmap-abort", "6.12"],
  ["mmap-vs-truncate", "6.12"],
  ["empty-vs-migrate", "6.12", "6.14"],
  ["empty-vs-numa", "6.10", "6.12"],
  ["empty-vs-rollup", "6.0", "6.1"],
  ["fork-vs-swapoff-two", "6.17", "6.18"],
];

describe("one more of each role does not change the verdict", () => {
  const cells = CELLS.flatMap(([id, ...kernels]) => kernels.map((kernel) => [id, kernel] as const));
  test.each(cells)("%s on %s", (id, kernel) => {
    const small = outcome(id, kernel);
    expect(told(outcome(id, kernel, { larger: true }))).toBe(told(small));
    expect(small.redundant).toBe(0);
  });
});

test("whoever holds the last reference frees the mm, and only once", () => {
  const { witnesses } = scenario("mmdrop-lazy");
  const result = outcome("mmdrop-lazy", "7.1", { replacing: ["mmdrop.sched=inCallback"] });
  expect(result.verdict).toBe("holds");
  expect(witnesses.every((name) => result.witnesses[name])).toBe(true);
});

test("the look at MMF_UNSTABLE has to be under the lock: with one swap device nobody notices, with two somebody does", () => {
  const replacing = ["swapoff.guard=trial-beforeLock"];
  expect(told(outcome("fork-vs-swapoff", "6.18", { replacing }))).toBe("holds");
  expect(told(outcome("fork-vs-swapoff-two", "6.18", { replacing }))).toBe("fails bad-pointer in unuse_mm");
});
