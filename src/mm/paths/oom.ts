/**
 * The OOM killer's choice and the reaper.
 *
 * Kernel counterpart: oom_kill_process, mark_oom_victim, oom_reaper, oom_reap_task_mm, __oom_reap_task_mm in
 * mm/oom_kill.c. What an attempt of the reaper does is part of the decision point `exit.reaperSync`.
 * Simplified: the victim is given, not selected by badness; the two seconds of a delayed queue are any time;
 * attempts are not counted, so that a notifier which refuses for good is not told (each refusal is a fault); oom_lock, which the reaper took up to 4.16, keeps only other OOM kills out and is left out.
 */
import type { Condition, Path } from "../../sched/index.ts";
import { beginGather, finishGather, type Gather, openGathers } from "../gather.ts";
import type { Kernel, TaskStruct } from "../kernel.ts";
import type { Mm } from "../mm-struct.ts";
import { entryAt, NO_ENTRY } from "../page-table.ts";
import { VM_HUGETLB, VM_LOCKED, VM_PFNMAP, VM_SHARED, type Vma } from "../vma.ts";
import { unmapPageRange } from "./exit.ts";
import { mmgrabLazyTlb } from "./lazy-tlb.ts";
import { mmdrop, mmgrab, mmput } from "./lifetime.ts";

const QUEUED: Condition = { name: "a victim is queued", holds: (queued) => queued > 0 };
const UNLOCKED: Condition = { name: "no writer holds the lock", holds: (lock) => lock >= 0 };

/**
 * Kills `victim` for its memory (__oom_kill_process). Returns false when it has no mm any more: then there is nothing
 * to win.
 */
export function* oomKill(k: Kernel, victim: TaskStruct): Path<boolean> {
  // The selection holds the task (get_task_struct); a task that is gone is not selected.
  if (k.incNotZero(victim.usage, "select_bad_process")) yield;
  if (k.result === 0) return false;
  // find_lock_task_mm
  if (k.lock(victim.lock, "oom_kill_process")) yield;
  const mm = victim.mm;
  if (mm === null) {
    if (k.unlock(victim.lock, "oom_kill_process")) yield;
    yield* putTaskStruct(k, victim);
    return false;
  }
  const { kept } = k.designs.oomMmRef;
  if (kept) {
    // The reaper's reference lives in signal->oom_mm until the task is gone.
    if (mmgrab(k, mm, "mark_oom_victim")) yield;
  }
  if (k.signal(k.taskStructs.indexOf(victim), "oom_kill_process")) yield;
  if (k.write(victim.victim, "mark_oom_victim")) yield;
  victim.victim.value = 1;
  if (kept) victim.oomMm = mm;
  mm.killed = true;
  if (k.designs.exitReaperSync.marksMm) {
    if (k.write(mm.oomVictim, "mark_oom_victim")) yield;
    mm.oomVictim.value = 1;
  }
  if (k.unlock(victim.lock, "oom_kill_process")) yield;
  // queue_oom_reaper: the queue holds the task, and with it signal->oom_mm
  if (k.add(victim.usage, 1, "queue_oom_reaper")) yield;
  if (k.lock(k.global.oomReaperLock, "queue_oom_reaper")) yield;
  k.global.oomReaperList.push(victim);
  if (k.unlock(k.global.oomReaperLock, "queue_oom_reaper")) yield;
  if (k.rmw(k.global.oomReaperQueued, "queue_oom_reaper")) yield;
  k.global.oomReaperQueued.value = k.global.oomReaperQueued.value + 1;
  yield* putTaskStruct(k, victim);
  return true;
}

/** The reaper thread: waits for victims and reaps them, for ever (oom_reaper). */
export function* oomReaper(k: Kernel): Path {
  for (;;) {
    if (k.await(QUEUED, [k.global.oomReaperQueued], "oom_reaper")) yield;
    if (k.rmw(k.global.oomReaperQueued, "oom_reaper")) yield;
    k.global.oomReaperQueued.value = k.global.oomReaperQueued.value - 1;
    if (k.lock(k.global.oomReaperLock, "oom_reaper")) yield;
    const victim = k.global.oomReaperList.items()[0]!;
    k.global.oomReaperList.remove(victim);
    if (k.unlock(k.global.oomReaperLock, "oom_reaper")) yield;
    if (k.designs.oomQueue.delayed) {
      // wake_oom_reaper: two seconds are any time
      const mm = victim.oomMm!;
      if (k.read(mm.oomSkip, "wake_oom_reaper")) yield;
      if (mm.oomSkip.value !== 0) {
        yield* putTaskStruct(k, victim);
        continue;
      }
    }
    yield* oomReapTask(k, victim);
  }
}

/**
 * MMF_OOM_SKIP: the reaper keeps out, and the OOM killer looks for somebody else. Who sets it while tearing the mm down must have
 * unmapped what the reaper would have taken.
 */
export function* hideMm(k: Kernel, mm: Mm, site: string): Path {
  if (k.write(mm.oomSkip, site)) yield;
  mm.oomSkip.value = 1;
  // Nobody looks on where nothing is explored, and a walk over every page would cost the library more than exit itself.
  if (!k.exploring) return;
  const left = reapablePages(k, mm);
  if (left > 0) {
    k.note("hidden-too-early", {
      message: `the OOM killer is told to leave ${k.rowName(mm)} alone and look elsewhere while ${left} of its pages are still mapped`,
      objects: [k.rowName(mm)],
    });
  }
}

/** Entries that the reaper could clear. A look from outside: no step. */
function reapablePages(k: Kernel, mm: Mm): number {
  return k.aside(() => {
    let pages = 0;
    for (let vma = mm.tree.find(0); vma !== null; vma = mm.tree.find(mm.tree.foundEnd)) {
      if (!isReapable(k, vma)) continue;
      for (let page = vma.start; page < vma.end; page++) if (entryAt(k, mm, page) !== NO_ENTRY) pages++;
    }
    return pages;
  });
}

/** May the reaper take this area? (can_madv_lru_vma, and private) */
function isReapable(k: Kernel, vma: Vma): boolean {
  if ((vma.flags & (VM_HUGETLB | VM_PFNMAP)) !== 0) return false;
  if (k.designs.oomEligible.skipsLocked && (vma.flags & VM_LOCKED) !== 0) return false;
  return vma.file === null || (vma.flags & VM_SHARED) === 0;
}

/** Attempts until one succeeds, then MMF_OOM_SKIP in any case (oom_reap_task). */
export function* oomReapTask(k: Kernel, victim: TaskStruct): Path {
  let mm = victim.oomMm;
  if (!k.designs.oomMmRef.kept) {
    // find_lock_task_mm: a task that has let go of its mm leads nowhere
    if (k.lock(victim.lock, "oom_reap_task")) yield;
    mm = victim.mm;
    if (mm !== null) {
      if (mmgrab(k, mm, "oom_reap_task")) yield;
    }
    if (k.unlock(victim.lock, "oom_reap_task")) yield;
  }
  if (mm === null) {
    yield* putTaskStruct(k, victim);
    return;
  }
  // The kernel tries ten times, a tenth of a second apart; here it tries again once the writer has let go.
  while (!(yield* k.designs.exitReaperSync.reap(k, mm))) {
    if (k.await(UNLOCKED, [{ word: mm.mmapLock.word, value: 0 }], "oom_reap_task")) yield;
  }
  if (k.write(mm.oomSkip, "oom_reap_task")) yield;
  mm.oomSkip.value = 1;
  if (!k.designs.oomMmRef.kept) yield* mmdrop(k, mm, "oom_reap_task");
  yield* putTaskStruct(k, victim);
}

/**
 * One attempt of the reaper that holds no user of the mm (oom_reap_task_mm, 4.14 and later): under the read lock,
 * MMF_OOM_SKIP says whether the mm is still there to be reaped. false = the lock was not to be had.
 */
export function* reapUnlessSkipped(k: Kernel, mm: Mm): Path<boolean> {
  if (k.readTryLock(mm.mmapLock, "oom_reap_task_mm")) yield;
  if (k.result === 0) return false;
  let done = true;
  let leaves = false;
  if (mm.hasNotifiers && k.designs.oomNotifier.givesUp) {
    if (k.read(mm.notifiers, "oom_reap_task_mm")) yield;
    leaves = mm.notifiers.value !== 0;
  }
  if (!leaves) {
    if (k.read(mm.oomSkip, "oom_reap_task_mm")) yield;
    if (mm.oomSkip.value === 0) {
      k.witness(`the reaper reaps ${k.rowName(mm)}`);
      done = yield* reapVmas(k, mm);
    }
  }
  if (k.readUnlock(mm.mmapLock, "oom_reap_task_mm")) yield;
  return done;
}

/**
 * Zaps what can be zapped without freeing tables or VMAs (__oom_reap_task_mm). Requires mmap_lock for reading, or that
 * the caller is the one who tears the mm down. false = a notifier refused some VMA.
 */
export function* reapVmas(k: Kernel, mm: Mm): Path<boolean> {
  // Before the first zap: no fault may answer with zeros from here on.
  if (k.write(mm.unstable, "__oom_reap_task_mm")) yield;
  mm.unstable.value = 1;
  const eligible: Vma[] = [];
  for (let vma = mm.tree.find(0); vma !== null; vma = mm.tree.find(mm.tree.foundEnd)) {
    if (isReapable(k, vma)) eligible.push(vma);
  }
  if (k.designs.oomOrder.down) eligible.reverse();
  const whole = k.designs.oomGather.wholeMm ? beginGather(mm, true) : null;
  let all = true;
  for (const vma of eligible) {
    const reaped = yield* reapVma(k, mm, vma, whole ?? beginGather(mm, false), whole === null);
    if (!reaped) all = false;
  }
  if (whole !== null) yield* finishGather(k, whole);
  return all;
}

/**
 * One VMA: gather, tell the notifiers, zap, flush. false = a notifier refused.
 * @param finishes the gather is for this VMA alone
 */
function* reapVma(k: Kernel, mm: Mm, vma: Vma, gather: Gather, finishes: boolean): Path<boolean> {
  if (!mm.hasNotifiers || !k.designs.oomNotifier.asks) {
    yield* unmapPageRange(k, gather, vma, "__oom_reap_task_mm");
    if (finishes) yield* finishGather(k, gather);
    return true;
  }
  const open = k.alloc(openGathers);
  open.mm = mm;
  if (k.read(mm.notifiers, "mmu_notifier_invalidate_range_start_nonblock")) yield;
  const refused =
    mm.notifiers.value !== 0 && k.fails("mmu_notifier_invalidate_range_start_nonblock: it would block");
  if (refused) k.witness(`a notifier refuses the reaper in ${k.rowName(mm)}`);
  else yield* unmapPageRange(k, gather, vma, "__oom_reap_task_mm");
  if (!refused || k.designs.oomRefuse.finishesGather) {
    if (finishes) yield* finishGather(k, gather);
    if (k.free(open, "tlb_finish_mmu")) yield;
  }
  return !refused;
}

/**
 * The task lets go of its address space (exit_mm up to its mmput). Its CPU goes on with the page tables: where the scenario follows
 * CPUs, it borrows them from here on, with a reference.
 */
export function* exitMm(k: Kernel, task: TaskStruct): Path<Mm | null> {
  if (task.activeMm !== null) {
    if (mmgrabLazyTlb(k, task.activeMm, "exit_mm")) yield;
  }
  if (k.lock(task.lock, "exit_mm")) yield;
  const mm = task.mm;
  task.mm = null;
  if (k.unlock(task.lock, "exit_mm")) yield;
  return mm;
}

/** The process ends, killed or of its own accord: that makes no difference here (the part of do_exit that meets its mm). */
export function* doExit(k: Kernel, task: TaskStruct): Path {
  task.exited = true;
  const mm = yield* exitMm(k, task);
  if (mm !== null) yield* mmput(k, mm, "exit_mm");
  yield* putTaskStruct(k, task);
}

/** One reference to the task less; the last takes signal->oom_mm with it (put_task_struct, free_signal_struct). */
export function* putTaskStruct(k: Kernel, task: TaskStruct): Path {
  if (k.decAndTest(task.usage, "put_task_struct")) yield;
  if (k.result === 0) return;
  const mm = task.oomMm;
  task.oomMm = null;
  if (mm !== null) yield* mmdrop(k, mm, "free_signal_struct");
}
