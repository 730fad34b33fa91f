/**
 * Copying the page-table entries of one VMA from parent to child, at fork.
 *
 * Kernel counterpart: copy_page_range() and its callees in mm/memory.c (6.12).
 * Simplified: no pinned pages, no migration or device entries, no huge pages; the page-table locks are held over a
 * whole table (the kernel lets others in every 32 units of progress); notifiers have no subscribers yet.
 */
import type { Path } from "../../sched/index.ts";
import { ENOMEM } from "../errno.ts";
import type { Kernel } from "../kernel.ts";
import { ANON_PAGES, FILE_PAGES, type Mm, NESTED, SWAP_ENTRIES } from "../mm-struct.ts";
import {
  entryPage,
  entrySlot,
  GUARD,
  isPresent,
  isSwap,
  isZeroPage,
  type PteTable,
  presentEntry,
  pteAlloc,
  pteTables,
  REGION_PAGES,
  setEntry,
} from "../page-table.ts";
import { swapDuplicate } from "../swap.ts";
import { isCowMapping, VM_MAYBE_GUARD, VM_PFNMAP, type Vma } from "../vma.ts";

/**
 * Copies what must be copied. 0 or -ENOMEM; what was copied before a failure stays for the teardown to zap.
 * Requires both mmap_locks for writing.
 */
export function* copyPageRange(k: Kernel, dst: Vma, src: Vma): Path<number> {
  // vma_needs_copy: without an anon_vma the child can fault everything in again.
  if (src.anonVma === null && (src.flags & (VM_PFNMAP | VM_MAYBE_GUARD)) === 0) return 0;
  const last = src.end;
  let page = src.start;
  while (page < last) {
    if (k.loadAcquire(src.mm.directory, "copy_page_range")) yield;
    const region = src.mm.directory.next(Math.floor(page / REGION_PAGES));
    if (region < 0 || region * REGION_PAGES >= last) return 0;
    const from = k.rowOf(pteTables, src.mm.directory.get(region) - 1);
    const start = Math.max(page, region * REGION_PAGES);
    const end = Math.min(last, (region + 1) * REGION_PAGES);
    const to = yield* pteAlloc(k, dst.mm, start);
    if (to === null) return ENOMEM;
    yield* copyTable(k, dst, src, to, from, start, end);
    page = end;
  }
  return 0;
}

/** copy_pte_range(): the entries of one table, child's lock first. */
function* copyTable(
  k: Kernel,
  dst: Vma,
  src: Vma,
  to: PteTable,
  from: PteTable,
  start: number,
  end: number,
): Path {
  const mm = dst.mm;
  let rss = 0;
  let joined = false;
  if (k.lock(to.ptl, "copy_pte_range")) yield;
  if (k.lock(from.ptl, "copy_pte_range", NESTED)) yield;
  const stop = (start % REGION_PAGES) + end - start;
  for (
    let at = from.entries.nextUsed(start % REGION_PAGES, stop);
    at < stop;
    at = from.entries.nextUsed(at + 1, stop)
  ) {
    const entry = from.entries.get(at);
    if (isSwap(entry)) {
      yield* swapDuplicate(k, entrySlot(k, entry));
      // The kernel looks at the list without the lock first: once on it, only the last mmput takes it off.
      if (!joined) yield* joinMmlist(k, mm, src.mm);
      joined = true;
      setEntry(k, to, at, entry);
      rss += SWAP_ENTRIES;
    } else if (isPresent(entry)) {
      const copied = entryPage(k, entry);
      if (k.add(copied.refs, 1, "copy_present_pte")) yield;
      copied.mapcount.add(1);
      const anonymous = copied.anonVma !== null;
      rss += anonymous ? ANON_PAGES : FILE_PAGES;
      const writable = !isCowMapping(src) && entry === presentEntry(copied, true);
      if (isCowMapping(src)) setEntry(k, from, at, presentEntry(copied, false));
      setEntry(k, to, at, presentEntry(copied, writable));
    } else if (isZeroPage(entry) || entry === GUARD) {
      setEntry(k, to, at, entry);
    }
  }
  mm.rss.add(rss);
  if (k.unlock(from.ptl, "copy_pte_range")) yield;
  if (k.unlock(to.ptl, "copy_pte_range")) yield;
}

/** The child may hold swap entries now: swapoff must find it, right behind its parent (copy_nonpresent_pte). */
export function* joinMmlist(k: Kernel, mm: Mm, behind: Mm | null): Path {
  if (k.lock(k.global.mmlistLock, "copy_nonpresent_pte")) yield;
  if (!mm.onMmlist) {
    k.global.mmlist.insertAfter(behind !== null && k.global.mmlist.has(behind) ? behind : null, mm);
    mm.onMmlist = true;
    k.say(`${k.rowName(mm)} is on the list of mms with swap entries: swapoff can reach it from here on`);
  }
  if (k.unlock(k.global.mmlistLock, "copy_nonpresent_pte")) yield;
}
