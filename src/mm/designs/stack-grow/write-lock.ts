/**
 * `stack.grow = writeLock`: the fault takes mmap_lock anew, for writing.
 *
 * Models c2508ec5a58d, 8d7071af8907 (6.5) and later.
 */
import type { StackGrow } from "../../decisions.ts";

export const growWriteLocked: StackGrow = {
  point: "stack.grow",
  name: "writeLock",
  title: "mmap_lock for writing",
  source: "c2508ec5a58d (6.5)",
  underWriteLock: true,
};
