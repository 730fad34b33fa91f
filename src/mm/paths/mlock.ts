/**
 * mlock() and its kin: memory that stays.
 *
 * Kernel counterpart: do_mlock, apply_vma_lock_flags, mlock_fixup, apply_mlockall_flags in mm/mlock.c (6.18).
 */
import type { Path } from "../../sched/index.ts";
import { canDoMlock, wholePages } from "../accounting.ts";
import { PAGES_64 } from "../bytes.ts";
import { EAGAIN, EFAULT, EINTR, EINVAL, ENOMEM, EPERM } from "../errno.ts";
import type { Kernel } from "../kernel.ts";
import type { Mm } from "../mm-struct.ts";
import { MCL_CURRENT, MCL_FUTURE, MCL_ONFAULT } from "../mman.ts";
import { TASK_PAGES } from "../system.ts";
import {
  VM_DROPPABLE,
  VM_HUGETLB,
  VM_LOCKED,
  VM_LOCKED_MASK,
  VM_LOCKONFAULT,
  VM_SPECIAL,
  type Vma,
} from "../vma.ts";
import { findVma } from "../vma-tree.ts";
import { modifyFlags, resetFlags } from "./merge.ts";
import { mmPopulate } from "./populate.ts";
import { endWriteAll } from "./vma-lock.ts";

/** mlock(2), or mlock2(2) with MLOCK_ONFAULT, for a range rounded outwards to pages. */
export function* mlock(k: Kernel, mm: Mm, page: number, pages: number, onFault: boolean): Path<number> {
  if (!canDoMlock(mm)) return EPERM;
  if (k.writeLockKillable(mm.mmapLock, "do_mlock")) yield;
  if (k.interrupted) return EINTR;
  const { limits } = mm;
  const limit = wholePages(limits.memlock);
  let locked = pages + mm.lockedVm;
  if (locked > limit && !limits.mayLockAll) locked -= lockedPagesIn(k, mm, page, page + pages);
  let error = ENOMEM;
  if (locked <= limit || limits.mayLockAll) {
    error = yield* applyLock(k, mm, page, pages, VM_LOCKED | (onFault ? VM_LOCKONFAULT : 0));
  }
  if (endWriteAll(k, mm, "do_mlock")) yield;
  if (k.writeUnlock(mm.mmapLock, "do_mlock")) yield;
  if (error !== 0) return error;
  // Flags stay when the range cannot be faulted in.
  const populated = yield* mmPopulate(k, mm, page, page + pages, false);
  if (populated === EFAULT) return ENOMEM;
  return populated === ENOMEM ? EAGAIN : populated;
}

/** munlock(2) for a range rounded outwards to pages. */
export function* munlock(k: Kernel, mm: Mm, page: number, pages: number): Path<number> {
  if (k.writeLockKillable(mm.mmapLock, "munlock")) yield;
  if (k.interrupted) return EINTR;
  const error = yield* applyLock(k, mm, page, pages, 0);
  if (endWriteAll(k, mm, "munlock")) yield;
  if (k.writeUnlock(mm.mmapLock, "munlock")) yield;
  return error;
}

/** count_mm_mlocked_page_nr(): what is locked already is not asked for again. */
function lockedPagesIn(k: Kernel, mm: Mm, start: number, end: number): number {
  let count = 0;
  for (let vma = findVma(k, mm, start, end); vma !== null; vma = findVma(k, mm, vma.end, end)) {
    if ((vma.flags & VM_LOCKED) !== 0) count += Math.min(end, vma.end) - Math.max(start, vma.start);
  }
  return count;
}

/** apply_vma_lock_flags(): areas before a hole or an error stay changed. */
function* applyLock(k: Kernel, mm: Mm, page: number, pages: number, lock: number): Path<number> {
  if (page + pages >= PAGES_64) return EINVAL; // wrapped around
  if (pages === 0) return 0;
  const end = page + pages;
  let start = page;
  let vma = findVma(k, mm, start, start + 1);
  while (vma !== null) {
    const stop = Math.min(vma.end, end);
    const error: number = yield* lockVma(k, vma, start, stop, (vma.flags & ~VM_LOCKED_MASK) | lock);
    if (error !== 0) return error;
    start = stop;
    if (start >= end) return 0;
    vma = findVma(k, mm, start, start + 1);
  }
  return ENOMEM;
}

/** mlock_fixup(): areas of the kernel's own and droppable ones are passed over in silence. */
function* lockVma(k: Kernel, vma: Vma, start: number, end: number, flags: number): Path<number> {
  const { mm, flags: old } = vma;
  if (flags === old || (old & (VM_SPECIAL | VM_HUGETLB | VM_DROPPABLE)) !== 0) return 0;
  const target = yield* modifyFlags(k, vma, start, end, flags);
  if (typeof target === "number") return target;
  if ((flags & VM_LOCKED) === 0) mm.lockedVm = mm.lockedVm - (end - start);
  else if ((old & VM_LOCKED) === 0) mm.lockedVm = mm.lockedVm + (end - start);
  resetFlags(target, flags);
  return 0;
}

/** mlockall(2). */
export function* mlockall(k: Kernel, mm: Mm, asked: number): Path<number> {
  if (asked === 0 || (asked & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT)) !== 0 || asked === MCL_ONFAULT)
    return EINVAL;
  if (!canDoMlock(mm)) return EPERM;
  if (k.writeLockKillable(mm.mmapLock, "mlockall")) yield;
  if (k.interrupted) return EINTR;
  const current = (asked & MCL_CURRENT) !== 0;
  const fits = mm.totalVm <= wholePages(mm.limits.memlock);
  const error = !current || fits || mm.limits.mayLockAll ? 0 : ENOMEM;
  if (error === 0) yield* applyToAll(k, mm, asked);
  if (endWriteAll(k, mm, "mlockall")) yield;
  if (k.writeUnlock(mm.mmapLock, "mlockall")) yield;
  if (error === 0 && current) yield* mmPopulate(k, mm, 0, TASK_PAGES, true);
  return error;
}

/** munlockall(2). */
export function* munlockall(k: Kernel, mm: Mm): Path<number> {
  if (k.writeLockKillable(mm.mmapLock, "munlockall")) yield;
  if (k.interrupted) return EINTR;
  yield* applyToAll(k, mm, 0);
  if (endWriteAll(k, mm, "munlockall")) yield;
  if (k.writeUnlock(mm.mmapLock, "munlockall")) yield;
  return 0;
}

/** apply_mlockall_flags(): errors of single areas are ignored. */
function* applyToAll(k: Kernel, mm: Mm, asked: number): Path {
  const onFault = (asked & MCL_ONFAULT) !== 0 ? VM_LOCKONFAULT : 0;
  const future = (asked & MCL_FUTURE) !== 0 ? VM_LOCKED | onFault : 0;
  mm.defFlags = (mm.defFlags & ~VM_LOCKED_MASK) | future;
  if (future !== 0 && (asked & MCL_CURRENT) === 0) return;
  const lock = (asked & MCL_CURRENT) !== 0 ? VM_LOCKED | onFault : 0;
  let from = 0;
  for (let vma = findVma(k, mm, from); vma !== null; vma = findVma(k, mm, from)) {
    from = vma.end;
    yield* lockVma(k, vma, vma.start, vma.end, (vma.flags & ~VM_LOCKED_MASK) | lock);
  }
}
