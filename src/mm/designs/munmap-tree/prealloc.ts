/**
 * `munmap.tree = prealloc`: nodes for the store are set aside first. VMAs are gathered in a tree on the side, and their locked pages are counted off
 * right then: a failure behind that leaves locked_vm too low.
 *
 * Models 763ecb035029 (6.1) to 6.3; mended by 606c812eb1d5 (6.4).
 */
import type { MunmapTree } from "../../decisions.ts";

export const munmapPrealloc: MunmapTree = {
  point: "munmap.tree",
  name: "prealloc",
  title: "nodes before the first cut; locked pages are counted off while gathering",
  source: "763ecb035029 (6.1)",
  prealloc: true,
  sideNodes: true,
  eraseNodes: false,
  countsEarly: true,
};
