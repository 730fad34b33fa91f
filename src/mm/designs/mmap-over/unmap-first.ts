/**
 * `mmap.over = unmapFirst`: what is in the way is unmapped first. If anything fails after that, a hole stays; and a reader
 * without the lock can see the hole even when all goes well. Up to 6.11.
 *
 * Models mmap_region() in mm/mmap.c (6.11).
 */
import { mayExpandVm } from "../../accounting.ts";
import type { MmapOver } from "../../decisions.ts";
import { ENOMEM } from "../../errno.ts";
import type { Kernel } from "../../kernel.ts";
import type { Mm } from "../../mm-struct.ts";
import { doMunmap, gatherNothing } from "../../paths/munmap.ts";
import { findVma } from "../../vma-tree.ts";

/** count_vma_pages_range() */
function mappedPages(k: Kernel, mm: Mm, start: number, end: number): number {
  let pages = 0;
  for (let vma = findVma(k, mm, start, end); vma !== null; vma = findVma(k, mm, vma.end, end)) {
    pages += Math.min(end, vma.end) - Math.max(start, vma.start);
  }
  return pages;
}

export const unmapFirst: MmapOver = {
  point: "mmap.over",
  name: "unmapFirst",
  title: "what is in the way is unmapped first",
  source: "mm/mmap.c, up to 6.11",
  *prepare(k, mm, start, end, flags) {
    if (!mayExpandVm(mm, flags, end - start - mappedPages(k, mm, start, end))) {
      return gatherNothing(start, end, ENOMEM);
    }
    const error = yield* doMunmap(k, mm, start, end, false);
    return gatherNothing(start, end, error !== 0 ? ENOMEM : 0);
  },
};
