/** `mremap.multi = one`: a range that runs over the end of its area is refused with -EFAULT. Up to 6.16. */
import type { MremapMulti } from "../../decisions.ts";

export const one: MremapMulti = {
  point: "mremap.multi",
  name: "one",
  title: "one call moves one VMA",
  source: "mm/mremap.c, up to 6.16",
  several: false,
};
