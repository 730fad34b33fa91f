/** The first visitor that met the marker, and what keeps it out. */
import { describe, expect, test } from "vitest";
import { outcome, told } from "./world.ts";

const CRASH = "fails bad-pointer in anon_vma_prepare";

describe("one more of each role does not change the verdict", () => {
  test.each([
    ["6.6", "holds"],
    ["6.12", CRASH],
    ["6.14", "holds"],
    ["7.1", "holds"],
  ])("on %s: %s", (kernel, verdict) => {
    expect(told(outcome("fork-vs-uprobe", kernel, { larger: true }))).toBe(verdict);
  });
});

// The flag has an effect of its own: a fault in an unstable mm is refused, and the registration with it. That is switched off.
test.each([
  ["neither gate nor guard", "inDupMmap", "none", CRASH],
  ["the gate stays closed until the child is gone", "aroundMmput", "none", "holds"],
  ["the child is flagged, and registration looks", "inDupMmap", "unstable", "holds"],
])("6.14 with %s", (_story, gate, guard, verdict) => {
  const replacing = [`fork.uprobeGate=${gate}`, `uprobe.guard=${guard}`, "fault.unstable=none"];
  expect(told(outcome("fork-vs-uprobe", "6.14", { replacing }))).toBe(verdict);
});

test("the crash takes one failing allocation and one switch", () => {
  const [first] = outcome("fork-vs-uprobe", "6.12").findings;
  expect(first.faults).toBe(1);
  expect(first.switches).toBe(1);
  expect(first.finding.at.task).toBe("uprobe");
});

test("on 6.14 the flag is enough without gate and guard: the page cannot be faulted in", () => {
  const replacing = ["fork.uprobeGate=inDupMmap", "uprobe.guard=none"];
  expect(told(outcome("fork-vs-uprobe", "6.14", { replacing }))).toBe("holds");
});
