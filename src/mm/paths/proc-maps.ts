/**
 * /proc/PID/maps: a reader that reaches an mm through its task and may turn out to be its last user.
 *
 * Kernel counterpart: get_task_mm() in kernel/fork.c, m_start/m_next/m_stop in fs/proc/task_mmu.c (6.12; mmap_lock
 * held per read).
 * Simplified: one read() sees the whole map; ptrace access checks always pass.
 */
import type { Path } from "../../sched/index.ts";
import type { Kernel, TaskStruct } from "../kernel.ts";
import type { Mm } from "../mm-struct.ts";
import { findVma } from "../vma-tree.ts";
import { mmdrop, mmget, mmgetNotZero, mmgrab, mmput } from "./lifetime.ts";

/** A user of the task's mm, or null when it has none any more (get_task_mm). */
export function* getTaskMm(k: Kernel, task: TaskStruct): Path<Mm | null> {
  if (k.lock(task.lock, "get_task_mm")) yield;
  const mm = task.mm;
  if (mm !== null) {
    if (mmget(k, mm, "get_task_mm")) yield;
  }
  if (k.unlock(task.lock, "get_task_mm")) yield;
  return mm;
}

/**
 * Opens, reads and closes /proc/PID/maps: an open file holds the structure, a read() in progress a user. Returns the areas it saw, as
 * [start, end) page numbers: none where the address space is gone; null = no process.
 */
export function* readProcMaps(k: Kernel, task: TaskStruct): Path<[number, number][] | null> {
  const mm = yield* getTaskMm(k, task);
  if (mm === null) return null;
  // proc_mem_open: an open file must not keep the memory
  if (mmgrab(k, mm, "proc_mem_open")) yield;
  yield* mmput(k, mm, "proc_mem_open");
  const seen = yield* readMaps(k, mm);
  yield* mmdrop(k, mm, "proc_map_release");
  return seen;
}

/** One read() of the file (m_start to m_stop). */
function* readMaps(k: Kernel, mm: Mm): Path<[number, number][]> {
  const seen: [number, number][] = [];
  if (mmgetNotZero(k, mm, "m_start")) yield;
  if (k.result === 0) return seen;
  if (k.readLockKillable(mm.mmapLock, "m_start")) yield;
  if (!k.interrupted) {
    k.witness(`maps reads ${k.rowName(mm)}`);
    for (let vma = findVma(k, mm, 0); vma !== null; vma = findVma(k, mm, mm.tree.foundEnd)) {
      seen.push([vma.start, vma.end]);
    }
    if (k.readUnlock(mm.mmapLock, "m_stop")) yield;
  }
  yield* mmput(k, mm, "m_stop");
  return seen;
}

/**
 * A visitor no kernel has: takes any mm it can get a user of, locks it for reading and walks it without looking at
 * any flag. What it meets in the window of a failed fork is what the next such visitor would meet.
 */
export function* probe(k: Kernel, mm: Mm): Path<number> {
  let seen = 0;
  if (k.readLock(mm.mmapLock, "probe")) yield;
  k.witness(`the probe walks ${k.rowName(mm)}`);
  for (let vma = findVma(k, mm, 0); vma !== null; vma = findVma(k, mm, mm.tree.foundEnd)) {
    seen += vma.end - vma.start;
  }
  if (k.readUnlock(mm.mmapLock, "probe")) yield;
  return seen;
}
