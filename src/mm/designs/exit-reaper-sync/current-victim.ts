/**
 * `exit.reaperSync = currentVictim`: the reaper holds no user. exit_mmap() zaps beside it, sets MMF_OOM_SKIP, and waits a
 * reaper out by taking the lock once, if the task that tears the mm down is an OOM victim. That task need not be one:
 * the last user may be a reader of /proc.
 *
 * Models 212925802454 (4.14).
 */
import type { Path } from "../../../sched/index.ts";
import type { ExitReaperSync } from "../../decisions.ts";
import type { Kernel } from "../../kernel.ts";
import type { Mm } from "../../mm-struct.ts";
import { freeAddressSpace, unmapVmas } from "../../paths/exit.ts";
import { hideMm, reapUnlessSkipped } from "../../paths/oom.ts";

/** Waits until a reaper that is inside has left; those that come later see MMF_OOM_SKIP. */
export function* waitForReaper(k: Kernel, mm: Mm): Path {
  if (k.writeLock(mm.mmapLock, "exit_mmap")) yield;
  if (k.writeUnlock(mm.mmapLock, "exit_mmap")) yield;
}

function* exitMmap(k: Kernel, mm: Mm): Path {
  if (mm.tree.find(0) === null) return;
  yield* unmapVmas(k, mm, Number.MAX_SAFE_INTEGER);
  yield* hideMm(k, mm, "exit_mmap");
  if (k.exploring) {
    // tsk_is_oom_victim(current): a look without a lock
    const { victim } = k.currentTask;
    if (k.read(victim, "exit_mmap")) yield;
    if (victim.value !== 0) yield* waitForReaper(k, mm);
  }
  yield* freeAddressSpace(k, mm);
}

export const currentVictim: ExitReaperSync = {
  point: "exit.reaperSync",
  name: "currentVictim",
  title: "exit_mmap() waits for the reaper if the task that runs it is an OOM victim",
  source: "212925802454 (4.14)",
  requires: { "exit.marker": ["unknown"], "vma.lock": ["none"] },
  marksMm: false,
  emptiesTree: false,
  exitMmap,
  reap: reapUnlessSkipped,
};
