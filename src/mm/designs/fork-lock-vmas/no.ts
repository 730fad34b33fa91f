/**
 * `fork.lockVmas = no`: mmap_lock for writing is all that keeps faults out. Right as long as faults take it; 6.4 had faults
 * that did not, and still did not lock the parent's VMAs.
 * Simplified: what broke there was a stale TLB entry, through which a third thread wrote to a page that the fork had
 * write-protected and a fault had copied; the TLB of the model does not follow what is written, so nothing shows.
 */
import type { ForkLockVmas } from "../../decisions.ts";

export const leaveVmas: ForkLockVmas = {
  point: "fork.lockVmas",
  name: "no",
  title: "only mmap_lock is held while the parent's VMAs are copied",
  source: "kernel/fork.c, up to 6.4",
  locks: false,
};
