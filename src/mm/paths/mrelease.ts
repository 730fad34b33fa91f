/**
 * process_mrelease(): somebody who has killed a process frees its memory before it has got round to exiting.
 *
 * Kernel counterpart: SYSCALL_DEFINE2(process_mrelease) in mm/oom_kill.c (5.15 and later).
 * Simplified: the process is taken to be dying (task_will_free_mem); a process that merely shares the mm is not looked for.
 */
import type { Path } from "../../sched/index.ts";
import { EAGAIN, EINTR, ESRCH } from "../errno.ts";
import type { Kernel, TaskStruct } from "../kernel.ts";
import { mmdrop, mmgetNotZero, mmgrab, mmput } from "./lifetime.ts";
import { reapVmas } from "./oom.ts";

/** 0, -ESRCH where the process has no mm any more, -EINTR, or -EAGAIN where a part could not be reaped. */
export function* processMrelease(k: Kernel, task: TaskStruct): Path<number> {
  const { holdsUser, looksAtSkip } = k.designs.mreleaseRef;
  // find_lock_task_mm
  if (k.lock(task.lock, "process_mrelease")) yield;
  const { mm } = task;
  if (mm === null) {
    if (k.unlock(task.lock, "process_mrelease")) yield;
    return ESRCH;
  }
  let held = true;
  if (holdsUser) {
    if (mmgetNotZero(k, mm, "process_mrelease")) yield;
    held = k.result !== 0;
  } else {
    if (mmgrab(k, mm, "process_mrelease")) yield;
  }
  if (k.unlock(task.lock, "process_mrelease")) yield;
  if (!held) return 0; // it is being torn down already
  let result = EINTR;
  if (k.readLockKillable(mm.mmapLock, "process_mrelease")) yield;
  if (!k.interrupted) {
    let late = false;
    if (looksAtSkip) {
      if (k.read(mm.oomSkip, "process_mrelease")) yield;
      late = mm.oomSkip.value !== 0;
    }
    result = 0;
    if (!late) {
      k.witness(`process_mrelease reaps ${k.rowName(mm)}`);
      const all = yield* reapVmas(k, mm);
      if (!all) result = EAGAIN;
    }
    if (k.readUnlock(mm.mmapLock, "process_mrelease")) yield;
  }
  if (holdsUser) yield* mmput(k, mm, "process_mrelease");
  else yield* mmdrop(k, mm, "process_mrelease");
  return result;
}
