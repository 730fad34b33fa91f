/** `mmap.hugeAlign = multiples`: unhinted anonymous mappings are placed at a huge-page boundary if their length is a multiple of 2 MiB. */
import type { MmapHugeAlign } from "../../decisions.ts";
import { HUGE_PAGES } from "../../system.ts";

export const multiples: MmapHugeAlign = {
  point: "mmap.hugeAlign",
  name: "multiples",
  title: "anonymous mappings are aligned for huge pages if their length is a multiple of 2 MiB",
  source: "d4148aeab412 (6.13)",
  aligns: (pages) => pages % HUGE_PAGES === 0,
};
