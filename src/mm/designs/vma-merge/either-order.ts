/**
 * `vma.merge = eitherOrder`: an area with anonymous pages and one without merge, whichever grows, unless the one with pages
 * was copied at fork: then it is linked to its ancestors too, and would pull the other into their lock. 6.16+.
 *
 * Models is_mergeable_anon_vma() in mm/vma.c (6.18, with the later fix that mremap asks the source as well).
 */
import type { VmaMerge } from "../../decisions.ts";

export const eitherOrder: VmaMerge = {
  point: "vma.merge",
  name: "eitherOrder",
  title: "an area with pages and one without merge, whichever grows",
  source: "mm/vma.c, 6.16",
  anonVmasFit(source, inherited, target) {
    if (target.anonVma === null && source !== null) return !inherited;
    if (target.anonVma !== null && source === null) return target.anonVmaChain.length === 1;
    return source === target.anonVma;
  },
};
