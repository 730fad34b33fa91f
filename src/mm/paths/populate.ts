/**
 * Faulting in a range on behalf of its owner: MAP_POPULATE, mlock, MADV_POPULATE_*.
 *
 * Kernel counterpart: __mm_populate, populate_vma_page_range, faultin_page_range in mm/gup.c (6.18).
 * Simplified: the lock is kept over all pages of one VMA.
 */
import type { Path } from "../../sched/index.ts";
import { EFAULT, EINVAL, ENOMEM } from "../errno.ts";
import type { Kernel } from "../kernel.ts";
import type { Mm } from "../mm-struct.ts";
import {
  VM_ACCESS_FLAGS,
  VM_IO,
  VM_LOCKONFAULT,
  VM_PFNMAP,
  VM_READ,
  VM_SHARED,
  VM_WRITE,
  type Vma,
} from "../vma.ts";
import { findVma } from "../vma-tree.ts";
import { handleMmFault } from "./fault.ts";

/** Faults in `[start, end)` of one VMA (populate_vma_page_range). 0, -EFAULT or -ENOMEM. Requires mmap_lock. */
export function* populateVma(k: Kernel, vma: Vma, start: number, end: number): Path<number> {
  const { flags } = vma;
  if ((flags & VM_LOCKONFAULT) !== 0) return 0;
  // A private writable page is written to, so that no fault is left for later; all others are read, by force.
  const write = (flags & (VM_WRITE | VM_SHARED)) === VM_WRITE;
  if ((flags & VM_ACCESS_FLAGS) === 0) return EFAULT;
  if ((flags & (VM_IO | VM_PFNMAP)) !== 0) return EFAULT;
  for (let page = start; page < end; page++) {
    const seen = yield* handleMmFault(k, vma, page, write);
    if (seen < 0) return seen === ENOMEM ? ENOMEM : EFAULT;
  }
  return 0;
}

/** Faults in a page range over several VMAs, holes skipped (__mm_populate). The first error ends it. */
export function* mmPopulate(
  k: Kernel,
  mm: Mm,
  start: number,
  end: number,
  ignoreErrors: boolean,
): Path<number> {
  if (k.readLock(mm.mmapLock, "__mm_populate")) yield;
  let error = 0;
  for (let vma = findVma(k, mm, start, end); vma !== null; vma = findVma(k, mm, vma.end, end)) {
    if ((vma.flags & (VM_IO | VM_PFNMAP)) !== 0) continue;
    error = yield* populateVma(k, vma, Math.max(start, vma.start), Math.min(end, vma.end));
    if (error !== 0 && !ignoreErrors) break;
    error = 0;
  }
  if (k.readUnlock(mm.mmapLock, "__mm_populate")) yield;
  return error;
}

/** MADV_POPULATE_READ and MADV_POPULATE_WRITE (madvise_populate). 0, -ENOMEM (hole), -EINVAL (not allowed), -EFAULT. */
export function* madvisePopulate(
  k: Kernel,
  mm: Mm,
  start: number,
  end: number,
  write: boolean,
): Path<number> {
  if (k.readLock(mm.mmapLock, "madvise_populate")) yield;
  let error = 0;
  for (let page = start; page < end && error === 0; ) {
    const vma = findVma(k, mm, page, page + 1);
    if (vma === null) error = ENOMEM;
    else if (!mayPopulate(vma, write)) error = EINVAL;
    else {
      for (const stop = Math.min(end, vma.end); page < stop && error === 0; page++) {
        const seen = yield* handleMmFault(k, vma, page, write);
        if (seen < 0) error = seen === ENOMEM ? ENOMEM : EFAULT;
      }
    }
  }
  if (k.readUnlock(mm.mmapLock, "madvise_populate")) yield;
  return error;
}

/** check_vma_flags() without force. */
function mayPopulate(vma: Vma, write: boolean): boolean {
  if ((vma.flags & (VM_IO | VM_PFNMAP)) !== 0) return false;
  return (vma.flags & (write ? VM_WRITE : VM_READ)) !== 0;
}
