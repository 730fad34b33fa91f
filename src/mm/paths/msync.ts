/**
 * msync() and mincore(): looks at a range, area by area.
 *
 * Kernel counterpart: mm/msync.c, do_mincore in mm/mincore.c (6.18).
 * Simplified: nothing is written back, nothing has to be.
 */
import type { Path } from "../../sched/index.ts";
import { EBUSY, EINTR, ENOMEM } from "../errno.ts";
import type { Kernel } from "../kernel.ts";
import type { Mm } from "../mm-struct.ts";
import { MS_ASYNC, MS_INVALIDATE } from "../mman.ts";
import {
  entrySlot,
  GUARD,
  isPresent,
  isSwap,
  isZeroPage,
  NO_ENTRY,
  pteTables,
  REGION_PAGES,
} from "../page-table.ts";
import { cachedPage } from "../swap.ts";
import { VM_LOCKED, type Vma } from "../vma.ts";
import { findVma } from "../vma-tree.ts";

/** msync(2) for a range of pages, not empty, with flags that are sound. -ENOMEM where something is not mapped. */
export function* msync(k: Kernel, mm: Mm, page: number, pages: number, flags: number): Path<number> {
  const end = page + pages;
  let start = page;
  let hole = 0;
  let error = ENOMEM;
  if (k.readLock(mm.mmapLock, "msync")) yield;
  for (let vma = findVma(k, mm, start); vma !== null; vma = findVma(k, mm, start)) {
    if (start < vma.start) {
      if (flags === MS_ASYNC) break;
      start = vma.start;
      if (start >= end) break;
      hole = ENOMEM;
    }
    if ((flags & MS_INVALIDATE) !== 0 && (vma.flags & VM_LOCKED) !== 0) {
      error = EBUSY;
      break;
    }
    start = vma.end;
    if (start >= end) {
      error = hole;
      break;
    }
  }
  if (k.readUnlock(mm.mmapLock, "msync")) yield;
  return error;
}

/**
 * mincore(2): one number per page into `seen`, 1 where the page is in memory. -ENOMEM at the first page that is not mapped.
 */
export function* mincore(k: Kernel, mm: Mm, page: number, pages: number, seen: number[]): Path<number> {
  if (k.readLockKillable(mm.mmapLock, "mincore")) yield;
  if (k.interrupted) return EINTR;
  let error = 0;
  for (let at = page; at < page + pages && error === 0; at++) {
    const vma = findVma(k, mm, at, at + 1);
    if (vma === null) error = ENOMEM;
    else seen.push((yield* inMemory(k, vma, at)) ? 1 : 0);
  }
  if (k.readUnlock(mm.mmapLock, "mincore")) yield;
  return error;
}

/** A mapped page, or one of the page cache that a fault would find (mincore_pte_range, __mincore_unmapped_range). */
function* inMemory(k: Kernel, vma: Vma, page: number): Path<boolean> {
  const { mm, file } = vma;
  if (k.loadAcquire(mm.directory, "mincore_pte_range")) yield;
  const region = mm.directory.get(Math.floor(page / REGION_PAGES));
  if (region !== 0) {
    const table = k.rowOf(pteTables, region - 1);
    if (k.lock(table.ptl, "mincore_pte_range")) yield;
    const entry = table.entries.get(page % REGION_PAGES);
    if (k.unlock(table.ptl, "mincore_pte_range")) yield;
    if (isSwap(entry)) {
      const slot = entrySlot(k, entry);
      if (k.read(slot.map, "mincore_page")) yield;
      return cachedPage(k, slot.map.value) !== null;
    }
    // Behind a guard there may be a page of the file.
    if (entry !== NO_ENTRY && entry !== GUARD) return isPresent(entry) || isZeroPage(entry);
  }
  // can_do_mincore: what belongs to nobody is said to be there
  if (vma.special !== null) return true;
  if (file === null) return false;
  if (k.loadAcquire(file.mapping.pages, "mincore_page")) yield;
  return file.mapping.pages.get(vma.pgoff + page - vma.start) !== 0;
}
