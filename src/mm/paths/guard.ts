/**
 * Guard regions: pages that fault although the area allows the access. They are entries of the page table, so they cost no
 * area; what discards pages leaves them, what unmaps takes them along.
 *
 *     install   pages go, markers come       remove   markers go       fork, mremap   markers are copied, moved
 *
 * Kernel counterpart: madvise_guard_install, madvise_guard_remove in mm/madvise.c (6.18).
 * Simplified: the kernel tries three times before it asks to be called again; here the second try finds nothing in the way.
 */
import type { Path } from "../../sched/index.ts";
import { EINVAL, ENOMEM } from "../errno.ts";
import type { Kernel } from "../kernel.ts";
import { GUARD, NO_ENTRY, pteAlloc, pteTables, REGION_PAGES, setEntry } from "../page-table.ts";
import { isAnonymous, VM_LOCKED, VM_MAYBE_GUARD, type Vma } from "../vma.ts";
import { anonVmaPrepare } from "./anon-vma.ts";
import { zapSingle } from "./exit.ts";

/** MADV_GUARD_INSTALL on a part of one area. 0, -EINVAL or -ENOMEM. Requires mmap_lock. */
export function* installGuards(k: Kernel, vma: Vma, start: number, end: number): Path<number> {
  if (!k.designs.madviseGuard.fits(vma) || (vma.flags & VM_LOCKED) !== 0) return EINVAL;
  // The markers must be copied at fork, and that is what the mark or an anon_vma asks for, of a shared file as well.
  const { marks } = k.designs.madviseGuard;
  if (marks) vma.flags = vma.flags | VM_MAYBE_GUARD;
  if ((!marks || isAnonymous(vma)) && (yield* anonVmaPrepare(k, vma)) !== 0) return ENOMEM;
  yield* zapSingle(k, vma.mm, start, end, "madvise_guard_install");
  for (let page = start; page < end; ) {
    const table = yield* pteAlloc(k, vma.mm, page);
    if (table === null) return ENOMEM;
    const base = page - (page % REGION_PAGES);
    const stop = Math.min(end - base, REGION_PAGES);
    if (k.lock(table.ptl, "guard_install_set_pte")) yield;
    for (let at = page - base; at < stop; at++) {
      if (table.entries.get(at) === NO_ENTRY) setEntry(k, table, at, GUARD);
    }
    if (k.unlock(table.ptl, "guard_install_set_pte")) yield;
    page = base + REGION_PAGES;
  }
  return 0;
}

/** MADV_GUARD_REMOVE on a part of one area; locked memory is no hindrance. 0 or -EINVAL. Requires mmap_lock. */
export function* removeGuards(k: Kernel, vma: Vma, start: number, end: number): Path<number> {
  if (!k.designs.madviseGuard.fits(vma)) return EINVAL;
  const { directory } = vma.mm;
  for (let page = start; page < end; ) {
    if (k.loadAcquire(directory, "madvise_guard_remove")) yield;
    const region = directory.next(Math.floor(page / REGION_PAGES));
    if (region < 0 || region * REGION_PAGES >= end) return 0;
    const table = k.rowOf(pteTables, directory.get(region) - 1);
    const base = region * REGION_PAGES;
    const stop = Math.min(end - base, REGION_PAGES);
    if (k.lock(table.ptl, "guard_remove_pte_entry")) yield;
    for (
      let at = table.entries.nextUsed(Math.max(page - base, 0), stop);
      at < stop;
      at = table.entries.nextUsed(at + 1, stop)
    ) {
      if (table.entries.get(at) === GUARD) setEntry(k, table, at, NO_ENTRY);
    }
    if (k.unlock(table.ptl, "guard_remove_pte_entry")) yield;
    page = base + REGION_PAGES;
  }
  return 0;
}
