/**
 * `tlb.flush = skipsFullMm`: a gather of a whole address space is finished without a flush. Its number (ASID) is given to no other
 * address space before all TLBs were emptied, and nobody is left to use it.
 *
 * Models tlb_flush() in arch/arm64/include/asm/tlb.h, 5a7862e83000 (4.4) and later. Presets have it, because it asks most of the code that
 * all architectures share.
 */
import type { TlbFlush } from "../../decisions.ts";

export const skipsFullMm: TlbFlush = {
  point: "tlb.flush",
  name: "skipsFullMm",
  title: "a gather of a whole address space flushes nothing (arm64)",
  source: "5a7862e83000 (4.4)",
  pagesFirst: false,
  flushes: (gather) => !gather.fullMm,
};
