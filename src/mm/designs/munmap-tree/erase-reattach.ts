/**
 * `munmap.tree = eraseReattach`: VMAs are gathered, then erased from the tree; what fails before that attaches them again, and counts nothing.
 *
 * Models 606c812eb1d5 (6.4) and later.
 */
import type { MunmapTree } from "../../decisions.ts";

export const eraseReattach: MunmapTree = {
  point: "munmap.tree",
  name: "eraseReattach",
  title: "nodes when all is gathered; on failure all is attached again",
  source: "606c812eb1d5 (6.4)",
  prealloc: false,
  sideNodes: true,
  eraseNodes: true,
  countsEarly: false,
};
