/** `mmap.hugeAlign = never`: no anonymous mapping is placed at a huge-page boundary. Up to 6.6. */
import type { MmapHugeAlign } from "../../decisions.ts";

export const never: MmapHugeAlign = {
  point: "mmap.hugeAlign",
  name: "never",
  title: "no anonymous mapping is aligned for huge pages",
  source: "mm/mmap.c, up to 6.6",
  aligns: () => false,
};
