/**
 * `munmap.tree = list`: VMAs are taken out of a list and a red-black tree, which needs no memory.
 *
 * Models kernels up to 6.0.
 */
import type { MunmapTree } from "../../decisions.ts";

export const munmapList: MunmapTree = {
  point: "munmap.tree",
  name: "list",
  title: "nothing: VMAs are taken out of a list",
  source: "mm/mmap.c, up to 6.0",
  prealloc: false,
  sideNodes: false,
  eraseNodes: false,
  countsEarly: false,
};
