/** `fork.signal = none`: dup_mmap() does not look for signals once it has the lock. Up to 4.18. */
import type { ForkSignal } from "../../decisions.ts";

export const noLook: ForkSignal = {
  point: "fork.signal",
  name: "none",
  title: "a fatal signal does not end the copy",
  source: "kernel/fork.c, 4.13 to 4.15",
  killableWait: false,
  look: () => false,
  interrupts: () => false,
};
