/** `fork.signal = perVma`: dup_mmap() looks for a fatal signal before each VMA. 4.19 to 6.18. */
import type { ForkSignal } from "../../decisions.ts";

export const perVma: ForkSignal = {
  point: "fork.signal",
  name: "perVma",
  title: "a fatal signal ends the copy at the next VMA",
  source: "mm/mmap.c, 4.19 to 6.18",
  killableWait: false,
  look: (k) => k.lookForSignal("dup_mmap"),
  interrupts: (k) => k.signalled("dup_mmap"),
};
