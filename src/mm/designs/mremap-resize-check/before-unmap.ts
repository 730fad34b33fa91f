/**
 * `mremap.resizeCheck = beforeUnmap`: whether the area may be resized or moved at all is settled before the destination is
 * unmapped; a shrinking move may run over the end of its area, and is charged for the length it loses. 6.17+.
 */
import type { MremapResizeCheck } from "../../decisions.ts";

export const beforeUnmap: MremapResizeCheck = {
  point: "mremap.resizeCheck",
  name: "beforeUnmap",
  title: "length and limits are checked before the destination is unmapped",
  source: "mm/mremap.c, 6.17",
  beforeUnmap: true,
  chargesShrink: true,
};
