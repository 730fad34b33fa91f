/**
 * `fork.signal = whileWaiting`: only the wait for a VMA's readers can be cut short (vma_start_write_killable). 6.19+.
 * Simplified: there are no per-VMA readers yet, so the wait never happens.
 */
import type { ForkSignal } from "../../decisions.ts";

export const whileWaiting: ForkSignal = {
  point: "fork.signal",
  name: "whileWaiting",
  title: "a fatal signal ends only a wait for a VMA lock",
  source: "mm/mmap.c, 6.19",
  look: () => false,
  interrupts: () => false,
};
