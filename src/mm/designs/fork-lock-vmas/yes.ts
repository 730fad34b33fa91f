/**
 * `fork.lockVmas = yes`: dup_mmap() write-locks each VMA of the parent before it is copied, so that no fault under a VMA
 * lock is under way in it. fb49c455323f, 6.5 and 6.4.3.
 */
import type { ForkLockVmas } from "../../decisions.ts";

export const lockVmas: ForkLockVmas = {
  point: "fork.lockVmas",
  name: "yes",
  title: "each VMA of the parent is write-locked before it is copied",
  source: "fb49c455323f (6.5)",
  locks: true,
};
