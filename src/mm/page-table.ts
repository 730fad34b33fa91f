/**
 * Page tables, down to the entry.
 *
 *     mm.directory   region (2 MiB) -> pte table        one announced object: read without a lock, as pmd_t is;
 *                    negative keys: which upper tables (pud and pmd pages) exist
 *     table.entries  512 entries, plain, under the table's own lock (ptl)
 *
 * An entry is a number: 0 = none, 4 = the page of zeros, 8 = a guard, otherwise 4 * serial + tag with a tag above 0, where the serial
 * names a page or a swap slot.
 *
 * Kernel counterpart: mm/memory.c (6.12), x86-64 with four levels.
 * Simplified: the pgd, pud and pmd words on the way to a region are one object per mm, so two faults that populate
 * different regions conflict though they would not in the kernel; pgtables_bytes is not kept, a table that outlives
 * its mm is a leak. No huge pages.
 */
import {
  type Lock,
  type Path,
  type Row,
  ref,
  type Slab,
  slab,
  spinlock,
  type Table,
  table,
} from "../sched/index.ts";
import type { Allocation } from "./allocation.ts";
import type { Kernel } from "./kernel.ts";
import type { Mm } from "./mm-struct.ts";
import { type Page, pages } from "./page.ts";
import { type SwapSlot, swapSlots } from "./swap.ts";

/** Entries of a pte table; a region is what one table maps. */
export const REGION_PAGES = 512;

/** struct ptdesc of a pte page. */
export interface PteTable extends Row {
  readonly ptl: Lock;
  readonly entries: Table;
  mm: Mm;
}

export const pteTables: Slab<PteTable> = slab<PteTable>("pte_table", {
  ptl: spinlock(),
  entries: table(REGION_PAGES, "pte_table.ptl"),
  mm: ref("immutable"),
});

const PRESENT = 1;
const WRITABLE = 2;
const SWAP = 3;

export const NO_ENTRY = 0;
/** The shared page of zeros, or a page that has no struct page of its own: neither counted nor referenced. */
export const ZERO_PAGE = 4;
/** A marker that makes every access fault (PTE_MARKER_GUARD). */
export const GUARD = 8;
/** A present entry. */
export function presentEntry(page: Page, writable: boolean): number {
  return page.serial * 4 + (writable ? WRITABLE : PRESENT);
}
/** A swap entry. */
export function swapEntry(slot: SwapSlot): number {
  return slot.serial * 4 + SWAP;
}
export function isPresent(entry: number): boolean {
  return entry % 4 === PRESENT || entry % 4 === WRITABLE;
}
export function isWritable(entry: number): boolean {
  return entry % 4 === WRITABLE;
}
export function isZeroPage(entry: number): boolean {
  return entry === ZERO_PAGE;
}
export function isSwap(entry: number): boolean {
  return entry % 4 === SWAP;
}
/** Page of a present entry. */
export function entryPage(k: Kernel, entry: number): Page {
  return k.rowOf(pages, Math.floor(entry / 4));
}
/** Slot of a swap entry. */
export function entrySlot(k: Kernel, entry: number): SwapSlot {
  return k.rowOf(swapSlots, Math.floor(entry / 4));
}

/** Changes an entry (set_pte_at). Requires the table's lock: a finding without it. */
export function setEntry(k: Kernel, table: PteTable, at: number, entry: number): void {
  if (k.exploring) k.assertHeld(table.ptl);
  table.entries.set(at, entry);
}

/**
 * An entry as a lockless look sees it (ptep_get_lockless). Directly behind a step that read the table's lock word:
 * entries change only while the lock is held, so taking and releasing it conflicts with the look.
 * Simplified: looks into the middle of a held section are not told apart; whatever is seen is compared again under
 * the lock before it is used.
 */
export function peekEntry(k: Kernel, table: PteTable, at: number): number {
  return k.memory.nums[table.entries.word + at]!;
}

const PUD: Allocation = { site: "pud_alloc: page table", gfp: "account" };
const PMD: Allocation = { site: "pmd_alloc: page table", gfp: "account" };
const PTE: Allocation = { site: "pte_alloc: page table", gfp: "account" };

/** Pages below one pud page (512 GiB) and one pmd page (1 GiB). */
const PUD_PAGES = 512 * 512 * 512;
const PMD_PAGES = 512 * 512;

/** Keys of upper tables in the directory: negative, so that a search for regions never meets them. */
function pudKey(page: number): number {
  return -1 - Math.floor(page / PUD_PAGES);
}
function pmdKey(page: number): number {
  return -(2 ** 40) - Math.floor(page / PMD_PAGES);
}

/**
 * The table that maps `page`, allocating what is missing on the way (pte_alloc_map and its callees). Returns null
 * when an allocation fails.
 * Simplified: the kernel links each level as it is made, under page_table_lock; here the whole missing path appears in
 * one step, and a path that could not be finished leaves nothing behind (the kernel leaves empty upper tables until
 * exit).
 */
export function* pteAlloc(k: Kernel, mm: Mm, page: number): Path<PteTable | null> {
  const region = Math.floor(page / REGION_PAGES);
  if (k.loadAcquire(mm.directory, "pte_alloc")) yield;
  const known = mm.directory.get(region);
  if (known !== 0) return k.rowOf(pteTables, known - 1);
  const hasPud = mm.directory.get(pudKey(page)) !== 0;
  const hasPmd = mm.directory.get(pmdKey(page)) !== 0;
  if (!hasPud) {
    if (k.allocating(PUD)) yield;
    if (k.refused(PUD)) return null;
  }
  if (!hasPmd) {
    if (k.allocating(PMD)) yield;
    if (k.refused(PMD)) return null;
  }
  if (k.allocating(PTE)) yield;
  if (k.refused(PTE)) return null;
  const fresh = k.alloc(pteTables);
  fresh.mm = mm;
  if (k.rmw(mm.directory, "pmd_install")) yield;
  const other = mm.directory.get(region);
  if (other !== 0) {
    // Somebody else populated it meanwhile: use theirs (__pte_alloc frees its own).
    if (k.free(fresh, "pte_free")) yield;
    return k.rowOf(pteTables, other - 1);
  }
  mm.directory.set(pudKey(page), 1);
  mm.directory.set(pmdKey(page), 1);
  mm.directory.set(region, fresh.serial + 1);
  return fresh;
}

/** The page-table entry of `page` in `mm`. For set-up and for looks from outside: no step. */
export function entryAt(k: Kernel, mm: Mm, page: number): number {
  return k.aside(() => {
    const found = mm.directory.get(Math.floor(page / REGION_PAGES));
    return found === 0 ? NO_ENTRY : k.rowOf(pteTables, found - 1).entries.get(page % REGION_PAGES);
  });
}
