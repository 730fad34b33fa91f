/**
 * Reverse mapping: from a page, or from a file, to every VMA that may map it, and through `vma.mm` to the page-table
 * entry. A walker takes neither mmap_lock nor a reference to the mm; the lock of the anon_vma root or of the file
 * keeps the VMA linked, and a linked VMA has its page tables.
 *
 * Kernel counterpart: rmap_walk_anon(), try_to_unmap_one() in mm/rmap.c; zap of a file range (unmap_mapping_range) in
 * mm/memory.c (6.12).
 * Simplified: swap-out goes one entry at a time; no young bits; the page is not written out; the looks whether anybody still maps the page
 * (folio_lock_anon_vma_read) are left out, so a scenario must keep one of its mappers while it swaps a page out.
 */
import type { Path } from "../../sched/index.ts";
import type { Mapping } from "../file.ts";
import type { Kernel } from "../kernel.ts";
import { ANON_PAGES, SWAP_ENTRIES } from "../mm-struct.ts";
import { type Page, putPage } from "../page.ts";
import { entryPage, isPresent, pteTables, REGION_PAGES, setEntry, swapEntry } from "../page-table.ts";
import { cachedPage, type SwapDevice, type SwapSlot, swapCount, swapMap, swapSlots } from "../swap.ts";
import { flushTlb } from "../tlb.ts";
import type { Vma } from "../vma.ts";
import { joinMmlist } from "./copy-page-range.ts";
import { ZAP_NO_COWS, zapSingle } from "./exit.ts";

/**
 * Gives the page a slot and puts it into the swap cache (add_to_swap). null: the device gives none any more, because swapoff() has
 * begun. The caller holds the folio lock.
 */
export function* addToSwap(k: Kernel, page: Page, device: SwapDevice = k.swap): Path<SwapSlot | null> {
  k.assertHeld(page.lock);
  if (k.read(device.writeok, "folio_alloc_swap")) yield;
  if (device.writeok.value === 0) return null;
  const slot = k.alloc(swapSlots);
  k.label(slot, "swap slot");
  slot.device = device;
  slot.data = page.data;
  if (k.lock(device.lock, "add_to_swap")) yield;
  k.assertHeld(device.lock);
  device.slots.push(slot);
  if (k.unlock(device.lock, "add_to_swap")) yield;
  if (k.add(device.inuse, 1, "add_to_swap")) yield;
  if (k.add(page.refs, 1, "add_to_swap")) yield;
  if (k.rmw(slot.map, "add_to_swap")) yield;
  slot.map.value = swapMap(0, page);
  return slot;
}

/**
 * Replaces every entry that maps the anonymous page by a swap entry (try_to_unmap). The caller holds the folio lock
 * and a reference. Returns how many there were.
 */
export function* tryToUnmap(k: Kernel, page: Page, slot: SwapSlot): Path<number> {
  const anonVma = page.anonVma;
  if (anonVma === null) return 0;
  let unmapped = 0;
  if (k.readLock(anonVma.root.rwsem, "rmap_walk_anon")) yield;
  for (const avc of anonVma.links.items()) {
    const vma = avc.vma;
    const at = vma.start + page.index - vma.pgoff;
    if (at < vma.start || at >= vma.end) continue;
    k.witness(`rmap walks ${k.rowName(vma.mm)}`);
    unmapped += yield* tryToUnmapOne(k, vma, at, page, slot);
  }
  if (k.readUnlock(anonVma.root.rwsem, "rmap_walk_anon")) yield;
  return unmapped;
}

function* tryToUnmapOne(k: Kernel, vma: Vma, at: number, page: Page, slot: SwapSlot): Path<number> {
  const mm = vma.mm;
  if (k.loadAcquire(mm.directory, "page_vma_mapped_walk")) yield;
  const found = mm.directory.get(Math.floor(at / REGION_PAGES));
  if (found === 0) return 0;
  const table = k.rowOf(pteTables, found - 1);
  if (k.lock(table.ptl, "page_vma_mapped_walk")) yield;
  const entry = table.entries.get(at % REGION_PAGES);
  const maps = isPresent(entry) && entryPage(k, entry) === page;
  if (maps) {
    if (k.rmw(slot.map, "swap_duplicate")) yield;
    slot.map.value = swapMap(swapCount(slot.map.value) + 1, cachedPage(k, slot.map.value));
    yield* joinMmlist(k, mm, null);
    setEntry(k, table, at % REGION_PAGES, swapEntry(slot));
    if (k.tlbs.length > 0) yield* flushTlb(k, mm, at, at + 1, "ptep_clear_flush");
    mm.rss.add(SWAP_ENTRIES - ANON_PAGES);
    page.mapcount.add(-1);
  }
  if (k.unlock(table.ptl, "page_vma_mapped_walk")) yield;
  if (!maps) return 0;
  yield* putPage(k, page, "try_to_unmap_one");
  return 1;
}

/** Swaps an anonymous page out: slot, cache, unmap everywhere (the part of shrink_folio_list that meets mms). */
export function* swapOut(k: Kernel, page: Page, device: SwapDevice = k.swap): Path<SwapSlot | null> {
  // Whoever allocates may come to wait for what stands here.
  k.enterPseudo("fs_reclaim", "shrink_folio_list");
  if (k.lock(page.lock, "shrink_folio_list")) yield;
  const slot = yield* addToSwap(k, page, device);
  if (slot !== null) yield* tryToUnmap(k, page, slot);
  if (k.unlock(page.lock, "shrink_folio_list")) yield;
  k.leavePseudo("fs_reclaim");
  return slot;
}

/** The page was written out: reclaim frees it, and whoever wants it reads the slot again (__remove_mapping). */
export function* removeMapping(k: Kernel, page: Page, slot: SwapSlot): Path {
  if (k.lock(page.lock, "__remove_mapping")) yield;
  k.assertHeld(page.lock);
  if (k.rmw(slot.map, "__remove_mapping")) yield;
  const cached = cachedPage(k, slot.map.value) === page;
  if (cached) slot.map.value = swapMap(swapCount(slot.map.value), null);
  if (k.unlock(page.lock, "__remove_mapping")) yield;
  if (cached) yield* putPage(k, page, "__remove_mapping");
}

/** Unmaps a whole file from everybody who maps it, as truncation does (unmap_mapping_range). */
export function* unmapMappingRange(k: Kernel, mapping: Mapping): Path {
  yield* unmapMappingPages(k, mapping, 0, Number.MAX_SAFE_INTEGER, true);
}

/**
 * The same for pages `[first, end)` of the file (unmap_mapping_pages).
 * @param copiesToo private copies of these pages go as well: the file has become shorter (even_cows)
 */
export function* unmapMappingPages(
  k: Kernel,
  mapping: Mapping,
  first: number,
  end: number,
  copiesToo: boolean,
): Path {
  const mode = copiesToo ? 0 : ZAP_NO_COWS;
  if (k.readLock(mapping.rwsem, "unmap_mapping_range")) yield;
  for (const vma of mapping.vmas.items()) {
    k.witness(`truncate walks ${k.rowName(vma.mm)}`);
    const from = Math.max(vma.start, vma.start + first - vma.pgoff);
    const to = Math.min(vma.end, vma.start + end - vma.pgoff);
    if (from < to) yield* zapSingle(k, vma.mm, from, to, "unmap_mapping_range", mode);
  }
  if (k.readUnlock(mapping.rwsem, "unmap_mapping_range")) yield;
}
