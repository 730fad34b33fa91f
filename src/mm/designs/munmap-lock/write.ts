/**
 * `munmap.lock = write`: mmap_lock is held for writing to the end.
 *
 * Models kernels up to 4.19.
 */
import type { MunmapLock } from "../../decisions.ts";

export const munmapWrite: MunmapLock = {
  point: "munmap.lock",
  name: "write",
  title: "no: mmap_lock is held for writing to the end",
  source: "up to 4.19",
  downgrades: () => false,
};
