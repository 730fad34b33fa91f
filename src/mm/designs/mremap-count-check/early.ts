/**
 * `mremap.countCheck = early`: calls that name their destination fail before anything is unmapped when two more areas
 * might leave too few for move_vma(). Two unmaps split at most one area in three each. 5.1 to 6.16.
 */
import type { MremapCountCheck } from "../../decisions.ts";

export const early: MremapCountCheck = {
  point: "mremap.countCheck",
  name: "early",
  title: "FIXED and DONTUNMAP make sure of two more VMAs before they unmap anything",
  source: "ea2c3f6f5545 (5.1) to 6.16",
  looksEarly: true,
  looksBeforeLock: false,
  beforeLock: () => true,
  underLock: (k, mm, places) => !places || mm.mapCount + 2 < k.system.maxMapCount - 3,
  atMove: (k, mm) => mm.mapCount < k.system.maxMapCount - 3,
};
