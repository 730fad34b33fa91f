/**
 * `mremap.multi = several`: MREMAP_FIXED with one length moves all areas of the range, holes kept. An error in the k-th
 * leaves k - 1 moved. 6.17+.
 */
import type { MremapMulti } from "../../decisions.ts";

export const several: MremapMulti = {
  point: "mremap.multi",
  name: "several",
  title: "one call moves all VMAs of the range",
  source: "mm/mremap.c, 6.17",
  several: true,
};
