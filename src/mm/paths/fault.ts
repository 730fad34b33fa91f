/**
 * Page faults: of a task on its own address space, and on its behalf by the kernel.
 *
 * Kernel counterpart: do_user_addr_fault in arch/x86/mm/fault.c, lock_mm_and_find_vma in mm/mmap_lock.c, handle_mm_fault
 * and do_anonymous_page, do_fault, do_wp_page, do_swap_page in mm/memory.c, filemap_fault in mm/filemap.c (6.12).
 * Simplified: faults take mmap_lock for reading unless a scenario asks for VMA locks; an area that grows is locked anew, not upgraded; no
 * fault-around, no readahead, no huge pages (where one would be used, one base page is); shared pages are writable at
 * the first write without asking the file system; a userfaultfd answers each fault with SIGBUS (UFFD_FEATURE_SIGBUS).
 */
import type { Path } from "../../sched/index.ts";
import type { Allocation } from "../allocation.ts";
import { ENOMEM } from "../errno.ts";
import type { Mapping } from "../file.ts";
import type { Kernel } from "../kernel.ts";
import { ANON_PAGES, FILE_PAGES, type Mm, SWAP_ENTRIES } from "../mm-struct.ts";
import { copyContents, type Page, pages, putPage } from "../page.ts";
import {
  entryPage,
  entrySlot,
  GUARD,
  isPresent,
  isSwap,
  isWritable,
  isZeroPage,
  NO_ENTRY,
  type PteTable,
  presentEntry,
  pteAlloc,
  REGION_PAGES,
  setEntry,
  ZERO_PAGE,
} from "../page-table.ts";
import { cachedPage, folioFreeSwap, getCachedPage, swapCount, swapFree, swapMap } from "../swap.ts";
import { fillTlb, flushTlb } from "../tlb.ts";
import { UFFD_MINOR, UFFD_MISSING } from "../userfault-ctx.ts";
import {
  isAnonymous,
  VM_ACCESS_FLAGS,
  VM_DROPPABLE,
  VM_GROWSDOWN,
  VM_HUGEPAGE,
  VM_NOHUGEPAGE,
  VM_SHARED,
  VM_WRITE,
  type Vma,
} from "../vma.ts";
import { findVma } from "../vma-tree.ts";
import { anonVmaPrepare } from "./anon-vma.ts";
import { expandDownwards } from "./stack.ts";
import { endWriteAll, isLockless, lockVmaUnderRcu, vmaEndRead } from "./vma-lock.ts";

const ANON_PAGE: Allocation = { site: "do_anonymous_page: page", gfp: "highuser" };
const COW_PAGE: Allocation = { site: "do_wp_page: page", gfp: "highuser" };
const SWAP_PAGE: Allocation = { site: "do_swap_page: page", gfp: "highuser" };
const CACHE_PAGE: Allocation = { site: "filemap_fault: page", gfp: "highuser" };
const PRIVATE_PAGE: Allocation = { site: "do_cow_fault: page", gfp: "highuser" };

/** The access was answered with SIGBUS: behind the end of the file, or the address space is being reaped. */
export const SIGBUS = -7;
/** The access was answered with SIGSEGV: nothing is mapped there (SEGV_MAPERR). */
export const SEGV_MAPERR = -11001;
/** The access was answered with SIGSEGV: what is mapped there does not allow it (SEGV_ACCERR). */
export const SEGV_ACCERR = -11002;

/**
 * User space touches `page`. With `data` it writes that number there; without, it reads.
 * Returns what it sees (>= 0), or SEGV_MAPERR, SEGV_ACCERR, SIGBUS, -ENOMEM.
 */
export function* access(k: Kernel, mm: Mm, page: number, data?: number): Path<number> {
  const write = data !== undefined;
  if (isLockless(k)) {
    const served = yield* accessUnderVmaLock(k, mm, page, write, data);
    if (served !== FALL_BACK) return served;
  }
  if (k.readLock(mm.mmapLock, "do_user_addr_fault")) yield;
  let vma = findVma(k, mm, page);
  if (vma === null || vma.start > page) {
    const grows = vma !== null && (vma.flags & VM_GROWSDOWN) !== 0;
    if (grows && !k.designs.stackGrow.underWriteLock) {
      const error = yield* expandDownwards(k, vma!, page);
      if (error !== 0) {
        if (k.readUnlock(mm.mmapLock, "do_user_addr_fault")) yield;
        return SEGV_MAPERR;
      }
    } else {
      if (k.readUnlock(mm.mmapLock, "do_user_addr_fault")) yield;
      if (!grows) return SEGV_MAPERR;
      vma = yield* growToFault(k, mm, page);
      if (vma === null) return SEGV_MAPERR;
    }
  }
  let result: number;
  if ((vma!.flags & (write ? VM_WRITE : VM_ACCESS_FLAGS)) === 0) result = SEGV_ACCERR;
  else result = yield* handleMmFault(k, vma!, page, write, data);
  if (k.readUnlock(mm.mmapLock, "do_user_addr_fault")) yield;
  return result;
}

/** The access cannot be served under the lock of the VMA: take mmap_lock. No error of the kernel. */
const FALL_BACK = -20001;

/** The first try of a fault, without mmap_lock (do_user_addr_fault with FAULT_FLAG_VMA_LOCK). */
function* accessUnderVmaLock(
  k: Kernel,
  mm: Mm,
  page: number,
  write: boolean,
  data: number | undefined,
): Path<number> {
  const vma = yield* lockVmaUnderRcu(k, mm, page);
  if (vma === null) {
    k.witness("a fault falls back to mmap_lock");
    return FALL_BACK;
  }
  let result = FALL_BACK;
  if ((vma.flags & (write ? VM_WRITE : VM_ACCESS_FLAGS)) === 0) result = SEGV_ACCERR;
  else {
    // An anon_vma may be shared with a neighbour, and only mmap_lock keeps those in place (vmf_anon_prepare).
    if (k.lock(mm.pageTableLock, "vmf_anon_prepare")) yield;
    const prepared = vma.anonVma !== null;
    if (k.unlock(mm.pageTableLock, "vmf_anon_prepare")) yield;
    if (prepared || !write || (vma.flags & VM_SHARED) !== 0) {
      k.witness("a fault under a VMA lock");
      result = yield* handleMmFault(k, vma, page, write, data);
    }
  }
  yield* vmaEndRead(k, vma);
  return result;
}

/** Lets the area above `page` grow down to it (the slow half of lock_mm_and_find_vma). Leaves the lock held for reading. */
function* growToFault(k: Kernel, mm: Mm, page: number): Path<Vma | null> {
  if (k.writeLock(mm.mmapLock, "lock_mm_and_find_vma")) yield;
  const vma = findVma(k, mm, page);
  let error = vma === null ? ENOMEM : 0;
  if (vma !== null && vma.start > page) error = yield* expandDownwards(k, vma, page);
  if (error !== 0) {
    if (endWriteAll(k, mm, "lock_mm_and_find_vma")) yield;
    if (k.writeUnlock(mm.mmapLock, "lock_mm_and_find_vma")) yield;
    return null;
  }
  if (endWriteAll(k, mm, "lock_mm_and_find_vma")) yield;
  if (k.downgrade(mm.mmapLock, "lock_mm_and_find_vma")) yield;
  return vma;
}

/**
 * Serves one access to an area that allows it, under mmap_lock (handle_mm_fault). Retries while the entry changes
 * underneath. Returns what is seen, or an error.
 * @param data written when given; a write without it leaves the contents as they are
 */
export function* handleMmFault(
  k: Kernel,
  vma: Vma,
  page: number,
  write: boolean,
  data?: number,
): Path<number> {
  const mm = vma.mm;
  if (mayBeHuge(k, vma, page)) {
    // do_huge_pmd_anonymous_page: the anon_vma comes first, even for a read
    if (k.loadAcquire(mm.directory, "create_huge_pmd")) yield;
    const empty = mm.directory.get(Math.floor(page / REGION_PAGES)) === 0;
    if (empty && !k.exploring) mm.hugeFaults = true;
    if (empty && (yield* anonVmaPrepare(k, vma)) !== 0) return ENOMEM;
  }
  const table = yield* pteAlloc(k, mm, page);
  if (table === null) return ENOMEM;
  const at = page % REGION_PAGES;
  for (;;) {
    if (k.lock(table.ptl, "handle_pte_fault")) yield;
    const entry = table.entries.get(at);
    if (isPresent(entry) && (!write || isWritable(entry))) {
      const mapped = entryPage(k, entry);
      if (write && mapped.lazy && (vma.flags & VM_DROPPABLE) === 0) mapped.lazy = false;
      if (data !== undefined) mapped.data = data;
      const seen = mapped.data;
      if (k.tlbs.length > 0) yield* fillTlb(k, mm, page, entry);
      if (k.unlock(table.ptl, "handle_pte_fault")) yield;
      return seen;
    }
    if (k.unlock(table.ptl, "handle_pte_fault")) yield;
    if (isZeroPage(entry) && !write) return 0;
    if (entry === GUARD) return SEGV_MAPERR;
    let result: number;
    if (entry === NO_ENTRY) {
      if (vma.file !== null) result = yield* doFault(k, vma, table, page, write, vma.file.mapping);
      else result = yield* doAnonymousPage(k, vma, table, page, write);
    } else if (isSwap(entry)) result = yield* doSwapPage(k, vma, table, page, entry);
    else result = yield* doWpPage(k, vma, table, page, entry);
    if (result < 0) return result;
  }
}

/** Would the kernel try a huge page here? (thp_vma_allowable_order, thp_vma_suitable_order) */
function mayBeHuge(k: Kernel, vma: Vma, page: number): boolean {
  const { thp } = k.system;
  if (thp === "never" || (vma.flags & VM_NOHUGEPAGE) !== 0) return false;
  if (thp === "madvise" && (vma.flags & VM_HUGEPAGE) === 0) return false;
  const first = page - (page % REGION_PAGES);
  return isAnonymous(vma) && vma.start <= first && first + REGION_PAGES <= vma.end;
}

/** A fresh page of zeros; for a read, the shared one (do_anonymous_page). 0, or an error; the caller looks again. */
function* doAnonymousPage(k: Kernel, vma: Vma, table: PteTable, page: number, write: boolean): Path<number> {
  let fresh: Page | null = null;
  if (write) {
    if ((yield* anonVmaPrepare(k, vma)) !== 0) return ENOMEM;
    if (k.allocating(ANON_PAGE)) yield;
    if (k.refused(ANON_PAGE)) return ENOMEM;
    fresh = newAnonPage(k, vma, page);
  }
  if (k.lock(table.ptl, "do_anonymous_page")) yield;
  const at = page % REGION_PAGES;
  let result = 0;
  let taken = false;
  if (table.entries.get(at) === NO_ENTRY) {
    // check_stable_address_space: after a reap, zeros must not stand where data was
    if (yield* isBeingReaped(k, vma, "do_anonymous_page")) result = SIGBUS;
    else if ((vma.uffdModes & UFFD_MISSING) !== 0) result = SIGBUS;
    else if (fresh === null) setEntry(k, table, at, ZERO_PAGE);
    else {
      taken = true;
      fresh.mapcount.add(1);
      setEntry(k, table, at, presentEntry(fresh, (vma.flags & VM_WRITE) !== 0));
      vma.mm.rss.add(ANON_PAGES);
    }
  }
  if (k.unlock(table.ptl, "do_anonymous_page")) yield;
  if (fresh !== null && !taken) yield* putPage(k, fresh, "do_anonymous_page");
  return result;
}

/** check_stable_address_space() */
function* isBeingReaped(k: Kernel, vma: Vma, site: string): Path<boolean> {
  if (!k.designs.faultUnstable.looks) return false;
  if (k.read(vma.mm.unstable, site)) yield;
  return vma.mm.unstable.value !== 0;
}

/** A page with one reference, for that place in the area; not mapped yet. */
export function newAnonPage(k: Kernel, vma: Vma, page: number): Page {
  const fresh = k.alloc(pages);
  if (k.naming) k.label(fresh, `page ${page.toString(16)} of ${k.rowName(vma.mm)}`);
  k.init(fresh.refs, 1);
  fresh.anonVma = vma.anonVma;
  // Never to be swapped out, whatever is written to it.
  if ((vma.flags & VM_DROPPABLE) !== 0) fresh.lazy = true;
  fresh.index = vma.pgoff + page - vma.start;
  return fresh;
}

/**
 * Lets rmap find a page that comes back from swap (__folio_set_anon). Others may refer to the same slot, so it goes to
 * the root, whose links lead to all of them; a page that never left the cache keeps the anon_vma it has. Requires the
 * folio lock.
 * Simplified: exclusive marks on swap entries are not kept, so a page nobody shares goes to the root as well.
 */
export function swapInAnonVma(page: Page, vma: Vma, at: number): void {
  if (page.anonVma !== null) return;
  page.anonVma = vma.anonVma!.root;
  // Whoever read the page in by its slot did not know where it belongs.
  page.index = vma.pgoff + at - vma.start;
}

/**
 * A page of a file (do_read_fault, do_cow_fault, do_shared_fault). 0, or an error; the caller looks again. A private
 * write prepares the anon_vma even when there is no page then.
 */
function* doFault(
  k: Kernel,
  vma: Vma,
  table: PteTable,
  page: number,
  write: boolean,
  mapping: Mapping,
): Path<number> {
  const at = page % REGION_PAGES;
  const index = vma.pgoff + page - vma.start;
  const cow = write && (vma.flags & VM_SHARED) === 0;
  let fresh: Page | null = null;
  if (cow) {
    if ((yield* anonVmaPrepare(k, vma)) !== 0) return ENOMEM;
    if (k.allocating(PRIVATE_PAGE)) yield;
    if (k.refused(PRIVATE_PAGE)) return ENOMEM;
    fresh = newAnonPage(k, vma, page);
  }
  const cached = yield* lockedPageOfFile(k, vma, mapping, index);
  if (typeof cached === "number") {
    if (fresh !== null) yield* putPage(k, fresh, "do_cow_fault");
    return cached;
  }
  // A private page may have been a copy with data of its own, which the reaper took: even for a read.
  if ((vma.flags & VM_SHARED) === 0 && (yield* isBeingReaped(k, vma, "finish_fault"))) {
    if (k.unlock(cached.lock, "do_fault")) yield;
    if (fresh !== null) yield* putPage(k, fresh, "do_cow_fault");
    yield* putPage(k, cached, "do_fault");
    return SIGBUS;
  }
  let taken = false;
  if (k.lock(table.ptl, "finish_fault")) yield;
  if (table.entries.get(at) === NO_ENTRY) {
    taken = true;
    const mapped = fresh ?? cached;
    if (fresh !== null) copyContents(k, fresh, cached);
    mapped.mapcount.add(1);
    setEntry(k, table, at, presentEntry(mapped, write));
    vma.mm.rss.add(fresh !== null ? ANON_PAGES : FILE_PAGES);
  }
  if (k.unlock(table.ptl, "finish_fault")) yield;
  if (k.unlock(cached.lock, "do_fault")) yield;
  if (fresh !== null && !taken) yield* putPage(k, fresh, "do_cow_fault");
  // Mapped: the reference is now the entry's.
  if (fresh !== null || !taken) yield* putPage(k, cached, "do_fault");
  return 0;
}

/**
 * The page of a file with a reference and its lock: as long as it is locked, truncation waits with it (filemap_fault).
 * SIGBUS behind the end of the file, or -ENOMEM.
 */
function* lockedPageOfFile(k: Kernel, vma: Vma, mapping: Mapping, index: number): Path<Page | number> {
  for (;;) {
    if (k.read(mapping.size, "filemap_fault")) yield;
    if (index >= mapping.size.value) return SIGBUS;
    if (vma.uffd !== null) {
      if (k.loadAcquire(mapping.pages, "shmem_get_folio_gfp")) yield;
      const event = mapping.pages.get(index) === 0 ? UFFD_MISSING : UFFD_MINOR;
      if ((vma.uffdModes & event) !== 0) return SIGBUS;
    }
    const page = yield* pageOfFile(k, mapping, index);
    if (page === null) return ENOMEM;
    if (k.lock(page.lock, "filemap_fault")) yield;
    if (k.loadAcquire(mapping.pages, "filemap_fault")) yield;
    const still = mapping.pages.get(index) === page.serial + 1;
    if (k.read(mapping.size, "filemap_fault")) yield;
    if (still && index < mapping.size.value) return page;
    // Truncated meanwhile.
    if (k.unlock(page.lock, "filemap_fault")) yield;
    yield* putPage(k, page, "filemap_fault");
  }
}

/** The page of a file, read in if need be, with a reference for the caller; null = no memory (filemap_get_folio). */
export function* pageOfFile(k: Kernel, mapping: Mapping, index: number): Path<Page | null> {
  for (;;) {
    if (k.loadAcquire(mapping.pages, "filemap_get_folio")) yield;
    const serial = mapping.pages.get(index);
    if (serial !== 0) {
      const cached = k.rowOf(pages, serial - 1);
      if (k.incNotZero(cached.refs, "filemap_get_folio")) yield;
      // Else truncation has just freed it.
      if (k.result !== 0) return cached;
      continue;
    }
    if (k.allocating(CACHE_PAGE)) yield;
    if (k.refused(CACHE_PAGE)) return null;
    const fresh = k.alloc(pages);
    if (k.naming) k.label(fresh, `page ${index} of ${k.rowName(mapping)}`);
    k.init(fresh.refs, 1);
    fresh.index = index;
    k.store?.load(fresh.serial, mapping, index);
    // One reference for the page cache, one for the caller.
    if (k.add(fresh.refs, 1, "filemap_add_folio")) yield;
    if (k.rmw(mapping.pages, "filemap_add_folio")) yield;
    if (mapping.pages.get(index) === 0) {
      mapping.pages.set(index, fresh.serial + 1);
      return fresh;
    }
    // Somebody else read it in meanwhile.
    yield* putPage(k, fresh, "filemap_add_folio");
    yield* putPage(k, fresh, "filemap_add_folio");
  }
}

/** A write to a page that is mapped read-only: copy it, or take it over when nobody else has it (do_wp_page). */
function* doWpPage(k: Kernel, vma: Vma, table: PteTable, page: number, seen: number): Path<number> {
  const at = page % REGION_PAGES;
  const old = isZeroPage(seen) ? null : entryPage(k, seen);
  let fresh: Page | null = null;
  if ((vma.flags & VM_SHARED) === 0) {
    // An anonymous page that only this entry refers to is reused.
    let alone = false;
    if (old !== null && old.anonVma !== null) {
      if (k.read(old.refs, "do_wp_page")) yield;
      alone = old.refs.value === 1;
    }
    if (!alone) {
      if ((yield* anonVmaPrepare(k, vma)) !== 0) return ENOMEM;
      if (k.allocating(COW_PAGE)) yield;
      if (k.refused(COW_PAGE)) return ENOMEM;
      fresh = newAnonPage(k, vma, page);
    }
  }
  if (k.lock(table.ptl, "wp_page_copy")) yield;
  if (table.entries.get(at) !== seen) {
    if (k.unlock(table.ptl, "wp_page_copy")) yield;
    if (fresh !== null) yield* putPage(k, fresh, "wp_page_copy");
    return 0;
  }
  if (fresh === null) {
    if (old === null) throw new Error("the page of zeros is mapped in a shared area");
    setEntry(k, table, at, presentEntry(old, true));
    if (k.unlock(table.ptl, "wp_page_reuse")) yield;
    return 0;
  }
  if (k.tlbs.length > 0) {
    setEntry(k, table, at, NO_ENTRY);
    yield* flushTlb(k, vma.mm, page, page + 1, "ptep_clear_flush");
  }
  fresh.mapcount.add(1);
  setEntry(k, table, at, presentEntry(fresh, true));
  if (old === null) vma.mm.rss.add(ANON_PAGES);
  else {
    copyContents(k, fresh, old);
    old.mapcount.add(-1);
    if (old.anonVma === null) vma.mm.rss.add(ANON_PAGES - FILE_PAGES);
  }
  if (k.unlock(table.ptl, "wp_page_copy")) yield;
  if (old !== null) yield* putPage(k, old, "wp_page_copy");
  return 0;
}

/**
 * Brings a swapped-out page back (do_swap_page). There is no look at MMF_UNSTABLE here: an unchanged entry under the
 * page-table lock is enough.
 */
function* doSwapPage(k: Kernel, vma: Vma, table: PteTable, page: number, seen: number): Path<number> {
  const slot = entrySlot(k, seen);
  if (k.rmw(slot.map, "swap_cache_get_folio")) yield;
  if (swapCount(slot.map.value) === 0) return 0; // the entry has changed meanwhile
  let cached = getCachedPage(k, slot);
  if (cached === null) {
    if (k.allocating(SWAP_PAGE)) yield;
    if (k.refused(SWAP_PAGE)) return ENOMEM;
    const fresh = newAnonPage(k, vma, page);
    fresh.data = slot.data;
    if (k.add(fresh.refs, 1, "add_to_swap_cache")) yield;
    if (k.rmw(slot.map, "add_to_swap_cache")) yield;
    const other = cachedPage(k, slot.map.value);
    if (other !== null || swapCount(slot.map.value) === 0) {
      yield* putPage(k, fresh, "add_to_swap_cache");
      yield* putPage(k, fresh, "add_to_swap_cache");
      return 0;
    }
    slot.map.value = swapMap(swapCount(slot.map.value), fresh);
    cached = fresh;
  }
  if (k.lock(cached.lock, "do_swap_page")) yield;
  if (k.lock(table.ptl, "do_swap_page")) yield;
  const at = page % REGION_PAGES;
  const same = table.entries.get(at) === seen;
  if (same) {
    swapInAnonVma(cached, vma, page);
    vma.mm.rss.add(ANON_PAGES - SWAP_ENTRIES);
    cached.mapcount.add(1);
    setEntry(k, table, at, presentEntry(cached, false));
    yield* swapFree(k, slot);
  }
  if (k.unlock(table.ptl, "do_swap_page")) yield;
  yield* folioFreeSwap(k, cached, slot);
  if (k.unlock(cached.lock, "do_swap_page")) yield;
  // Mapped: the reference taken above is now the entry's.
  if (!same) yield* putPage(k, cached, "do_swap_page");
  return 0;
}
