/**
 * `mmap.over = gatherReplace`: what is in the way is gathered and stays in the tree until one store replaces all of it by the
 * new area: readers see the old or the new, never a hole. 6.12+.
 *
 * Models f8d112a4e657 ... 4f87153e82c4 (6.12), the first half of __mmap_region() in mm/vma.c.
 */
import { mayExpandVm } from "../../accounting.ts";
import type { MmapOver } from "../../decisions.ts";
import { ENOMEM } from "../../errno.ts";
import { gatherNothing, gatherVmas } from "../../paths/munmap.ts";
import { findVma } from "../../vma-tree.ts";

export const gatherReplace: MmapOver = {
  point: "mmap.over",
  name: "gatherReplace",
  title: "what is in the way stays in the tree until the new area replaces it",
  source: "4f87153e82c4 (6.12)",
  *prepare(k, mm, start, end, flags) {
    const first = findVma(k, mm, start, end);
    const over = first === null ? gatherNothing(start, end, 0) : yield* gatherVmas(k, mm, first, start, end);
    if (over.error === 0 && !mayExpandVm(mm, flags, end - start - over.pages)) {
      for (const vma of over.vmas) vma.attached = true;
      over.error = ENOMEM;
    }
    return over;
  },
};
