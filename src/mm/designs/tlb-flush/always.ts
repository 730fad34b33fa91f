/** `tlb.flush = always`: every gather that cleared something flushes before its pages go. Models tlb_flush() of x86. */
import type { TlbFlush } from "../../decisions.ts";

export const flushAlways: TlbFlush = {
  point: "tlb.flush",
  name: "always",
  title: "every gather flushes before its pages go (x86)",
  source: "arch/x86/include/asm/tlb.h",
  pagesFirst: false,
  flushes: () => true,
};
