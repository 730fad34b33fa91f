/**
 * swapoff(): bringing every page of a device back, mm by mm. Kernels up to 5.0 go slot by slot: swapoff-by-entry.ts.
 *
 * Kernel counterpart: try_to_unuse(), unuse_mm() and below in mm/swapfile.c (5.1 and later: walks init_mm.mmlist).
 * Simplified: no shmem pass; init_mm is not counted as a user (it never goes away); the signal that can end swapoff is left
 * out; a page that is not cached is made from the slot without reading; a slot that reclaim fills behind the walk is waited for where
 * the kernel goes round again, so no scenario lets reclaim meet swapoff.
 */
import { type Condition, kinds, type Path } from "../../sched/index.ts";
import type { Allocation } from "../allocation.ts";
import { ENOMEM } from "../errno.ts";
import type { Kernel } from "../kernel.ts";
import { ANON_PAGES, type Mm, SWAP_ENTRIES } from "../mm-struct.ts";
import { pages, putPage } from "../page.ts";
import {
  entrySlot,
  isSwap,
  type PteTable,
  peekEntry,
  presentEntry,
  pteTables,
  REGION_PAGES,
  setEntry,
} from "../page-table.ts";
import {
  cachedPage,
  folioFreeSwap,
  getCachedPage,
  type SwapDevice,
  type SwapSlot,
  swapCount,
  swapFree,
  swapMap,
} from "../swap.ts";
import { VM_HUGETLB, type Vma } from "../vma.ts";
import { findVma } from "../vma-tree.ts";
import { swapInAnonVma } from "./fault.ts";
import { mmgetNotZero, mmput } from "./lifetime.ts";

const { READ } = kinds;

const SWAP_PAGE: Allocation = { site: "unuse_pte_range: page", gfp: "highuser" };

/** Takes the device out of use (the part of sys_swapoff that meets address spaces). 0 or -ENOMEM. */
export function* swapoff(k: Kernel): Path<number> {
  const device = k.swap;
  if (k.write(device.writeok, "sys_swapoff")) yield;
  device.writeok.value = 0;
  const error = yield* k.designs.swapoffWalk.tryToUnuse(k);
  if (error !== 0) {
    if (k.write(device.writeok, "sys_swapoff")) yield;
    device.writeok.value = 1;
  }
  return error;
}

/** Rounds over the list of mms until no slot is in use (try_to_unuse, 5.1 and later). */
export function* tryToUnuse(k: Kernel): Path<number> {
  for (;;) {
    const error = yield* walkMmlist(k);
    if (error !== 0) return error;
    const left = yield* emptySwapCache(k);
    if (left === null) return 0;
    // The kernel goes round for ever; going round again means something only once somebody has touched the slot.
    if (k.await(isNoLonger(left.seen), [left.slot.map], "try_to_unuse")) yield;
  }
}

/** A slot that is still in use, and its map word as it was when it was looked at. */
export interface SlotLeft {
  readonly slot: SwapSlot;
  readonly seen: number;
}

/** The condition "the value is no longer `seen`". */
export function isNoLonger(seen: number): Condition {
  return { name: `no longer ${seen}`, holds: (value) => value !== seen };
}

/** One round over the mms that may hold entries. */
function* walkMmlist(k: Kernel): Path<number> {
  const device = k.swap;
  let prev: Mm | null = null;
  let at = 0;
  for (;;) {
    if (k.read(device.inuse, "try_to_unuse")) yield;
    if (device.inuse.value === 0) break;
    if (k.lock(k.global.mmlistLock, "try_to_unuse")) yield;
    const list = k.global.mmlist.items();
    // The cursor stands on `prev`, which stays on the list while we hold a user of it.
    if (prev !== null) at = list.indexOf(prev) + 1;
    let mm: Mm | null = null;
    while (at < list.length) {
      const candidate = list[at]!;
      at++;
      if (mmgetNotZero(k, candidate, "try_to_unuse")) yield;
      if (k.result !== 0) {
        mm = candidate;
        break;
      }
    }
    if (k.unlock(k.global.mmlistLock, "try_to_unuse")) yield;
    if (mm === null) break;
    // Dropping the previous mm may run its whole exit_mmap() here.
    if (prev !== null) yield* mmput(k, prev, "try_to_unuse");
    prev = mm;
    const error = yield* unuseMm(k, mm);
    if (error !== 0) {
      yield* mmput(k, mm, "try_to_unuse");
      return error;
    }
  }
  if (prev !== null) yield* mmput(k, prev, "try_to_unuse");
  return 0;
}

/** Frees the cached pages whose slots nobody refers to any more. Returns the first slot that stays in use. */
export function* emptySwapCache(k: Kernel, device: SwapDevice = k.swap): Path<SlotLeft | null> {
  let left: SlotLeft | null = null;
  if (k.lock(device.lock, "try_to_unuse")) yield;
  const slots = device.slots.items();
  if (k.unlock(device.lock, "try_to_unuse")) yield;
  for (const slot of slots) {
    if (k.rmw(slot.map, "try_to_unuse")) yield;
    let seen = slot.map.value;
    const page = getCachedPage(k, slot);
    if (page !== null) {
      if (k.lock(page.lock, "try_to_unuse")) yield;
      yield* folioFreeSwap(k, page, slot);
      seen = k.aside(() => slot.map.value);
      if (k.unlock(page.lock, "try_to_unuse")) yield;
      yield* putPage(k, page, "try_to_unuse");
    }
    if (seen !== 0 && left === null) left = { slot, seen };
  }
  return left;
}

/** Brings back every page of one mm (unuse_mm). The caller holds a user of it. */
export function* unuseMm(k: Kernel, mm: Mm): Path<number> {
  const guard = k.designs.swapoffGuard;
  let skips = false;
  if (guard.beforeLock) {
    if (guard.look(k, mm)) yield;
    skips = guard.skips(k, mm);
  }
  if (k.readLock(mm.mmapLock, "unuse_mm")) yield;
  k.witness(`swapoff walks ${k.rowName(mm)}`);
  if (!guard.beforeLock) {
    if (guard.look(k, mm)) yield;
    skips = guard.skips(k, mm);
  }
  let error = 0;
  if (skips) k.witness(`swapoff skips ${k.rowName(mm)}`);
  else error = yield* unuseVmas(k, mm, (vma) => unuseVma(k, vma));
  if (k.readUnlock(mm.mmapLock, "unuse_mm")) yield;
  return error;
}

/**
 * Runs `unuse` on the VMAs that may hold swap entries, until it returns something other than 0. Requires mmap_lock for reading.
 */
export function* unuseVmas(k: Kernel, mm: Mm, unuse: (vma: Vma) => Path<number>): Path<number> {
  let vma = findVma(k, mm, 0);
  let next = mm.tree.foundEnd;
  while (vma !== null) {
    // Whatever stands in the tree is taken for a VMA.
    k.at("unuse_mm");
    const passed = k.designs.swapoffGuard.stepsOver?.(k, vma) ?? false;
    if (!passed && vma.anonVma !== null && (vma.flags & VM_HUGETLB) === 0) {
      const result = yield* unuse(vma);
      if (result !== 0) return result;
    }
    vma = findVma(k, mm, next);
    next = mm.tree.foundEnd;
  }
  return 0;
}

/** Goes through the page tables of `vma.mm`, which need not be the mm that is locked (unuse_vma). */
function* unuseVma(k: Kernel, vma: Vma): Path<number> {
  const mm = vma.mm;
  let page = vma.start;
  while (page < vma.end) {
    if (k.loadAcquire(mm.directory, "unuse_vma")) yield;
    const region = mm.directory.next(Math.floor(page / REGION_PAGES));
    if (region < 0 || region * REGION_PAGES >= vma.end) return 0;
    const table = k.rowOf(pteTables, mm.directory.get(region) - 1);
    const end = Math.min(vma.end, (region + 1) * REGION_PAGES);
    page = Math.max(page, region * REGION_PAGES);
    while (page < end) {
      // ptep_get_lockless: see peekEntry
      if (k.step(READ, table.ptl, 0, "unuse_pte_range")) yield;
      while (page < end && !isSwap(peekEntry(k, table, page % REGION_PAGES))) page++;
      if (page === end) break;
      const error = yield* unusePte(k, vma, table, page, peekEntry(k, table, page % REGION_PAGES));
      if (error !== 0) return error;
      page++;
    }
  }
  return 0;
}

/** One entry, seen without the lock; under the lock it is compared again (unuse_pte_range and unuse_pte). */
function* unusePte(k: Kernel, vma: Vma, table: PteTable, page: number, seen: number): Path<number> {
  const at = page % REGION_PAGES;
  const slot = entrySlot(k, seen);
  if (slot.device !== k.swap) return 0; // swp_type: not ours
  if (k.rmw(slot.map, "unuse_pte_range")) yield;
  if (swapCount(slot.map.value) === 0) return 0; // freed meanwhile
  let folio = getCachedPage(k, slot);
  if (folio === null) {
    if (k.allocating(SWAP_PAGE)) yield;
    if (k.refused(SWAP_PAGE)) return ENOMEM;
    folio = k.alloc(pages);
    k.init(folio.refs, 2); // ours and the cache's
    folio.data = slot.data;
    if (k.rmw(slot.map, "add_to_swap_cache")) yield;
    if (cachedPage(k, slot.map.value) !== null || swapCount(slot.map.value) === 0) {
      yield* putPage(k, folio, "add_to_swap_cache");
      yield* putPage(k, folio, "add_to_swap_cache");
      return 0; // somebody else brings it in: the next round looks again
    }
    slot.map.value = swapMap(swapCount(slot.map.value), folio);
  }
  if (k.lock(folio.lock, "unuse_pte_range")) yield;
  if (k.lock(table.ptl, "unuse_pte")) yield;
  const same = table.entries.get(at) === seen;
  if (same) {
    swapInAnonVma(folio, vma, page);
    vma.mm.rss.add(ANON_PAGES - SWAP_ENTRIES);
    folio.mapcount.add(1);
    setEntry(k, table, at, presentEntry(folio, false));
    yield* swapFree(k, slot);
  }
  if (k.unlock(table.ptl, "unuse_pte")) yield;
  yield* folioFreeSwap(k, folio, slot);
  if (k.unlock(folio.lock, "unuse_pte_range")) yield;
  // Mapped: the reference taken above is now the entry's.
  if (!same) yield* putPage(k, folio, "unuse_pte_range");
  return 0;
}
