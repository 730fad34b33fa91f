/**
 * `exit.reaperSync = users`: the reaper is a user of the mm while it reaps, so exit_mmap() never runs beside it and takes
 * no lock at all. The reaper may turn out to be the last user; then a worker tears the mm down.
 *
 * Models 4.13.
 * Simplified: MMF_OOM_SKIP is set at the end of exit_mmap() instead of __mmput().
 */
import type { Path } from "../../../sched/index.ts";
import type { ExitReaperSync } from "../../decisions.ts";
import type { Kernel } from "../../kernel.ts";
import type { Mm } from "../../mm-struct.ts";
import { freeAddressSpace, unmapVmas } from "../../paths/exit.ts";
import { mmgetNotZero, mmputAsync } from "../../paths/lifetime.ts";
import { reapVmas } from "../../paths/oom.ts";

function* exitMmap(k: Kernel, mm: Mm): Path {
  if (mm.tree.find(0) !== null) {
    yield* unmapVmas(k, mm, Number.MAX_SAFE_INTEGER);
    yield* freeAddressSpace(k, mm);
  }
  if (k.write(mm.oomSkip, "__mmput")) yield;
  mm.oomSkip.value = 1;
}

function* reap(k: Kernel, mm: Mm): Path<boolean> {
  if (k.readTryLock(mm.mmapLock, "__oom_reap_task_mm")) yield;
  if (k.result === 0) return false;
  if (mmgetNotZero(k, mm, "__oom_reap_task_mm")) yield;
  const got = k.result !== 0;
  if (got) {
    k.witness(`the reaper reaps ${k.rowName(mm)}`);
    yield* reapVmas(k, mm);
  }
  if (k.readUnlock(mm.mmapLock, "__oom_reap_task_mm")) yield;
  if (got) yield* mmputAsync(k, mm, "__oom_reap_task_mm");
  return true;
}

export const users: ExitReaperSync = {
  point: "exit.reaperSync",
  name: "users",
  title: "the reaper holds a user of the mm; exit_mmap() takes no lock",
  source: "mm/mmap.c and mm/oom_kill.c, 4.13",
  requires: { "exit.marker": ["unknown"], "vma.lock": ["none"] },
  marksMm: false,
  emptiesTree: false,
  exitMmap,
  reap,
};
