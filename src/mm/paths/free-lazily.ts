/**
 * MADV_FREE and MADV_PAGEOUT: pages that may go, and pages that shall go.
 *
 *     MADV_FREE       the page stays as it is until memory is short; a write makes it ordinary again
 *     MADV_PAGEOUT    is such a shortage: what was freed lazily goes now
 *
 * Kernel counterpart: madvise_free_pte_range, madvise_cold_or_pageout_pte_range in mm/madvise.c (6.18).
 * Simplified: memory is never short otherwise; MADV_PAGEOUT takes neither ordinary anonymous pages (as without swap) nor
 * pages of files, which a fault brings back.
 */
import type { Path } from "../../sched/index.ts";
import type { Kernel } from "../kernel.ts";
import { ANON_PAGES, type Mm, SWAP_ENTRIES } from "../mm-struct.ts";
import { type Page, putPage } from "../page.ts";
import {
  entryPage,
  entrySlot,
  isPresent,
  isSwap,
  NO_ENTRY,
  type PteTable,
  pteTables,
  REGION_PAGES,
  setEntry,
} from "../page-table.ts";
import { freeSwapAndCache } from "../swap.ts";
import { flushTlb } from "../tlb.ts";

/** Marks the anonymous pages of `[start, end)` that nobody else maps; swapped ones go at once. Requires mmap_lock. */
export function* freeLazily(k: Kernel, mm: Mm, start: number, end: number): Path {
  yield* forEachTable(k, mm, start, end, "madvise_free_pte_range", function* (table, at, stop) {
    for (let i = table.entries.nextUsed(at, stop); i < stop; i = table.entries.nextUsed(i + 1, stop)) {
      const entry = table.entries.get(i);
      if (isSwap(entry)) {
        setEntry(k, table, i, NO_ENTRY);
        mm.rss.add(-SWAP_ENTRIES);
        yield* freeSwapAndCache(k, entrySlot(k, entry));
      } else if (isPresent(entry)) {
        const page = entryPage(k, entry);
        if (page.anonVma !== null && page.mapcount.total === 1) page.lazy = true;
      }
    }
  });
}

/** Reclaims what was freed lazily in `[start, end)`. Requires mmap_lock. */
export function* pageOut(k: Kernel, mm: Mm, start: number, end: number): Path {
  const gone: Page[] = [];
  yield* forEachTable(k, mm, start, end, "madvise_cold_or_pageout_pte_range", function* (table, at, stop) {
    for (let i = table.entries.nextUsed(at, stop); i < stop; i = table.entries.nextUsed(i + 1, stop)) {
      const entry = table.entries.get(i);
      if (!isPresent(entry)) continue;
      const page = entryPage(k, entry);
      if (!page.lazy || page.mapcount.total !== 1) continue;
      setEntry(k, table, i, NO_ENTRY);
      mm.rss.add(-ANON_PAGES);
      page.mapcount.add(-1);
      gone.push(page);
    }
  });
  if (k.tlbs.length > 0) yield* flushTlb(k, mm, start, end, "shrink_folio_list");
  for (const page of gone) yield* putPage(k, page, "shrink_folio_list");
}

/** Runs `work` on each table of a range, under its lock. */
function* forEachTable(
  k: Kernel,
  mm: Mm,
  start: number,
  end: number,
  site: string,
  work: (table: PteTable, at: number, stop: number) => Path,
): Path {
  for (let page = start; page < end; ) {
    if (k.loadAcquire(mm.directory, site)) yield;
    const region = mm.directory.next(Math.floor(page / REGION_PAGES));
    if (region < 0 || region * REGION_PAGES >= end) return;
    const table = k.rowOf(pteTables, mm.directory.get(region) - 1);
    const base = region * REGION_PAGES;
    if (k.lock(table.ptl, site)) yield;
    yield* work(table, Math.max(page - base, 0), Math.min(end - base, REGION_PAGES));
    if (k.unlock(table.ptl, site)) yield;
    page = base + REGION_PAGES;
  }
}
