/**
 * `fork.signal = whileWaiting`: only the wait for a VMA's readers can be cut short (vma_start_write_killable). 6.19+.
 * Without somebody who faults under a VMA lock there is nothing to wait for.
 */
import type { ForkSignal } from "../../decisions.ts";

export const whileWaiting: ForkSignal = {
  point: "fork.signal",
  name: "whileWaiting",
  title: "a fatal signal ends only a wait for a VMA lock",
  source: "mm/mmap.c, 6.19",
  killableWait: true,
  look: () => false,
  interrupts: () => false,
};
