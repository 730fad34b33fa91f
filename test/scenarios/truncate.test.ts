/** Truncation of a mapped file, in the larger layouts too. */
import { expect, test } from "vitest";
import { outcome, told } from "./world.ts";

test.each([
  ["truncate-vs-munmap", "4.13"],
  ["truncate-vs-munmap", "7.1"],
  ["truncate-vs-exit", "4.13"],
  ["truncate-vs-exit", "7.1"],
])("%s on %s holds, with one more of each role too", (id, kernel) => {
  expect(told(outcome(id, kernel))).toBe("holds");
  expect(told(outcome(id, kernel, { larger: true }))).toBe("holds");
});
