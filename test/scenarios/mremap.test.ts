/** Calls that fail: what they leave, near the limit and far from it. */
import { describe, expect, test } from "vitest";
import { outcome, told } from "./world.ts";

const CHANGED = "fails changed-by-failure in mremap";

describe("one more of each role does not change the verdict", () => {
  test.each([
    ["mremap-at-limit", "4.19", CHANGED],
    ["mremap-at-limit", "6.12", "holds"],
    ["mremap-at-limit", "6.17", "holds"],
    ["mremap-at-limit", "7.1", "holds"],
    ["mremap-late-failure", "7.1", CHANGED],
    ["mremap-race", "6.14", "holds"],
    ["mremap-race", "7.0", CHANGED],
    ["mremap-race", "7.1", "holds"],
    ["mremap-multi", "7.1", CHANGED],
  ])("%s on %s: %s", (id, kernel, verdict) => {
    expect(told(outcome(id, kernel, { larger: true }))).toBe(verdict);
    expect(told(outcome(id, kernel))).toBe(verdict);
  });
});

test("the finding of 2019 says what was mapped and what is left", () => {
  const [first] = outcome("mremap-at-limit", "4.19").findings;
  expect(first.switches).toBe(0);
  expect(first.faults).toBe(0);
  expect(first.finding.message).toBe(
    "mremap() returned -12, but where 20-22 rw-p was mapped there is 20-21 rw-p now",
  );
});

test("the race needs the second thread between the look and the lock, nothing else", () => {
  const [first] = outcome("mremap-race", "7.0").findings;
  expect(first.switches).toBe(2);
  expect(first.faults).toBe(0);
});
