/**
 * `vma.merge = intoFaulted`: an area without anonymous pages may be taken over by one with pages, never the other way
 * round. Up to 6.15.
 *
 * Models is_mergeable_anon_vma() in mm/vma.c (6.12): one may be missing if the target's chain has a single link, and an
 * area without pages has none.
 */
import type { VmaMerge } from "../../decisions.ts";

export const intoFaulted: VmaMerge = {
  point: "vma.merge",
  name: "intoFaulted",
  title: "an area with pages takes over one without, never the other way round",
  source: "mm/vma.c, up to 6.15",
  anonVmasFit(source, _inherited, target) {
    if ((source === null || target.anonVma === null) && target.anonVmaChain.length === 1) return true;
    return source === target.anonVma;
  },
};
