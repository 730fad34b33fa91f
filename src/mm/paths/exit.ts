/**
 * Tearing an address space down.
 *
 * Kernel counterpart: exit_mmap(), tear_down_vmas() in mm/mmap.c; unmap_vmas(), free_pgtables() in mm/memory.c. Which
 * locks exit_mmap() takes, and when, is the decision point `exit.reaperSync`.
 * Simplified: unlocking an area clears its flag and does not go through its pages; those have no mark of being locked.
 */
import type { Path } from "../../sched/index.ts";
import { fput } from "../file.ts";
import { beginGather, finishGather, type Gather, gatherEntry } from "../gather.ts";
import type { Kernel } from "../kernel.ts";
import { ANON_PAGES, FILE_PAGES, type Mm, SWAP_ENTRIES } from "../mm-struct.ts";
import {
  entryPage,
  entrySlot,
  GUARD,
  isPresent,
  isSwap,
  NO_ENTRY,
  type PteTable,
  pteTables,
  REGION_PAGES,
  setEntry,
} from "../page-table.ts";
import { freeSwapAndCache } from "../swap.ts";
import { isSharedMaywrite, VM_ACCOUNT, VM_LOCKED, VM_LOCKED_MASK, type Vma, vmaPages } from "../vma.ts";
import { giveBack } from "../zone.ts";
import { unlinkAnonVmas } from "./anon-vma.ts";
import { vmAreaFree } from "./vma-lock.ts";

/** Unmaps everything and empties the tree (exit_mmap). Only the last mmput() calls it. */
export function* exitMmap(k: Kernel, mm: Mm): Path {
  if (mm.hasNotifiers) {
    if (k.write(mm.notifiers, "mmu_notifier_release")) yield;
    mm.notifiers.value = 0;
  }
  if (k.designs.exitMunlock.first) munlockVmas(k, mm);
  yield* k.designs.exitReaperSync.exitMmap(k, mm);
}

/**
 * Unlocks every VM_LOCKED area, in kernels whose exit_mmap() does that (munlock_vma_pages_all). The flag goes first: it tells whether another
 * area still locks a page.
 */
export function munlockVmas(k: Kernel, mm: Mm): void {
  if (!k.designs.exitMunlock.munlocks || mm.lockedVm === 0) return;
  for (let vma = mm.tree.find(0); vma !== null; vma = mm.tree.find(vma.end)) {
    if ((vma.flags & VM_LOCKED) === 0) continue;
    k.at("munlock_vma_pages_range");
    vma.flags &= ~VM_LOCKED_MASK;
  }
}

/** What every exit_mmap() ends with: page tables, VMAs, and the tree that held them, where it is a tree. */
export function* freeAddressSpace(k: Kernel, mm: Mm): Path {
  yield* freePgtables(k, mm, Number.MAX_SAFE_INTEGER);
  const torn = yield* tearDownVmas(k, mm, Number.MAX_SAFE_INTEGER);
  if (torn !== mm.mapCount) {
    k.note("map-count", {
      message: `${k.rowName(mm)} held ${torn} VMAs but counted ${mm.mapCount}`,
      objects: [k.rowName(mm)],
    });
  }
  if (k.designs.exitReaperSync.emptiesTree) mm.tree.destroy();
}

/** The next entry of a teardown walk: null where the walk ends. `limit`: entries from this page on are not looked at. */
export function nextToTearDown(k: Kernel, mm: Mm, from: number, limit: number): Vma | null {
  // The maple tree asserts it at every look (mt_locked); a list does not.
  if (k.exploring && k.designs.vmaLock.perVma) k.assertHeld(mm.mmapLock);
  const entry = mm.tree.find(from, limit);
  return k.designs.exitMarker.endsAt(k, entry) ? null : entry;
}

/** Clears the page-table entries of all VMAs below `limit`, for good (unmap_vmas, between gather and finish). */
export function* unmapVmas(k: Kernel, mm: Mm, limit: number): Path {
  const gather = beginGather(mm, true);
  for (let vma = nextToTearDown(k, mm, 0, limit); vma !== null; vma = nextToTearDown(k, mm, vma.end, limit)) {
    yield* unmapPageRange(k, gather, vma, "zap_pte_range");
  }
  yield* finishGather(k, gather);
}

/** Clears the page-table entries of one VMA (unmap_page_range). Uses the page tables of `vma.mm`, whoever calls. */
export function* unmapPageRange(k: Kernel, gather: Gather, vma: Vma, site: string): Path {
  yield* zapPageRange(k, gather, vma.mm, vma.start, vma.end, site, ZAP_GUARDS);
}

/** The area goes, and its guards with it; what only discards pages leaves them (ZAP_FLAG_DROP_MARKER). */
export const ZAP_GUARDS = 1;
/** Private copies of the pages of a file stay (even_cows = false). */
export const ZAP_NO_COWS = 2;

/**
 * A part of one VMA, with a gather of its own (zap_page_range_single).
 * @param mode ZAP_* bits
 */
export function* zapSingle(
  k: Kernel,
  mm: Mm,
  start: number,
  stop: number,
  site: string,
  mode: number = 0,
): Path {
  const gather = beginGather(mm, false);
  yield* zapPageRange(k, gather, mm, start, stop, site, mode);
  yield* finishGather(k, gather);
}

/**
 * Clears entries; the pages wait in the gather.
 * @param mode ZAP_* bits
 */
export function* zapPageRange(
  k: Kernel,
  gather: Gather,
  mm: Mm,
  start: number,
  stop: number,
  site: string,
  mode: number,
): Path {
  let page = start;
  while (page < stop) {
    if (k.loadAcquire(mm.directory, site)) yield;
    const region = mm.directory.next(Math.floor(page / REGION_PAGES));
    if (region < 0 || region * REGION_PAGES >= stop) return;
    const table = k.rowOf(pteTables, mm.directory.get(region) - 1);
    const end = Math.min(stop, (region + 1) * REGION_PAGES);
    yield* zapTable(k, gather, mm, table, Math.max(page, region * REGION_PAGES), end, site, mode);
    page = end;
  }
}

/** zap_pte_range(): the entries of one table. */
function* zapTable(
  k: Kernel,
  gather: Gather,
  mm: Mm,
  table: PteTable,
  start: number,
  end: number,
  site: string,
  mode: number,
): Path {
  let rss = 0;
  if (k.lock(table.ptl, site)) yield;
  const stop = (start % REGION_PAGES) + end - start;
  for (
    let at = table.entries.nextUsed(start % REGION_PAGES, stop);
    at < stop;
    at = table.entries.nextUsed(at + 1, stop)
  ) {
    const entry = table.entries.get(at);
    if (entry === GUARD && (mode & ZAP_GUARDS) === 0) continue;
    if ((mode & ZAP_NO_COWS) !== 0 && isPrivateCopy(k, entry)) continue;
    setEntry(k, table, at, NO_ENTRY);
    const address = start - (start % REGION_PAGES) + at;
    if (isSwap(entry)) {
      rss -= SWAP_ENTRIES;
      yield* freeSwapAndCache(k, entrySlot(k, entry));
    } else if (isPresent(entry)) {
      const mapped = entryPage(k, entry);
      rss -= mapped.anonVma !== null ? ANON_PAGES : FILE_PAGES;
      if (mapped.mapcount.total <= 0) {
        k.find("bad-page-map", {
          message: `${k.rowName(mapped)} is unmapped from ${k.rowName(mm)} although its mapcount is ${mapped.mapcount.total} already`,
          objects: [k.rowName(mapped)],
        });
      }
      mapped.mapcount.add(-1);
      gatherEntry(gather, address, mapped);
    } else if (entry > GUARD) {
      // print_bad_pte: free_swap_and_cache() knows no such slot
      k.find("bad-page-map", {
        message: `the entry of page ${address.toString(16)} in ${k.rowName(mm)} reads ${entry.toString(16)}, which names neither a page nor a slot`,
        objects: [k.rowName(table)],
      });
    }
  }
  mm.rss.add(rss);
  if (k.unlock(table.ptl, site)) yield;
}

/** An anonymous page, or one that was swapped out. */
function isPrivateCopy(k: Kernel, entry: number): boolean {
  return isSwap(entry) || (isPresent(entry) && entryPage(k, entry).anonVma !== null);
}

/**
 * Cuts the VMAs below `limit` off from rmap and frees their page tables (free_pgtables). rmap links go first: a walker
 * that still finds a VMA finds its tables too. Requires mmap_lock for writing, or that nobody else is left.
 */
export function* freePgtables(k: Kernel, mm: Mm, limit: number): Path {
  // vma_start_write() asserts it; kernels without a lock per VMA have nothing that does
  if (k.designs.vmaLock.perVma) k.assertHeld(mm.mmapLock, true);
  const { tablesFirst } = k.designs.exitFreeOrder;
  let vma = nextToTearDown(k, mm, 0, limit);
  while (vma !== null) {
    const next = nextToTearDown(k, mm, vma.end, limit);
    // Tables between this VMA and the next hold nothing; those shared with the next wait for it.
    const end = next === null ? vma.end : Math.min(vma.end, floorRegion(next.start));
    const mayFree = end > floorRegion(vma.start);
    if (tablesFirst && mayFree) yield* freePgdRange(k, mm, vma.start, end);
    if (vma.anonVmaChain.length > 0) yield* unlinkAnonVmas(k, vma);
    if (vma.file !== null) yield* unlinkFileVma(k, vma);
    if (!tablesFirst && mayFree) yield* freePgdRange(k, mm, vma.start, end);
    vma = next;
  }
}

function floorRegion(page: number): number {
  return Math.floor(page / REGION_PAGES) * REGION_PAGES;
}

/**
 * The same for areas that were taken out of the tree (free_pgtables in munmap). Page tables are shared with what lies
 * beside: a table goes when all it maps is within `[floor, ceiling)`, the hole that is left.
 */
export function* freePgtablesOf(
  k: Kernel,
  mm: Mm,
  detached: readonly Vma[],
  floor: number,
  ceiling: number,
): Path {
  for (const vma of detached) {
    if (vma.anonVmaChain.length > 0) yield* unlinkAnonVmas(k, vma);
    if (vma.file !== null) yield* unlinkFileVma(k, vma);
  }
  const first = Math.max(floorRegion(detached[0]!.start), ceilRegion(floor));
  const last = Math.min(ceilRegion(detached.at(-1)!.end), floorRegion(ceiling));
  yield* freePgdRange(k, mm, first, last);
}

function ceilRegion(page: number): number {
  return Math.ceil(page / REGION_PAGES) * REGION_PAGES;
}

/** Frees the page tables of the regions that `[start, end)` touches (free_pgd_range). */
export function* freePgdRange(k: Kernel, mm: Mm, start: number, end: number): Path {
  let region = Math.floor(start / REGION_PAGES);
  while (region * REGION_PAGES < end) {
    if (k.rmw(mm.directory, "free_pgd_range")) yield;
    region = mm.directory.next(region);
    if (region < 0 || region * REGION_PAGES >= end) return;
    const table = k.rowOf(pteTables, mm.directory.get(region) - 1);
    mm.directory.set(region, 0);
    if (k.zone !== null) yield* giveBack(k, k.zone, table);
    else if (k.free(table, "free_pte_range")) yield;
    region++;
  }
}

/** Takes a VMA out of its file's i_mmap (unlink_file_vma). */
export function* unlinkFileVma(k: Kernel, vma: Vma): Path {
  const file = vma.file;
  if (file === null) return;
  const mapping = file.mapping;
  if (k.writeLock(mapping.rwsem, "unlink_file_vma")) yield;
  mapping.vmas.remove(vma);
  if (isSharedMaywrite(vma.flags)) mapping.writable = mapping.writable - 1;
  if (k.writeUnlock(mapping.rwsem, "unlink_file_vma")) yield;
}

/**
 * Frees the VMAs below `limit` and gives their commit charge back (tear_down_vmas; before 7.0 the loop at the end of
 * exit_mmap). Returns how many there were. Requires what freePgtables requires.
 */
export function* tearDownVmas(k: Kernel, mm: Mm, limit: number): Path<number> {
  let charged = 0;
  let count = 0;
  let vma = nextToTearDown(k, mm, 0, limit);
  while (vma !== null) {
    const end = vma.end;
    vma.attached = false; // vma_mark_detached
    charged += yield* removeVma(k, vma);
    count++;
    vma = nextToTearDown(k, mm, end, limit);
  }
  k.global.committed.add(-charged);
  return count;
}

/** Gives a VMA back: its file reference, then the structure (remove_vma, mm/vma.c). Returns the pages to un-account. */
export function* removeVma(k: Kernel, vma: Vma): Path<number> {
  const charged = (vma.flags & VM_ACCOUNT) !== 0 ? vmaPages(vma) : 0;
  const file = vma.file;
  if (file !== null) {
    yield* fput(k, file, "remove_vma");
  }
  if (vmAreaFree(k, vma)) yield;
  return charged;
}
