/**
 * `exit.reaperSync = twoFlags` (proposal): exit_mmap() says that it is about to unmap, in a flag of its own, and waits the
 * reaper out before it does anything. The reaper reaps only while that flag is clear; MMF_OOM_SKIP is left to the
 * choice of victims.
 *
 * From the mail "Multiple oom_reaper BUGs: unmap_page_range racing with exit_mmap" (David Rientjes, 5 Dec 2017). The
 * price: every exit takes the lock once more, and no mm is reaped while it is torn down.
 */
import type { Path } from "../../../sched/index.ts";
import type { ExitReaperSync } from "../../decisions.ts";
import type { Kernel } from "../../kernel.ts";
import type { Mm } from "../../mm-struct.ts";
import { freeAddressSpace, unmapVmas } from "../../paths/exit.ts";
import { hideMm, reapVmas } from "../../paths/oom.ts";
import { waitForReaper } from "./current-victim.ts";

function* exitMmap(k: Kernel, mm: Mm): Path {
  if (mm.tree.find(0) === null) return;
  if (k.write(mm.exiting, "exit_mmap")) yield;
  mm.exiting.value = 1;
  yield* waitForReaper(k, mm);
  yield* unmapVmas(k, mm, Number.MAX_SAFE_INTEGER);
  yield* hideMm(k, mm, "exit_mmap");
  yield* freeAddressSpace(k, mm);
}

function* reap(k: Kernel, mm: Mm): Path<boolean> {
  if (k.readTryLock(mm.mmapLock, "oom_reap_task_mm")) yield;
  if (k.result === 0) return false;
  let done = true;
  if (k.read(mm.exiting, "oom_reap_task_mm")) yield;
  if (mm.exiting.value === 0) {
    k.witness(`the reaper reaps ${k.rowName(mm)}`);
    done = yield* reapVmas(k, mm);
  }
  if (k.readUnlock(mm.mmapLock, "oom_reap_task_mm")) yield;
  return done;
}

export const twoFlags: ExitReaperSync = {
  point: "exit.reaperSync",
  name: "twoFlags",
  title: "exit_mmap() raises a flag of its own and waits for the reaper before it unmaps (proposal)",
  source: "mail of 5 Dec 2017, Multiple oom_reaper BUGs",
  requires: { "exit.marker": ["unknown"], "vma.lock": ["none"] },
  marksMm: false,
  emptiesTree: false,
  exitMmap,
  reap,
};
