/**
 * `mremap.resizeCheck = afterUnmap`: the destination and the tail of the source are unmapped first, then vma_to_resize()
 * may still say no. Up to 6.16.
 */
import type { MremapResizeCheck } from "../../decisions.ts";

export const afterUnmap: MremapResizeCheck = {
  point: "mremap.resizeCheck",
  name: "afterUnmap",
  title: "length and limits are checked after the destination is unmapped",
  source: "mm/mremap.c, up to 6.16",
  beforeUnmap: false,
  chargesShrink: false,
};
