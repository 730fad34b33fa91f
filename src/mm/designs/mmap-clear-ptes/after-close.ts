/**
 * `mmap.clearPtes = afterClose`: the new area is in the tree and in its file before the entries and tables of the old ones go.
 *
 * Models release candidates of 6.12 before 79f3d123caed.
 */
import type { MmapClearPtes } from "../../decisions.ts";

export const clearAfterClose: MmapClearPtes = {
  point: "mmap.clearPtes",
  name: "afterClose",
  title: "behind the store of the new area",
  source: "f8d112a4e657 (6.12-rc1) to 6.12-rc5",
  before: false,
};
