/**
 * `mremap.countCheck = earlyAlways`: every mremap(), even one that only shrinks, needs room for four more areas, and looks
 * under the lock. 7.1.
 */
import type { MremapCountCheck } from "../../decisions.ts";

export const earlyAlways: MremapCountCheck = {
  point: "mremap.countCheck",
  name: "earlyAlways",
  title: "every mremap makes sure of four more VMAs, under the lock",
  source: "mm/mremap.c, 7.1",
  looksEarly: true,
  looksBeforeLock: false,
  beforeLock: () => true,
  underLock: (k, mm) => mm.mapCount + 4 <= k.system.maxMapCount,
  atMove: (k, mm) => mm.mapCount + 2 <= k.system.maxMapCount,
};
