/**
 * Page faults of a task on its own address space: anonymous memory, copy on write, swap-in.
 *
 * Kernel counterpart: handle_mm_fault() and do_anonymous_page, do_wp_page, do_swap_page in mm/memory.c (6.12).
 * Simplified: faults take mmap_lock for reading (no per-VMA lock); a read fault on empty anonymous memory gets a page
 * of its own instead of the shared zero page; file faults find their page without a page cache; no huge pages.
 */
import type { Path } from "../../sched/index.ts";
import type { Allocation } from "../allocation.ts";
import { EFAULT, ENOMEM } from "../errno.ts";
import type { Kernel } from "../kernel.ts";
import { ANON_PAGES, type Mm, SWAP_ENTRIES } from "../mm-struct.ts";
import { type Page, pages, putPage } from "../page.ts";
import {
  entryPage,
  entrySlot,
  isPresent,
  isSwap,
  isWritable,
  NO_ENTRY,
  type PteTable,
  presentEntry,
  pteAlloc,
  REGION_PAGES,
} from "../page-table.ts";
import { cachedPage, folioFreeSwap, getCachedPage, swapCount, swapFree, swapMap } from "../swap.ts";
import { VM_EXEC, VM_READ, VM_SHARED, VM_WRITE, type Vma } from "../vma.ts";
import { findVma } from "../vma-tree.ts";
import { anonVmaPrepare } from "./anon-vma.ts";

const ANON_PAGE: Allocation = { site: "do_anonymous_page: page", gfp: "highuser" };
const COW_PAGE: Allocation = { site: "do_wp_page: page", gfp: "highuser" };
const SWAP_PAGE: Allocation = { site: "do_swap_page: page", gfp: "highuser" };

/** The access was answered with a signal: the address space is being reaped (VM_FAULT_SIGBUS). */
export const SIGBUS = -7;

/**
 * User space touches `page`. With `data` it writes that number there; without, it reads.
 * Returns what it sees (>= 0), or -EFAULT (no mapping, or not allowed), -ENOMEM, SIGBUS.
 */
export function* access(k: Kernel, mm: Mm, page: number, data?: number): Path<number> {
  if (k.readLock(mm.mmapLock, "do_user_addr_fault")) yield;
  const result = yield* handleMmFault(k, mm, page, data);
  if (k.readUnlock(mm.mmapLock, "do_user_addr_fault")) yield;
  return result;
}

/** Serves one access under mmap_lock. Retries while the entry changes underneath. */
export function* handleMmFault(k: Kernel, mm: Mm, page: number, data?: number): Path<number> {
  const vma = findVma(k, mm, page, page + 1);
  if (vma === null) return EFAULT;
  const write = data !== undefined;
  if ((vma.flags & (write ? VM_WRITE : VM_READ | VM_WRITE | VM_EXEC)) === 0) return EFAULT;
  const table = yield* pteAlloc(k, mm, page);
  if (table === null) return ENOMEM;
  const at = page % REGION_PAGES;
  for (;;) {
    if (k.lock(table.ptl, "handle_pte_fault")) yield;
    const entry = table.entries.get(at);
    if (isPresent(entry) && (!write || isWritable(entry))) {
      const mapped = entryPage(k, entry);
      if (write) mapped.data = data;
      const seen = mapped.data;
      if (k.unlock(table.ptl, "handle_pte_fault")) yield;
      return seen;
    }
    if (k.unlock(table.ptl, "handle_pte_fault")) yield;
    let result: number;
    if (entry === NO_ENTRY) result = yield* doAnonymousPage(k, vma, table, page);
    else if (isSwap(entry)) result = yield* doSwapPage(k, vma, table, page, entry);
    else result = yield* doWpPage(k, vma, table, page, entry);
    if (result < 0) return result;
  }
}

/** A fresh page of zeros (do_anonymous_page). 0, or an error; the caller looks at the entry again. */
function* doAnonymousPage(k: Kernel, vma: Vma, table: PteTable, page: number): Path<number> {
  if ((yield* anonVmaPrepare(k, vma)) !== 0) return ENOMEM;
  if (k.allocating(ANON_PAGE)) yield;
  if (k.refused(ANON_PAGE)) return ENOMEM;
  const fresh = newAnonPage(k, vma, page);
  if (k.lock(table.ptl, "do_anonymous_page")) yield;
  const at = page % REGION_PAGES;
  if (table.entries.get(at) !== NO_ENTRY) {
    if (k.unlock(table.ptl, "do_anonymous_page")) yield;
    yield* putPage(k, fresh, "do_anonymous_page");
    return 0;
  }
  // check_stable_address_space: after a reap, zeros must not stand where data was
  if (k.read(vma.mm.unstable, "do_anonymous_page")) yield;
  if (vma.mm.unstable.value !== 0) {
    if (k.unlock(table.ptl, "do_anonymous_page")) yield;
    yield* putPage(k, fresh, "do_anonymous_page");
    return SIGBUS;
  }
  fresh.mapcount.add(1);
  table.entries.set(at, presentEntry(fresh, (vma.flags & VM_WRITE) !== 0));
  vma.mm.rss.add(ANON_PAGES);
  if (k.unlock(table.ptl, "do_anonymous_page")) yield;
  return 0;
}

function newAnonPage(k: Kernel, vma: Vma, page: number): Page {
  const fresh = k.alloc(pages);
  k.label(fresh, `page ${page.toString(16)} of ${k.rowName(vma.mm)}`);
  k.init(fresh.refs, 1);
  fresh.anonVma = vma.anonVma;
  fresh.index = vma.pgoff + page - vma.start;
  return fresh;
}

/**
 * Lets rmap find a page that comes back from swap (__folio_set_anon). Others may refer to the same slot, so it goes to
 * the root, whose links lead to all of them; a page that never left the cache keeps the anon_vma it has. Requires the
 * folio lock.
 * Simplified: exclusive marks on swap entries are not kept, so a page nobody shares goes to the root as well.
 */
export function swapInAnonVma(page: Page, vma: Vma): void {
  page.anonVma ??= vma.anonVma!.root;
}

/** A write to a page that is mapped read-only: copy it, or take it over when nobody else has it (do_wp_page). */
function* doWpPage(k: Kernel, vma: Vma, table: PteTable, page: number, seen: number): Path<number> {
  const at = page % REGION_PAGES;
  const old = entryPage(k, seen);
  const shared = (vma.flags & VM_SHARED) !== 0;
  let fresh: Page | null = null;
  if (!shared) {
    // An anonymous page that only this entry refers to is reused.
    if (k.read(old.refs, "do_wp_page")) yield;
    const alone = old.refs.value === 1;
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
    table.entries.set(at, presentEntry(old, true));
    if (k.unlock(table.ptl, "wp_page_reuse")) yield;
    return 0;
  }
  fresh.data = old.data;
  fresh.mapcount.add(1);
  table.entries.set(at, presentEntry(fresh, true));
  old.mapcount.add(-1);
  if (k.unlock(table.ptl, "wp_page_copy")) yield;
  yield* putPage(k, old, "wp_page_copy");
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
    swapInAnonVma(cached, vma);
    vma.mm.rss.add(ANON_PAGES - SWAP_ENTRIES);
    cached.mapcount.add(1);
    table.entries.set(at, presentEntry(cached, false));
    yield* swapFree(k, slot);
  }
  if (k.unlock(table.ptl, "do_swap_page")) yield;
  yield* folioFreeSwap(k, cached, slot);
  if (k.unlock(cached.lock, "do_swap_page")) yield;
  // Mapped: the reference taken above is now the entry's.
  if (!same) yield* putPage(k, cached, "do_swap_page");
  return 0;
}
