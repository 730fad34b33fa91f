/**
 * Lazy TLB: a kernel thread has no address space and goes on with the page tables of whoever ran before it.
 *
 *     user A -> kernel thread      the thread borrows A's page tables: one mm_count more, A's own users stay as they are
 *     A exits (on its own CPU)     exit_mm() borrows them too, for the time until the next switch
 *     kernel thread -> user B      B's page tables are loaded, then, behind the switch, the borrowed mm is dropped
 *
 * So the last mmdrop(), and with it __mmdrop(), may come long after exit_mmap(), in another task, on another CPU.
 *
 * Kernel counterpart: context_switch(), finish_task_switch() in kernel/sched/core.c; mmgrab_lazy_tlb() in
 * include/linux/sched/mm.h; exec_mmap() in fs/exec.c (6.12).
 * Simplified: the set of CPUs that use an mm is a number; init_mm, which a CPU falls back to, is nobody's and not counted.
 */
import type { Path, Suspend } from "../../sched/index.ts";
import { EINTR } from "../errno.ts";
import type { Kernel, TaskStruct } from "../kernel.ts";
import type { Mm } from "../mm-struct.ts";
import { mmdrop, mmdropSched, mmgrab, mmput } from "./lifetime.ts";

/** A reference for who borrows the page tables. */
export function mmgrabLazyTlb(k: Kernel, mm: Mm, site: string): Suspend {
  return k.designs.lazyTlbRef.counts ? mmgrab(k, mm, site) : false;
}

/**
 * The CPU that runs `prev` goes on with `next` (context_switch and finish_task_switch). A task with an mm uses its own page tables,
 * one without borrows those of `prev`.
 */
export function* contextSwitch(k: Kernel, prev: TaskStruct, next: TaskStruct): Path {
  const active = prev.activeMm;
  if (active === null) throw new Error("contextSwitch: the task that ran has no active_mm; set it at set-up");
  const own = next.mm;
  if (own === null) {
    // enter_lazy_tlb: the page tables stay loaded
    next.activeMm = active;
    if (prev.mm !== null) {
      if (mmgrabLazyTlb(k, active, "context_switch")) yield;
    } else prev.activeMm = null; // the reference is handed on with them
    return;
  }
  // switch_mm_irqs_off
  next.activeMm = own;
  if (active !== own) {
    if (k.add(own.cpus, 1, "switch_mm_irqs_off")) yield;
    if (k.add(active.cpus, -1, "switch_mm_irqs_off")) yield;
  }
  if (prev.mm !== null) return;
  prev.activeMm = null;
  if (k.designs.lazyTlbRef.counts) yield* mmdropSched(k, active, "finish_task_switch");
}

/**
 * The task goes on with a new address space (exec_mmap). 0, or -EINTR when a fatal signal came first.
 * Requires one user of `mm`, which the task takes over.
 */
export function* execMmap(k: Kernel, task: TaskStruct, mm: Mm): Path<number> {
  const { mm: old, activeMm: active } = task;
  if (old !== null) {
    if (k.readLockKillable(old.mmapLock, "exec_mmap")) yield;
    if (k.interrupted) return EINTR;
  }
  if (k.lock(task.lock, "exec_mmap")) yield;
  task.mm = mm;
  task.activeMm = mm;
  if (k.unlock(task.lock, "exec_mmap")) yield;
  if (active !== null && active !== mm) {
    // activate_mm
    if (k.add(mm.cpus, 1, "exec_mmap")) yield;
    if (k.add(active.cpus, -1, "exec_mmap")) yield;
  }
  if (old !== null) {
    if (k.readUnlock(old.mmapLock, "exec_mmap")) yield;
    yield* mmput(k, old, "exec_mmap");
  } else if (active !== null && k.designs.lazyTlbRef.counts) yield* mmdrop(k, active, "exec_mmap");
  return 0;
}
