/**
 * `mremap.countCheck = earlyUnlocked`: as `early`, but the number is looked at before the lock is taken: another thread may
 * change it meanwhile. And a call that moves several areas looks once, though each may add some. 6.17 to 7.0.
 *
 * The kernel's look is a plain read of map_count, which changes under the lock held for writing only: here a look at
 * the lock's word, so that every holder conflicts with it, and the number as it is then.
 */
import type { MremapCountCheck } from "../../decisions.ts";

export const earlyUnlocked: MremapCountCheck = {
  point: "mremap.countCheck",
  name: "earlyUnlocked",
  title: "as early, but before the lock is taken",
  source: "mm/mremap.c, 6.17 to 7.0",
  looksEarly: true,
  looksBeforeLock: true,
  beforeLock: (k, mm, places) => !places || k.aside(() => mm.mapCount) + 2 < k.system.maxMapCount - 3,
  underLock: () => true,
  atMove: (k, mm) => mm.mapCount < k.system.maxMapCount - 3,
};
