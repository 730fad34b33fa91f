/**
 * `stack.grow = readLock`: the fault that meets the gap grows the area under the read lock it has; page_table_lock keeps two of them apart.
 *
 * Models kernels up to 6.4.
 */
import type { StackGrow } from "../../decisions.ts";

export const growReadLocked: StackGrow = {
  point: "stack.grow",
  name: "readLock",
  title: "mmap_lock for reading, and page_table_lock",
  source: "expand_downwards() in mm/mmap.c, up to 6.4",
  underWriteLock: false,
};
