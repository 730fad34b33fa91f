/**
 * `mremap.countCheck = earlyUnlocked`: as `early`, but the number is looked at before the lock is taken: another thread may
 * change it meanwhile. And a call that moves several areas looks once, though each may add some. 6.17 to 7.0.
 * Simplified: the look is no step of its own; the kernel's is a plain racy read.
 */
import type { MremapCountCheck } from "../../decisions.ts";

export const earlyUnlocked: MremapCountCheck = {
  point: "mremap.countCheck",
  name: "earlyUnlocked",
  title: "as early, but before the lock is taken",
  source: "mm/mremap.c, 6.17 to 7.0",
  beforeLock: (k, mm, places) => !places || mm.mapCount + 2 < k.system.maxMapCount - 3,
  underLock: () => true,
  atMove: (k, mm) => mm.mapCount < k.system.maxMapCount - 3,
};
