/**
 * Swap slots and the device. One word per slot holds the count of page-table entries that refer to it and the page
 * that caches it:
 *
 *     map = count + CACHE * (serial of the cached page + 1)
 *
 * Two of the kernel's objects, swap_map[] and the swap cache, are one object here: a step on either conflicts with a
 * step on the other. That adds orders to look at and hides none. (In 7.1 the kernel itself merged them into one
 * swap table.)
 *
 * Kernel counterpart: mm/swapfile.c, mm/swap_state.c (6.12).
 * Simplified: no count continuation pages (a slot's count may grow without allocating), no clusters, two devices of one priority.
 */
import {
  type Atomic,
  atomic,
  type List,
  type Lock,
  list,
  num,
  type Path,
  type Row,
  ref,
  type Slab,
  slab,
  spinlock,
} from "../sched/index.ts";
import type { Kernel } from "./kernel.ts";
import { type Page, pages, putPage } from "./page.ts";

const CACHE = 2 ** 16;

export interface SwapDevice extends Row {
  /** Slots may be taken (SWP_WRITEOK and the avail lists). */
  readonly writeok: Atomic;
  /** Slots that are counted or cached (inuse_pages). */
  readonly inuse: Atomic;
  readonly lock: Lock;
  /** All slots ever used, for the swap-cache pass. Guarded by lock. */
  readonly slots: List<SwapSlot>;
}

export const swapDevices: Slab<SwapDevice> = slab<SwapDevice>(
  "swap_device",
  { writeok: atomic(), inuse: atomic(), lock: spinlock(), slots: list("swap_device.lock") },
  { permanent: true },
);

export interface SwapSlot extends Row {
  readonly map: Atomic;
  device: SwapDevice;
  /** Contents written out. Fixed while the slot is counted. */
  data: number;
}

export const swapSlots: Slab<SwapSlot> = slab<SwapSlot>(
  "swap_slot",
  { map: atomic(), device: ref("immutable"), data: num("fixed while the slot is counted") },
  { permanent: true },
);

/** Page-table entries that refer to the slot, from its map word. */
export function swapCount(map: number): number {
  return map % CACHE;
}

/** Page that caches the slot, from its map word. */
export function cachedPage(k: Kernel, map: number): Page | null {
  const serial = Math.floor(map / CACHE) - 1;
  return serial < 0 ? null : k.rowOf(pages, serial);
}

/** Map word for a count and a cached page. */
export function swapMap(count: number, page: Page | null): number {
  return count + CACHE * (page === null ? 0 : page.serial + 1);
}

/** One more page-table entry refers to the slot (swap_duplicate, mm/swapfile.c). */
export function* swapDuplicate(k: Kernel, slot: SwapSlot): Path {
  if (k.rmw(slot.map, "swap_duplicate")) yield;
  if (swapCount(slot.map.value) === 0) {
    k.find("bad-swap-entry", {
      message: `a page-table entry refers to ${k.rowName(slot)}, which is not in use`,
      objects: [k.rowName(slot)],
    });
  }
  slot.map.value = slot.map.value + 1;
}

/** One entry less refers to the slot; an unused slot goes back to the device (swap_free, mm/swapfile.c). */
export function* swapFree(k: Kernel, slot: SwapSlot): Path {
  if (k.rmw(slot.map, "swap_free")) yield;
  if (swapCount(slot.map.value) === 0) {
    k.find("bad-swap-entry", {
      message: `${k.rowName(slot)} is freed once too often`,
      objects: [k.rowName(slot)],
    });
  }
  slot.map.value = slot.map.value - 1;
  if (slot.map.value !== 0) return;
  if (k.add(slot.device.inuse, -1, "swap_range_free")) yield;
}

/**
 * As `swapFree`; the last entry's owner also tries to drop the cached page (free_swap_and_cache, mm/swapfile.c). If
 * the folio lock is taken, it stays cached until reclaim finds it.
 */
export function* freeSwapAndCache(k: Kernel, slot: SwapSlot): Path {
  if (k.rmw(slot.map, "swap_free")) yield;
  if (swapCount(slot.map.value) === 0) {
    k.find("bad-swap-entry", {
      message: `${k.rowName(slot)} is freed once too often`,
      objects: [k.rowName(slot)],
    });
  }
  const left = slot.map.value - 1;
  slot.map.value = left;
  if (left === 0) {
    if (k.add(slot.device.inuse, -1, "swap_range_free")) yield;
    return;
  }
  const page = cachedPage(k, left);
  if (page !== null && swapCount(left) === 0) yield* reclaimCached(k, page, slot);
}

/** Drops a cached page nobody refers to any more, unless somebody has it locked (__try_to_reclaim_swap). */
export function* reclaimCached(k: Kernel, page: Page, slot: SwapSlot): Path {
  if (k.rmw(slot.map, "__try_to_reclaim_swap")) yield;
  if (getCachedPage(k, slot) !== page) return;
  if (k.tryLock(page.lock, "__try_to_reclaim_swap")) yield;
  if (k.result !== 0) {
    yield* folioFreeSwap(k, page, slot);
    if (k.unlock(page.lock, "__try_to_reclaim_swap")) yield;
  }
  yield* putPage(k, page, "__try_to_reclaim_swap");
}

/**
 * The page that caches the slot, with a reference for the caller, directly behind a step that may write `slot.map`
 * (swap_cache_get_folio). The cache's own reference keeps the page until a later step on the slot, so the count can
 * be raised in this one: the kernel's retry loop around folio_try_get() comes to the same.
 */
export function getCachedPage(k: Kernel, slot: SwapSlot): Page | null {
  const page = cachedPage(k, slot.map.value);
  if (page !== null) k.memory.setNum(page.refs.word, k.memory.nums[page.refs.word]! + 1);
  return page;
}

/**
 * Takes the page out of the swap cache if no page-table entry needs the slot any more (folio_free_swap,
 * mm/swapfile.c). Requires the folio lock.
 */
export function* folioFreeSwap(k: Kernel, page: Page, slot: SwapSlot): Path<boolean> {
  k.assertHeld(page.lock);
  if (k.rmw(slot.map, "folio_free_swap")) yield;
  if (swapCount(slot.map.value) !== 0 || cachedPage(k, slot.map.value) !== page) return false;
  slot.map.value = 0;
  if (k.add(slot.device.inuse, -1, "swap_range_free")) yield;
  yield* putPage(k, page, "delete_from_swap_cache");
  return true;
}
