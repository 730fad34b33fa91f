/** `mmap.hugeAlign = anyLarge`: unhinted anonymous mappings are placed at a huge-page boundary from 2 MiB on. */
import type { MmapHugeAlign } from "../../decisions.ts";
import { HUGE_PAGES } from "../../system.ts";

export const anyLarge: MmapHugeAlign = {
  point: "mmap.hugeAlign",
  name: "anyLarge",
  title: "anonymous mappings are aligned for huge pages from 2 MiB on",
  source: "efa7df3e3bb5 (6.7) to 6.12",
  aligns: (pages) => pages >= HUGE_PAGES,
};
