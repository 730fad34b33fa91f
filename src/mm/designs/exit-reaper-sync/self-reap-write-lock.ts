/**
 * `exit.reaperSync = selfReapWriteLock`: as `selfReap`, and everything after the own reap happens under the write lock,
 * for a victim's mm or not.
 *
 * Models 64591e8605d6 (5.17) to 6.0.
 */
import type { Path } from "../../../sched/index.ts";
import type { ExitReaperSync } from "../../decisions.ts";
import type { Kernel } from "../../kernel.ts";
import type { Mm } from "../../mm-struct.ts";
import { freeAddressSpace, munlockVmas, unmapVmas } from "../../paths/exit.ts";
import { reapUnlessSkipped } from "../../paths/oom.ts";
import { reapOwn } from "./self-reap.ts";

function* exitMmap(k: Kernel, mm: Mm): Path {
  yield* reapOwn(k, mm);
  if (k.writeLock(mm.mmapLock, "exit_mmap")) yield;
  if (!k.designs.exitMunlock.first) munlockVmas(k, mm);
  if (mm.tree.find(0) !== null) {
    yield* unmapVmas(k, mm, Number.MAX_SAFE_INTEGER);
    yield* freeAddressSpace(k, mm);
  }
  if (k.writeUnlock(mm.mmapLock, "exit_mmap")) yield;
}

export const selfReapWriteLock: ExitReaperSync = {
  point: "exit.reaperSync",
  name: "selfReapWriteLock",
  title: "exit_mmap() reaps a victim's mm itself and does the rest under the write lock",
  source: "64591e8605d6 (5.17) to 6.0",
  requires: { "exit.marker": ["unknown"], "vma.lock": ["none"] },
  marksMm: true,
  emptiesTree: true,
  exitMmap,
  reap: reapUnlessSkipped,
};
