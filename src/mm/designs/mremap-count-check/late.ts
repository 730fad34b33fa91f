/**
 * `mremap.countCheck = late`: only move_vma() looks at the number of VMAs, when the destination and the tail of the source
 * are unmapped already: after -ENOMEM, user space cannot know what is still mapped. Up to 5.0.
 */
import type { MremapCountCheck } from "../../decisions.ts";

export const late: MremapCountCheck = {
  point: "mremap.countCheck",
  name: "late",
  title: "the number of VMAs is looked at after the destination was unmapped",
  source: "mm/mremap.c, up to 5.0",
  looksEarly: false,
  looksBeforeLock: false,
  beforeLock: () => true,
  underLock: () => true,
  atMove: (k, mm) => mm.mapCount < k.system.maxMapCount - 3,
};
