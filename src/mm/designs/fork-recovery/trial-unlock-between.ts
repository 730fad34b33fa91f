/**
 * `fork.recovery = trial-unlockBetween`: as `teardown`, but the child is unlocked for a moment between its page tables and
 * its VMAs: the window is back, with the parent's VMAs in it. A trial that must fail.
 */
import type { Path } from "../../../sched/index.ts";
import type { ForkFailure, ForkRecovery } from "../../decisions.ts";
import type { Kernel } from "../../kernel.ts";
import { type Mm, NESTED } from "../../mm-struct.ts";
import { freePgtables, tearDownVmas, unmapVmas } from "../../paths/exit.ts";

function* recover(k: Kernel, mm: Mm, failure: ForkFailure): Path {
  if (failure.noTree) return;
  const limit = failure.vma === null ? Number.MAX_SAFE_INTEGER : failure.start;
  if (mm.mapCount > 0) {
    yield* unmapVmas(k, mm, limit);
    yield* freePgtables(k, mm, limit);
    if (k.writeUnlock(mm.mmapLock, "dup_mmap")) yield;
    if (k.writeLock(mm.mmapLock, "dup_mmap", NESTED)) yield;
    yield* tearDownVmas(k, mm, limit);
  }
  mm.tree.destroy();
}

export const trialUnlockBetween: ForkRecovery = {
  point: "fork.recovery",
  name: "trial-unlockBetween",
  title: "teardown, with the child unlocked between page tables and VMAs (trial: must fail)",
  source: "what holding the lock throughout is there for",
  requires: { "fork.copy": ["dup"] },
  recover,
};
