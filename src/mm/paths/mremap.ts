/**
 * mremap(): an area shrinks, grows where it is, or moves.
 *
 *     shrink                 unmap the tail
 *     grow in place          extend, perhaps into a merge with the next area
 *     move                   copy_vma, move the entries, unmap the source
 *     FIXED                  unmap the destination, then shrink and move
 *     FIXED, one length      the same for every area of the range (6.17)
 *     DONTUNMAP              move the entries, leave the source mapped and empty
 *
 * What a call that fails may leave: the destination and the tail of the source unmapped, areas cut at the ends, and, of
 * several areas, those before the failing one moved.
 *
 * Kernel counterpart: mm/mremap.c (6.18).
 * Simplified: no huge-page memory, no KSM pages, no drivers with an mremap hook; nobody asked a userfaultfd for the event of
 * moving. Entries are moved one by one, never by whole tables.
 */
import { kinds, type Path } from "../../sched/index.ts";
import { chargeCommit, mayExpandVm, mlockFutureOk, unchargeCommit, vmStatAccount } from "../accounting.ts";
import { PAGES_64 } from "../bytes.ts";
import { EAGAIN, EFAULT, EINTR, EINVAL, ENOMEM, EPERM } from "../errno.ts";
import type { Kernel } from "../kernel.ts";
import { type Mm, NESTED } from "../mm-struct.ts";
import { MAP_FIXED, MAP_SHARED, MREMAP_DONTUNMAP, MREMAP_FIXED, MREMAP_MAYMOVE } from "../mman.ts";
import { NO_ENTRY, type PteTable, pteAlloc, pteTables, REGION_PAGES, setEntry } from "../page-table.ts";
import { TASK_PAGES } from "../system.ts";
import { flushTlbMm } from "../tlb.ts";
import {
  VM_ACCOUNT,
  VM_DONTEXPAND,
  VM_LOCKED,
  VM_LOCKED_MASK,
  VM_MAYSHARE,
  VM_PFNMAP,
  VM_SEALED,
  VM_SHARED,
  type Vma,
  vmaPages,
} from "../vma.ts";
import { findVma } from "../vma-tree.ts";
import { unlinkAnonVmas } from "./anon-vma.ts";
import { copyVma, maySplit, mergeNewRange } from "./merge.ts";
import { doMunmap } from "./munmap.ts";
import { mmPopulate } from "./populate.ts";
import { getUnmappedArea } from "./unmapped-area.ts";
import { leaveUserfault } from "./userfaultfd.ts";
import { endWriteAll } from "./vma-lock.ts";

const { READ } = kinds;

/** A request in pages; lengths are rounded up, 0 where rounding wrapped around (struct vma_remap_struct). */
export interface RemapRequest {
  readonly page: number;
  /** Bytes of the old address behind the page boundary; there may be none. */
  readonly rest: number;
  readonly oldPages: number;
  readonly newPages: number;
  readonly flags: number;
  readonly newPage: number;
  readonly newRest: number;
}

/** One area on its way. */
interface Remap {
  page: number;
  oldPages: number;
  newPages: number;
  newPage: number;
  readonly flags: number;
  /** Pages by which it grows or shrinks. */
  readonly delta: number;
  /** The pages charged for it, and how many of them no area will have. */
  charged: number;
  overcharged: number;
  /** The lock was dropped on success. */
  unlocked: boolean;
  /** Locked memory grew: fault it in when all is done. */
  populate: boolean;
}

const PLACES = MREMAP_FIXED | MREMAP_DONTUNMAP;

/** mremap(2). Returns the first page of where the memory is now, or an error. */
export function* mremap(k: Kernel, mm: Mm, request: RemapRequest): Path<number> {
  const places = (request.flags & PLACES) !== 0;
  const { mremapCountCheck, mremapMulti } = k.designs;
  let error = checkParameters(k, request);
  if (error === 0 && places && mremapCountCheck.looksBeforeLock) {
    if (k.step(READ, mm.mmapLock, 0, "check_mremap_params")) yield;
  }
  if (error === 0 && !mremapCountCheck.beforeLock(k, mm, places)) error = ENOMEM;
  if (error !== 0) return error;
  if (k.writeLockKillable(mm.mmapLock, "do_mremap")) yield;
  if (k.interrupted) return EINTR;

  const remap = begin(request.page, request.oldPages, request.newPages, request.newPage, request.flags);
  let result: number;
  const movesOnly = (request.flags & MREMAP_FIXED) !== 0 && request.oldPages === request.newPages;
  if (!mremapCountCheck.underLock(k, mm, places)) result = ENOMEM;
  else if (movesOnly && mremapMulti.several) result = yield* moveSeveral(k, mm, request);
  else result = yield* remapOne(k, mm, remap);

  if (!remap.unlocked) {
    if (endWriteAll(k, mm, "do_mremap")) yield;
    if (k.writeUnlock(mm.mmapLock, "do_mremap")) yield;
  }
  if (result >= 0 && remap.populate) {
    yield* mmPopulate(k, mm, result + request.oldPages, result + request.newPages, true);
  }
  return result;
}

function begin(page: number, oldPages: number, newPages: number, newPage: number, flags: number): Remap {
  const delta = Math.abs(oldPages - newPages);
  return {
    page,
    oldPages,
    newPages,
    newPage,
    flags,
    delta,
    charged: 0,
    overcharged: 0,
    unlocked: false,
    populate: false,
  };
}

/** check_mremap_params() without the number of VMAs. */
function checkParameters(k: Kernel, request: RemapRequest): number {
  const { flags, page, oldPages, newPages, newPage } = request;
  if ((flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP)) !== 0) return EINVAL;
  if (request.rest !== 0 || newPages === 0) return EINVAL;
  if (newPages > TASK_PAGES && k.designs.mremapResizeCheck.beforeUnmap) return EINVAL;
  if ((flags & PLACES) === 0) return 0;
  if (newPages > TASK_PAGES || newPage > TASK_PAGES - newPages || request.newRest !== 0) return EINVAL;
  if ((flags & MREMAP_MAYMOVE) === 0) return EINVAL;
  if ((flags & MREMAP_DONTUNMAP) !== 0 && oldPages !== newPages) return EINVAL;
  // The sum may wrap around: then nothing overlaps (vrm_overlaps).
  const oldEnd = (page + oldPages) % PAGES_64;
  return oldEnd > newPage && newPage + newPages > page ? EINVAL : 0;
}

/** The VMA that `page` is in (vma_lookup). */
function lookup(k: Kernel, mm: Mm, page: number): Vma | null {
  return findVma(k, mm, page, page + 1);
}

function* remapOne(k: Kernel, mm: Mm, remap: Remap): Path<number> {
  const vma = lookup(k, mm, remap.page);
  const error = checkVma(k, remap, vma, k.designs.mremapResizeCheck.beforeUnmap);
  if (vma === null || error !== 0) return error;
  return (remap.flags & PLACES) !== 0 ? yield* mremapTo(k, mm, remap) : yield* mremapAt(k, mm, remap, vma);
}

/**
 * check_prep_vma(): is there an area, and may it become what is asked?
 * @param resize look at length and limits, too (vma_to_resize in older kernels)
 */
function checkVma(k: Kernel, remap: Remap, vma: Vma | null, resize: boolean): number {
  if (vma === null) return EFAULT;
  if ((vma.flags & VM_SEALED) !== 0) return EPERM;
  const grows = remap.newPages > remap.oldPages;
  if (!grows && (remap.flags & PLACES) === 0) return 0;
  return resize || (remap.flags & PLACES) === 0 ? checkResize(k, remap, vma) : 0;
}

function checkResize(k: Kernel, remap: Remap, vma: Vma): number {
  const { mm, flags } = vma;
  const { page, oldPages, newPages } = remap;
  // A length of 0 means "once more", which makes sense for shared memory only.
  if (oldPages === 0 && (flags & (VM_SHARED | VM_MAYSHARE)) === 0) return EINVAL;
  if ((remap.flags & MREMAP_DONTUNMAP) !== 0 && (flags & (VM_DONTEXPAND | VM_PFNMAP)) !== 0) return EINVAL;
  const moved = k.designs.mremapResizeCheck.beforeUnmap ? Math.min(oldPages, newPages) : oldPages;
  if (moved > vma.end - page) return EFAULT;
  if (newPages <= oldPages) return 0;
  if ((flags & (VM_DONTEXPAND | VM_PFNMAP)) !== 0) return EFAULT;
  if (!mlockFutureOk(mm, flags, remap.delta)) return EAGAIN;
  if (!mayExpandVm(mm, flags, remap.delta)) return ENOMEM;
  remap.populate = (flags & VM_LOCKED) !== 0;
  return 0;
}

/** remap_move(): every area of the range, one after the other; the first error ends it, what is moved stays moved. */
function* moveSeveral(k: Kernel, mm: Mm, request: RemapRequest): Path<number> {
  const start = request.page;
  const end = start + request.oldPages;
  let target = request.newPage;
  let result = EFAULT;
  let lastEnd = -1;
  for (let at = start; ; ) {
    const vma = findVma(k, mm, at, end);
    if (vma === null) return result;
    const from = Math.max(vma.start, start);
    const stop = Math.min(vma.end, end);
    const first = lastEnd < 0;
    if (first && from > start) return EFAULT; // a hole at the start
    if (!first) target += vma.start - lastEnd; // holes between areas are kept
    lastEnd = vma.end;
    at = stop;
    const remap = begin(from, stop - from, stop - from, target, request.flags);
    // vma_multi_allowed()
    if (vma.uffd !== null && (!first || vma.end < end)) return EFAULT;
    const error = checkVma(k, remap, vma, true);
    if (error !== 0) return error;
    const moved = yield* mremapTo(k, mm, remap);
    if (moved < 0) return moved;
    if (first) result = moved;
    target = moved + remap.newPages;
  }
}

/** mremap_to(): to a place that is named, or with the source left mapped. */
function* mremapTo(k: Kernel, mm: Mm, remap: Remap): Path<number> {
  if ((remap.flags & MREMAP_FIXED) !== 0) {
    const error = yield* doMunmap(k, mm, remap.newPage, remap.newPage + remap.newPages, false);
    if (error !== 0) return error;
    // The source may have gone with it; older kernels notice behind the shrink.
    if (k.designs.mremapResizeCheck.beforeUnmap && lookup(k, mm, remap.page) === null) return EFAULT;
  }
  if (remap.oldPages > remap.newPages) {
    const error = yield* unmapTail(k, mm, remap, false);
    if (error !== 0) return error;
    remap.oldPages = remap.newPages;
    // vrm->delta is still what it was.
    if (k.designs.mremapResizeCheck.chargesShrink) remap.overcharged = remap.delta;
  }
  // Both may have been one area: look again.
  const vma = lookup(k, mm, remap.page);
  if (vma === null) return EFAULT;
  if (!k.designs.mremapResizeCheck.beforeUnmap) {
    const error = checkResize(k, remap, vma);
    if (error !== 0) return error;
  }
  if ((remap.flags & MREMAP_DONTUNMAP) !== 0 && !mayExpandVm(mm, vma.flags, remap.oldPages)) return ENOMEM;
  const error = setNewPage(k, mm, remap, vma);
  return error !== 0 ? error : yield* moveVma(k, mm, remap, vma);
}

/** mremap_at(): the kernel chooses the place, if another is needed at all. */
function* mremapAt(k: Kernel, mm: Mm, remap: Remap, vma: Vma): Path<number> {
  const { page, oldPages, newPages, delta } = remap;
  if (newPages === oldPages) return page;
  if (newPages < oldPages) {
    const error = yield* unmapTail(k, mm, remap, true);
    if (error === 0) remap.unlocked = true;
    return error !== 0 ? error : page;
  }
  if (vma.end - page === oldPages && isExpandable(k, mm, vma, delta)) {
    return (yield* expandInPlace(k, mm, remap, vma)) ? page : ENOMEM;
  }
  if ((remap.flags & MREMAP_MAYMOVE) === 0) return ENOMEM;
  const error = setNewPage(k, mm, remap, vma);
  return error !== 0 ? error : yield* moveVma(k, mm, remap, vma);
}

/** shrink_vma() */
function* unmapTail(k: Kernel, mm: Mm, remap: Remap, unlock: boolean): Path<number> {
  const start = remap.page + remap.newPages;
  const end = remap.page + remap.oldPages;
  if (end > TASK_PAGES) return EINVAL;
  return yield* doMunmap(k, mm, start, end, unlock);
}

/** vma_expandable(): nothing above; a guard gap there does not count. */
function isExpandable(k: Kernel, mm: Mm, vma: Vma, delta: number): boolean {
  const end = vma.end + delta;
  if (findVma(k, mm, vma.end, end) !== null) return false;
  return getUnmappedArea(k, mm, null, vma.start, 0, end - vma.start, 0, MAP_FIXED) >= 0;
}

/** expand_vma_in_place() */
function* expandInPlace(k: Kernel, mm: Mm, remap: Remap, vma: Vma): Path<boolean> {
  if (!(yield* charge(k, remap, vma))) return false;
  const start = vma.end;
  const end = start + remap.delta;
  const { flags, file, anonVma } = vma;
  const extended = yield* mergeNewRange(
    k,
    {
      mm,
      start,
      end,
      flags,
      pgoff: vma.pgoff + start - vma.start,
      file,
      anonVma,
      prev: vma,
      next: findVma(k, mm, end, end + 1),
      copiedFrom: null,
      traits: vma,
    },
    false,
  );
  if (extended === null) {
    unchargeCommit(k, remap.charged);
    return false;
  }
  countPages(mm, extended, remap.delta);
  return true;
}

/** vrm_stat_account() */
function countPages(mm: Mm, vma: Vma, pages: number): void {
  vmStatAccount(mm, vma.flags, pages);
  if ((vma.flags & VM_LOCKED) !== 0) mm.lockedVm = mm.lockedVm + pages;
}

/** vrm_calc_charge(): all of it when the source stays mapped, else what it grows by, or has been shrunk by. */
function* charge(k: Kernel, remap: Remap, vma: Vma): Path<boolean> {
  if ((vma.flags & VM_ACCOUNT) === 0) return true;
  const stays = (remap.flags & MREMAP_DONTUNMAP) !== 0;
  const pages = stays ? remap.newPages : Math.max(0, remap.newPages - remap.oldPages) + remap.overcharged;
  if (pages > 0 && (yield* chargeCommit(k, pages)) !== 0) return false;
  remap.charged = pages;
  if (remap.overcharged > 0) k.global.overcharged.add(remap.overcharged);
  return true;
}

/** vrm_set_new_addr() */
function setNewPage(k: Kernel, mm: Mm, remap: Remap, vma: Vma): number {
  const wish = (remap.flags & PLACES) !== 0 ? remap.newPage : 0;
  let flags = (remap.flags & MREMAP_FIXED) !== 0 ? MAP_FIXED : 0;
  if ((vma.flags & VM_MAYSHARE) !== 0) flags |= MAP_SHARED;
  const pgoff = vma.pgoff + remap.page - vma.start;
  const at = getUnmappedArea(k, mm, vma.file, wish, 0, remap.newPages, pgoff, flags);
  if (at < 0) return at;
  remap.newPage = at;
  return 0;
}

/** move_vma() */
function* moveVma(k: Kernel, mm: Mm, remap: Remap, vma: Vma): Path<number> {
  if (!k.designs.mremapCountCheck.atMove(k, mm)) {
    if (k.telling)
      k.say(
        `mremap() refuses: ${k.rowName(mm)} has ${mm.mapCount} areas, too near the limit of ${k.system.maxMapCount}`,
      );
    return ENOMEM;
  }
  const cut = remap.page !== vma.start || remap.page + remap.oldPages !== vma.end;
  if (cut && !maySplit(vma)) return EINVAL;
  if (!(yield* charge(k, remap, vma))) return ENOMEM;
  const offset = vma.pgoff + remap.page - vma.start;
  const copied = yield* copyVma(k, vma, remap.newPage, remap.newPages, offset);
  if (copied === null) {
    unchargeCommit(k, remap.charged);
    if (remap.charged > 0 && remap.overcharged > 0) k.global.overcharged.add(-remap.overcharged);
    return ENOMEM;
  }
  const source = copied.from;
  const moved = yield* moveEntries(k, copied.to, remap.page, remap.newPage, remap.oldPages);
  // mremap_userfaultfd_prep: of all that the copy was merged with, too
  leaveUserfault(copied.to);
  if (moved < remap.oldPages) {
    // Move back what was moved: its tables are still there. Then the copy is what must go.
    yield* moveEntries(k, source, remap.newPage, remap.page, moved);
    countPages(mm, source, remap.newPages);
    remap.page = remap.newPage;
    remap.oldPages = remap.newPages;
    yield* unmapSource(k, mm, remap, copied.to);
    return ENOMEM;
  }
  const stays = (remap.flags & MREMAP_DONTUNMAP) !== 0;
  countPages(mm, source, remap.newPages);
  if (stays && (source.flags & VM_LOCKED) !== 0) {
    // The whole source is unlocked, and not counted out. Before 6.17 the copy was not counted in.
    const { beforeUnmap } = k.designs.mremapResizeCheck;
    if (!beforeUnmap) mm.lockedVm = mm.lockedVm - remap.newPages;
    mm.lockedTwice = mm.lockedTwice + vmaPages(source) - (beforeUnmap ? 0 : remap.newPages);
  }
  if (stays) yield* leaveSource(k, remap, copied.to, source);
  else yield* unmapSource(k, mm, remap, source);
  return remap.newPage;
}

/** dontunmap_complete(): the source loses its locks, even where only a part of it was moved. */
function* leaveSource(k: Kernel, remap: Remap, target: Vma, source: Vma): Path {
  source.flags &= ~VM_LOCKED_MASK;
  const whole = remap.page === source.start && remap.page + remap.oldPages === source.end;
  if (target !== source && whole) yield* unlinkAnonVmas(k, source);
}

/**
 * unmap_source_vma(): the charge moved with the pages, so the source is not to give it back. If it cannot be unmapped, the
 * call succeeds all the same, and both areas stay.
 */
function* unmapSource(k: Kernel, mm: Mm, remap: Remap, vma: Vma): Path {
  const start = remap.page;
  const end = start + remap.oldPages;
  const hidden = (vma.flags & VM_ACCOUNT) !== 0 && (remap.flags & MREMAP_DONTUNMAP) === 0;
  const { start: vmaStart, end: vmaEnd } = vma;
  if (hidden) vma.flags &= ~VM_ACCOUNT;
  // A length of 0 unmaps nothing: shared memory was mapped once more.
  const error = end > start ? yield* doMunmap(k, mm, start, end, false) : EINVAL;
  if (error !== 0) {
    k.global.committed.add(remap.oldPages);
    return;
  }
  if (!hidden) return;
  if (vmaStart < start) {
    const below = mm.tree.before(start);
    if (below !== null) below.flags |= VM_ACCOUNT;
  }
  if (vmaEnd > end) {
    const above = findVma(k, mm, end);
    if (above !== null) above.flags |= VM_ACCOUNT;
  }
}

/** Moves entries into another area (move_page_tables). Returns how many pages it came to: less where a table was refused. */
function* moveEntries(k: Kernel, target: Vma, from: number, to: number, pages: number): Path<number> {
  const { mm } = target;
  let done = 0;
  while (done < pages) {
    if (k.loadAcquire(mm.directory, "move_page_tables")) yield;
    const region = mm.directory.next(Math.floor((from + done) / REGION_PAGES));
    if (region < 0 || region * REGION_PAGES >= from + pages) return pages;
    const old = k.rowOf(pteTables, mm.directory.get(region) - 1);
    done = Math.max(done, region * REGION_PAGES - from);
    const page = from + done;
    const count = Math.min(
      pages - done,
      REGION_PAGES - (page % REGION_PAGES),
      REGION_PAGES - ((to + done) % REGION_PAGES),
    );
    const fresh = yield* pteAlloc(k, mm, to + done);
    if (fresh === null) return done;
    yield* moveTable(k, old, fresh, page % REGION_PAGES, (to + done) % REGION_PAGES, count);
    done += count;
  }
  return pages;
}

/** move_ptes(): both locks, the source's first. */
function* moveTable(k: Kernel, from: PteTable, to: PteTable, at: number, other: number, count: number): Path {
  if (k.lock(from.ptl, "move_ptes")) yield;
  if (from !== to) {
    if (k.lock(to.ptl, "move_ptes", NESTED)) yield;
  }
  const stop = at + count;
  for (let i = from.entries.nextUsed(at, stop); i < stop; i = from.entries.nextUsed(i + 1, stop)) {
    const entry = from.entries.get(i);
    setEntry(k, from, i, NO_ENTRY);
    setEntry(k, to, other + i - at, entry);
  }
  if (k.tlbs.length > 0) yield* flushTlbMm(k, from.mm, "move_ptes");
  if (from !== to) {
    if (k.unlock(to.ptl, "move_ptes")) yield;
  }
  if (k.unlock(from.ptl, "move_ptes")) yield;
}
