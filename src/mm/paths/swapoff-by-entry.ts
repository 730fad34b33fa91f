/**
 * swapoff() up to 5.0: slot by slot.
 *
 *     next slot in use    its page, read in if it is not cached, locked
 *       start_mm          first the mm in which the last slot was found
 *       mmlist, onwards   one mm after the other, as long as somebody still refers to the slot
 *       swap cache        the page leaves it, if nobody does any more
 *
 * The walk holds a user of up to three mms at a time: start_mm, which it keeps from slot to slot, the one it will begin with next,
 * and the one it is in. Each of these may turn out to be the last user.
 *
 * Kernel counterpart: try_to_unuse(), find_next_to_unuse(), unuse_mm(), unuse_vma(), unuse_pte() in mm/swapfile.c (4.14).
 * Simplified: as in swapoff.ts; the number of those who refer to a slot is read once where the kernel reads it twice in a row; a page that somebody still refers to stays in the swap cache (before 4.14 it left it).
 */
import { kinds, type Path } from "../../sched/index.ts";
import type { Allocation } from "../allocation.ts";
import { ENOMEM } from "../errno.ts";
import type { Kernel } from "../kernel.ts";
import { ANON_PAGES, type Mm, SWAP_ENTRIES } from "../mm-struct.ts";
import { type Page, pages, putPage } from "../page.ts";
import {
  type PteTable,
  peekEntry,
  presentEntry,
  pteTables,
  REGION_PAGES,
  setEntry,
  swapEntry,
} from "../page-table.ts";
import {
  cachedPage,
  folioFreeSwap,
  getCachedPage,
  type SwapSlot,
  swapCount,
  swapFree,
  swapMap,
} from "../swap.ts";
import type { Vma } from "../vma.ts";
import { swapInAnonVma } from "./fault.ts";
import { mmget, mmgetNotZero, mmput } from "./lifetime.ts";
import { isNoLonger, type SlotLeft, unuseVmas } from "./swapoff.ts";

const { READ } = kinds;

const SWAP_PAGE: Allocation = { site: "read_swap_cache_async: page", gfp: "highuser" };

/** unuse_pte() brought the page back where the slot was found: no use in looking further in this mm. */
const FOUND = 1;

/** Slot by slot until none is in use (try_to_unuse). 0 or -ENOMEM. */
export function* tryToUnuseByEntry(k: Kernel): Path<number> {
  /** The mm in which the last slot was found; null stands for init_mm. We hold a user of it. */
  let startMm: Mm | null = null;
  let error = 0;
  while (error === 0) {
    let left: SlotLeft | null = null;
    let found = false;
    for (const slot of yield* slotsOf(k)) {
      const page = yield* pageOfSlot(k, slot);
      if (page === null) continue;
      found = true;
      if (page === ENOMEM) {
        error = ENOMEM;
        break;
      }
      if (startMm !== null) {
        // Do not hold on to an mm that looks like exiting.
        if (k.read(startMm.users, "try_to_unuse")) yield;
        if (startMm.users.value === 1) {
          yield* mmput(k, startMm, "try_to_unuse");
          startMm = null;
        }
      }
      const outcome: SlotOutcome = yield* unuseSlot(k, slot, page, startMm);
      startMm = outcome.startMm;
      error = outcome.error;
      if (error !== 0) break;
      left ??= outcome.left;
    }
    if (error !== 0 || !found) break;
    if (left === null) continue;
    // The kernel goes round for ever; going round again means something only once somebody has touched the slot.
    if (k.await(isNoLonger(left.seen), [left.slot.map], "try_to_unuse")) yield;
  }
  if (startMm !== null) yield* mmput(k, startMm, "try_to_unuse");
  return error;
}

/** All slots of the device. */
function* slotsOf(k: Kernel): Path<readonly SwapSlot[]> {
  if (k.lock(k.swap.lock, "try_to_unuse")) yield;
  const slots = k.swap.slots.items();
  if (k.unlock(k.swap.lock, "try_to_unuse")) yield;
  return slots;
}

/**
 * The page of a slot with a reference, from the cache or new in it (find_next_to_unuse, read_swap_cache_async). null = the slot is free, or
 * is by now.
 */
function* pageOfSlot(k: Kernel, slot: SwapSlot): Path<Page | typeof ENOMEM | null> {
  for (;;) {
    if (k.rmw(slot.map, "read_swap_cache_async")) yield;
    const cached = getCachedPage(k, slot);
    if (cached !== null) return cached;
    if (swapCount(slot.map.value) === 0) return null;
    if (k.allocating(SWAP_PAGE)) yield;
    if (k.refused(SWAP_PAGE)) {
      if (k.read(slot.map, "try_to_unuse")) yield;
      return swapCount(slot.map.value) === 0 ? null : ENOMEM;
    }
    const fresh = k.alloc(pages);
    k.init(fresh.refs, 2); // ours and the cache's
    fresh.data = slot.data;
    if (k.rmw(slot.map, "add_to_swap_cache")) yield;
    const count = swapCount(slot.map.value);
    if (cachedPage(k, slot.map.value) === null && count > 0) {
      slot.map.value = swapMap(count, fresh);
      return fresh;
    }
    // Somebody else brings it in, or nobody wants it any more.
    yield* putPage(k, fresh, "read_swap_cache_async");
    yield* putPage(k, fresh, "read_swap_cache_async");
  }
}

interface SlotOutcome {
  readonly error: number;
  readonly startMm: Mm | null;
  readonly left: SlotLeft | null;
}

/** Removes what refers to the slot, then its page from the cache. Takes the reference of `page` and the user of `start`. */
function* unuseSlot(k: Kernel, slot: SwapSlot, page: Page, start: Mm | null): Path<SlotOutcome> {
  if (k.lock(page.lock, "try_to_unuse")) yield;
  if (k.read(slot.map, "try_to_unuse")) yield;
  const before = swapCount(slot.map.value);
  let count = before;
  let error = 0;
  if (before > 0 && start !== null) {
    error = yield* unuseMm(k, start, slot, page);
    if (k.read(slot.map, "try_to_unuse")) yield;
    count = swapCount(slot.map.value);
  }
  let startMm = start;
  if (count > 0 && error === 0) {
    const outcome = yield* walkMmlist(k, slot, page, start, count, count >= before);
    startMm = outcome.startMm;
    error = outcome.error;
  }
  let left: SlotLeft | null = null;
  if (error === 0) {
    yield* folioFreeSwap(k, page, slot);
    const seen = k.aside(() => slot.map.value);
    if (seen !== 0) left = { slot, seen };
  }
  if (k.unlock(page.lock, "try_to_unuse")) yield;
  yield* putPage(k, page, "try_to_unuse");
  return { error, startMm, left };
}

/**
 * Goes once round the list, from behind `start`, as long as somebody refers to the slot. The first mm in which that number
 * goes down is where the next slot begins.
 * @param refers how many referred to the slot at the last look
 */
function* walkMmlist(
  k: Kernel,
  slot: SwapSlot,
  page: Page,
  start: Mm | null,
  refers: number,
  setStart: boolean,
): Path<{ readonly error: number; readonly startMm: Mm | null }> {
  let error = 0;
  let count = refers;
  let setsStart = setStart;
  let newStart = start;
  let prev = start;
  if (start !== null) {
    if (mmget(k, start, "try_to_unuse")) yield; // new_start_mm
    if (mmget(k, start, "try_to_unuse")) yield; // prev_mm
  }
  if (k.lock(k.global.mmlistLock, "try_to_unuse")) yield;
  let at: Mm | null = start;
  while (count > 0 && error === 0) {
    // The list is a ring, and init_mm stands in it: null.
    const list = k.global.mmlist.items();
    at = list[at === null ? 0 : list.indexOf(at) + 1] ?? null;
    if (at === start) break;
    if (at === null) {
      if (k.unlock(k.global.mmlistLock, "try_to_unuse")) yield;
      if (prev !== null) yield* mmput(k, prev, "try_to_unuse");
      prev = null;
      setsStart = true;
      if (k.lock(k.global.mmlistLock, "try_to_unuse")) yield;
      continue;
    }
    const mm = at;
    if (mmgetNotZero(k, mm, "try_to_unuse")) yield;
    if (k.result === 0) continue;
    if (k.unlock(k.global.mmlistLock, "try_to_unuse")) yield;
    // Dropping the previous mm may run its whole exit_mmap() here.
    if (prev !== null) yield* mmput(k, prev, "try_to_unuse");
    prev = mm;
    error = yield* unuseMm(k, mm, slot, page);
    const before = count;
    if (k.read(slot.map, "try_to_unuse")) yield;
    count = swapCount(slot.map.value);
    if (setsStart && count < before) {
      if (newStart !== null) yield* mmput(k, newStart, "try_to_unuse");
      if (mmget(k, mm, "try_to_unuse")) yield;
      newStart = mm;
      setsStart = false;
    }
    if (k.lock(k.global.mmlistLock, "try_to_unuse")) yield;
  }
  if (k.unlock(k.global.mmlistLock, "try_to_unuse")) yield;
  if (prev !== null) yield* mmput(k, prev, "try_to_unuse");
  if (start !== null) yield* mmput(k, start, "try_to_unuse");
  return { error, startMm: newStart };
}

/**
 * Brings one slot's page back in one mm (unuse_mm). The page is locked, and mmap_sem comes before that: where it is not to be had at once, the
 * page is unlocked meanwhile.
 */
function* unuseMm(k: Kernel, mm: Mm, slot: SwapSlot, page: Page): Path<number> {
  const guard = k.designs.swapoffGuard;
  if (k.readTryLock(mm.mmapLock, "unuse_mm")) yield;
  if (k.result === 0) {
    if (k.unlock(page.lock, "unuse_mm")) yield;
    if (k.readLock(mm.mmapLock, "unuse_mm")) yield;
    if (k.lock(page.lock, "unuse_mm")) yield;
  }
  k.witness(`swapoff walks ${k.rowName(mm)}`);
  if (guard.look(k, mm)) yield;
  let result = 0;
  if (guard.skips(k, mm)) k.witness(`swapoff skips ${k.rowName(mm)}`);
  else result = yield* unuseVmas(k, mm, (vma) => unuseVma(k, vma, slot, page));
  if (k.readUnlock(mm.mmapLock, "unuse_mm")) yield;
  return Math.min(result, 0);
}

/** unuse_vma(): a page that was mapped before is looked for at its place only. */
function* unuseVma(k: Kernel, vma: Vma, slot: SwapSlot, folio: Page): Path<number> {
  let page = vma.start;
  let stop = vma.end;
  if (folio.anonVma !== null) {
    // page_address_in_vma
    if (vma.anonVma!.root !== folio.anonVma.root) return 0;
    page = vma.start + folio.index - vma.pgoff;
    if (page < vma.start || page >= vma.end) return 0;
    stop = page + 1;
  }
  const { mm } = vma;
  const wanted = swapEntry(slot);
  while (page < stop) {
    if (k.loadAcquire(mm.directory, "unuse_vma")) yield;
    const region = mm.directory.next(Math.floor(page / REGION_PAGES));
    if (region < 0 || region * REGION_PAGES >= stop) return 0;
    const table = k.rowOf(pteTables, mm.directory.get(region) - 1);
    const end = Math.min(stop, (region + 1) * REGION_PAGES);
    page = Math.max(page, region * REGION_PAGES);
    // pte_same_as_swp without the lock: see peekEntry
    if (k.step(READ, table.ptl, 0, "unuse_pte_range")) yield;
    while (page < end && peekEntry(k, table, page % REGION_PAGES) !== wanted) page++;
    if (page === end) continue;
    const result = yield* unusePte(k, vma, table, page, slot, folio);
    if (result !== 0) return result;
    page++;
  }
  return 0;
}

/** unuse_pte(): under the lock the entry is compared again. */
function* unusePte(
  k: Kernel,
  vma: Vma,
  table: PteTable,
  page: number,
  slot: SwapSlot,
  folio: Page,
): Path<number> {
  const at = page % REGION_PAGES;
  if (k.lock(table.ptl, "unuse_pte")) yield;
  const same = table.entries.get(at) === swapEntry(slot);
  if (same) {
    swapInAnonVma(folio, vma, page);
    vma.mm.rss.add(ANON_PAGES - SWAP_ENTRIES);
    folio.mapcount.add(1);
    if (k.add(folio.refs, 1, "unuse_pte")) yield;
    setEntry(k, table, at, presentEntry(folio, false));
    yield* swapFree(k, slot);
  }
  if (k.unlock(table.ptl, "unuse_pte")) yield;
  return same ? FOUND : 0;
}
