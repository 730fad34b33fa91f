/**
 * Walkers that begin at the first VMA of somebody, who may have none: migrate_pages(), the NUMA scan, smaps_rollup.
 *
 * An address space without VMAs is legal: user space can unmap everything, and a fork that fails leaves one behind for a moment.
 *
 * Kernel counterpart: migrate_to_node() in mm/mempolicy.c, task_numa_work() in kernel/sched/fair.c, show_smaps_rollup() in
 * fs/proc/task_mmu.c (6.12).
 * Simplified: what is done to the pages is left out; the walk is.
 */
import type { Path } from "../../sched/index.ts";
import type { EmptyWalk } from "../decisions.ts";
import { EINTR } from "../errno.ts";
import type { Kernel, TaskStruct } from "../kernel.ts";
import type { Mm } from "../mm-struct.ts";
import { findVma, orNull } from "../vma-tree.ts";
import { mmput } from "./lifetime.ts";
import { getTaskMm } from "./proc-maps.ts";

/** Pages of all VMAs, first to last. Requires mmap_lock. `looks`: is there a first one? */
function walkFromFirst(k: Kernel, mm: Mm, from: number, { looks }: EmptyWalk, site: string): number {
  let vma = findVma(k, mm, from);
  if (vma === null && looks) {
    k.witness(`${site} finds no VMA`);
    return 0;
  }
  k.at(site);
  let pages = 0;
  for (vma = orNull(k, vma); vma !== null; vma = findVma(k, mm, mm.tree.foundEnd))
    pages += vma.end - vma.start;
  return pages;
}

/** Moves the pages of another process to other nodes (migrate_pages, migrate_to_node). Returns the pages it looked at. */
export function* migratePages(k: Kernel, task: TaskStruct): Path<number> {
  const mm = yield* getTaskMm(k, task);
  if (mm === null) return 0;
  if (k.readLock(mm.mmapLock, "migrate_to_node")) yield;
  const pages = walkFromFirst(k, mm, 0, k.designs.mempolicyEmpty, "migrate_to_node");
  if (k.readUnlock(mm.mmapLock, "migrate_to_node")) yield;
  yield* mmput(k, mm, "migrate_pages");
  return pages;
}

/**
 * The task's own work for NUMA balancing, from page `offset`, where the last round ended (task_numa_work). Behind the last VMA it
 * begins again at the first. Returns the pages it looked at.
 */
export function* taskNumaWork(k: Kernel, task: TaskStruct, offset: number): Path<number> {
  const { mm } = task;
  if (mm === null) return 0;
  if (k.readTryLock(mm.mmapLock, "task_numa_work")) yield;
  if (k.result === 0) return 0;
  const wraps = findVma(k, mm, offset) === null;
  const pages = walkFromFirst(k, mm, wraps ? 0 : offset, k.designs.numaEmpty, "task_numa_work");
  if (k.readUnlock(mm.mmapLock, "task_numa_work")) yield;
  return pages;
}

/** Reads /proc/PID/smaps_rollup. Returns the pages of all areas, or -EINTR. */
export function* readSmapsRollup(k: Kernel, task: TaskStruct): Path<number> {
  const mm = yield* getTaskMm(k, task);
  if (mm === null) return 0;
  if (k.readLockKillable(mm.mmapLock, "show_smaps_rollup")) yield;
  let pages = EINTR;
  if (!k.interrupted) {
    pages = walkFromFirst(k, mm, 0, k.designs.rollupEmpty, "show_smaps_rollup");
    if (k.readUnlock(mm.mmapLock, "show_smaps_rollup")) yield;
  }
  yield* mmput(k, mm, "smaps_rollup_release");
  return pages;
}
