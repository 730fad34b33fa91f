/**
 * madvise(): advice on a range, area by area. Holes are skipped, and reported at the end.
 *
 * Kernel counterpart: mm/madvise.c, ksm_madvise in mm/ksm.c, hugepage_madvise in mm/khugepaged.c (6.18).
 * Simplified: MADV_COLD, WILLNEED and COLLAPSE change nothing; memory failure is not modelled.
 */
import type { Path } from "../../sched/index.ts";
import { EACCES, EAGAIN, EBADF, EINTR, EINVAL, ENOMEM, EPERM } from "../errno.ts";
import { isAnonShmem, truncateInodePages } from "../file.ts";
import type { Kernel } from "../kernel.ts";
import type { Mm } from "../mm-struct.ts";
import {
  MADV_COLD,
  MADV_DODUMP,
  MADV_DOFORK,
  MADV_DONTDUMP,
  MADV_DONTFORK,
  MADV_DONTNEED,
  MADV_DONTNEED_LOCKED,
  MADV_FREE,
  MADV_GUARD_INSTALL,
  MADV_GUARD_REMOVE,
  MADV_HUGEPAGE,
  MADV_KEEPONFORK,
  MADV_MERGEABLE,
  MADV_NOHUGEPAGE,
  MADV_NORMAL,
  MADV_PAGEOUT,
  MADV_POPULATE_READ,
  MADV_POPULATE_WRITE,
  MADV_RANDOM,
  MADV_REMOVE,
  MADV_SEQUENTIAL,
  MADV_UNMERGEABLE,
  MADV_WILLNEED,
  MADV_WIPEONFORK,
} from "../mman.ts";
import {
  isAnonymous,
  isSharedMaywrite,
  VM_DONTCOPY,
  VM_DONTDUMP,
  VM_DROPPABLE,
  VM_HUGEPAGE,
  VM_HUGETLB,
  VM_IO,
  VM_LOCKED,
  VM_MAYSHARE,
  VM_MERGEABLE,
  VM_NOHUGEPAGE,
  VM_PFNMAP,
  VM_RAND_READ,
  VM_SEALED,
  VM_SEQ_READ,
  VM_SHARED,
  VM_SPECIAL,
  VM_WIPEONFORK,
  type Vma,
} from "../vma.ts";
import { findVma } from "../vma-tree.ts";
import { zapSingle } from "./exit.ts";
import { freeLazily, pageOut } from "./free-lazily.ts";
import { installGuards, removeGuards } from "./guard.ts";
import { modifyFlags, resetFlags } from "./merge.ts";
import { madvisePopulate } from "./populate.ts";
import { unmapMappingPages } from "./rmap.ts";
import { endWriteAll } from "./vma-lock.ts";

const PAGE = 4096;

/** __MADV_SET_ANON_VMA_NAME: no advice that user space could give. */
const SET_ANON_NAME = -1;

const KNOWN: readonly number[] = [
  MADV_NORMAL,
  MADV_RANDOM,
  MADV_SEQUENTIAL,
  MADV_WILLNEED,
  MADV_DONTNEED,
  MADV_FREE,
  MADV_REMOVE,
  MADV_DONTFORK,
  MADV_DOFORK,
  MADV_MERGEABLE,
  MADV_UNMERGEABLE,
  MADV_HUGEPAGE,
  MADV_NOHUGEPAGE,
  MADV_DONTDUMP,
  MADV_DODUMP,
  MADV_WIPEONFORK,
  MADV_KEEPONFORK,
  MADV_COLD,
  MADV_PAGEOUT,
  MADV_POPULATE_READ,
  MADV_POPULATE_WRITE,
  MADV_DONTNEED_LOCKED,
];

/** Advice that this model knows (madvise_behavior_valid). */
export function isKnownAdvice(k: Kernel, advice: number): boolean {
  if (advice === MADV_GUARD_INSTALL || advice === MADV_GUARD_REMOVE) return k.designs.madviseGuard.known;
  return KNOWN.includes(advice);
}

/** Advice that needs no more than a look at the areas (madvise_lock). */
const READS: readonly number[] = [
  MADV_REMOVE,
  MADV_WILLNEED,
  MADV_COLD,
  MADV_PAGEOUT,
  MADV_FREE,
  MADV_DONTNEED,
  MADV_DONTNEED_LOCKED,
  MADV_GUARD_INSTALL,
  MADV_GUARD_REMOVE,
];

/** Advice after which contents may be gone (is_discard). */
const DISCARDS: readonly number[] = [
  MADV_FREE,
  MADV_DONTNEED,
  MADV_DONTNEED_LOCKED,
  MADV_REMOVE,
  MADV_DONTFORK,
  MADV_WIPEONFORK,
  MADV_GUARD_INSTALL,
];

/** madvise(2) for a range of pages, not empty, with advice that `isKnownAdvice`. */
export function* madvise(k: Kernel, mm: Mm, page: number, count: number, advice: number): Path<number> {
  const end = page + count;
  if (advice === MADV_POPULATE_READ) return yield* madvisePopulate(k, mm, page, end, false);
  if (advice === MADV_POPULATE_WRITE) return yield* madvisePopulate(k, mm, page, end, true);
  const reads = READS.includes(advice);
  if (reads) {
    if (k.readLock(mm.mmapLock, "do_madvise")) yield;
  } else {
    if (k.writeLockKillable(mm.mmapLock, "do_madvise")) yield;
    if (k.interrupted) return EINTR;
  }
  const error = yield* walkVmas(k, mm, page, end, advice);
  if (reads) {
    if (k.readUnlock(mm.mmapLock, "do_madvise")) yield;
  } else {
    if (endWriteAll(k, mm, "do_madvise")) yield;
    if (k.writeUnlock(mm.mmapLock, "do_madvise")) yield;
  }
  return error;
}

/** Names a range of anonymous memory, or takes the names away (madvise_set_anon_name). */
export function* setAnonName(
  k: Kernel,
  mm: Mm,
  page: number,
  count: number,
  name: string | null,
): Path<number> {
  if (k.writeLockKillable(mm.mmapLock, "madvise_set_anon_name")) yield;
  if (k.interrupted) return EINTR;
  const error = yield* walkVmas(k, mm, page, page + count, SET_ANON_NAME, name);
  if (k.writeUnlock(mm.mmapLock, "madvise_set_anon_name")) yield;
  return error;
}

/** Shared anonymous memory can be named, too. */
function* nameVma(k: Kernel, vma: Vma, start: number, end: number, name: string | null): Path<number> {
  if (vma.file !== null && !isAnonShmem(vma.file)) return EBADF;
  if (vma.anonName === name) return 0;
  const target = yield* modifyFlags(k, vma, start, end, vma.flags, {
    anonName: name,
    policy: vma.policy,
    uffd: vma.uffd,
    uffdModes: vma.uffdModes,
  });
  if (typeof target === "number") return target === ENOMEM ? EAGAIN : target;
  target.anonName = name;
  return 0;
}

/** madvise_walk_vmas() */
function* walkVmas(
  k: Kernel,
  mm: Mm,
  page: number,
  end: number,
  advice: number,
  name: string | null = null,
): Path<number> {
  let start = page;
  let hole = 0;
  for (;;) {
    const vma = findVma(k, mm, start);
    if (vma === null) return ENOMEM;
    if (start < vma.start) {
      hole = ENOMEM;
      start = vma.start;
      if (start >= end) return hole;
    }
    const stop = Math.min(vma.end, end);
    const error: number =
      advice === SET_ANON_NAME
        ? yield* nameVma(k, vma, start, stop, name)
        : yield* adviseVma(k, vma, start, stop, advice);
    if (error !== 0) return error;
    start = stop;
    if (start >= end) return hole;
  }
}

/** madvise_vma_behavior() */
function* adviseVma(k: Kernel, vma: Vma, start: number, end: number, advice: number): Path<number> {
  if (
    (vma.flags & VM_SEALED) !== 0 &&
    DISCARDS.includes(advice) &&
    !k.designs.madviseSealed.mayDiscard(vma)
  ) {
    return EPERM;
  }
  switch (advice) {
    case MADV_WILLNEED:
      return 0;
    case MADV_COLD:
    case MADV_PAGEOUT:
      if ((vma.flags & (VM_LOCKED | VM_PFNMAP | VM_HUGETLB)) !== 0) return EINVAL;
      if (advice === MADV_PAGEOUT) yield* pageOut(k, vma.mm, start, end);
      return 0;
    case MADV_DONTNEED:
    case MADV_DONTNEED_LOCKED:
    case MADV_FREE:
      return yield* discard(k, vma, start, end, advice);
    case MADV_REMOVE:
      return yield* punchHole(k, vma, start, end);
    case MADV_GUARD_INSTALL:
      return yield* installGuards(k, vma, start, end);
    case MADV_GUARD_REMOVE:
      return yield* removeGuards(k, vma, start, end);
  }
  const flags = advisedFlags(vma, advice);
  if (flags < 0) return flags;
  if (flags === vma.flags) return 0;
  const target = yield* modifyFlags(k, vma, start, end, flags);
  // -ENOMEM would mean a hole here
  if (typeof target === "number") return target === ENOMEM ? EAGAIN : target;
  resetFlags(target, flags);
  return 0;
}

/** madvise_dontneed_free() */
function* discard(k: Kernel, vma: Vma, start: number, end: number, advice: number): Path<number> {
  const forbidden = advice === MADV_DONTNEED_LOCKED ? VM_PFNMAP : VM_PFNMAP | VM_LOCKED;
  if ((vma.flags & forbidden) !== 0) return EINVAL;
  if (advice === MADV_FREE) {
    if (!isAnonymous(vma)) return EINVAL;
    yield* freeLazily(k, vma.mm, start, end);
    return 0;
  }
  yield* zapSingle(k, vma.mm, start, end, "madvise_dontneed_single_vma");
  return 0;
}

/** madvise_remove(): the pages of the file go, for everybody. */
function* punchHole(k: Kernel, vma: Vma, start: number, end: number): Path<number> {
  if ((vma.flags & VM_LOCKED) !== 0) return EINVAL;
  const file = vma.file;
  if (file === null) return EINVAL;
  if (!isSharedMaywrite(vma.flags)) return EACCES;
  const { mapping } = file;
  const first = vma.pgoff + start - vma.start;
  const last = first + end - start;
  yield* unmapMappingPages(k, mapping, first, last, false);
  yield* truncateInodePages(k, mapping, first, last);
  k.store?.erase(mapping, first * PAGE, last * PAGE);
  return 0;
}

/** The flags an area has after the advice, or an error. */
function advisedFlags(vma: Vma, advice: number): number {
  const { flags } = vma;
  switch (advice) {
    case MADV_NORMAL:
      return flags & ~(VM_RAND_READ | VM_SEQ_READ);
    case MADV_SEQUENTIAL:
      return (flags & ~VM_RAND_READ) | VM_SEQ_READ;
    case MADV_RANDOM:
      return (flags & ~VM_SEQ_READ) | VM_RAND_READ;
    case MADV_DONTFORK:
      return flags | VM_DONTCOPY;
    case MADV_DOFORK:
      return (flags & VM_IO) !== 0 ? EINVAL : flags & ~VM_DONTCOPY;
    case MADV_WIPEONFORK:
      return vma.file !== null || (flags & VM_SHARED) !== 0 ? EINVAL : flags | VM_WIPEONFORK;
    case MADV_KEEPONFORK:
      return (flags & VM_DROPPABLE) !== 0 ? EINVAL : flags & ~VM_WIPEONFORK;
    case MADV_DONTDUMP:
      return flags | VM_DONTDUMP;
    case MADV_DODUMP:
      return (flags & (VM_SPECIAL | VM_DROPPABLE)) !== 0 ? EINVAL : flags & ~VM_DONTDUMP;
    case MADV_MERGEABLE: {
      const unfit = VM_SHARED | VM_MAYSHARE | VM_SPECIAL | VM_HUGETLB | VM_DROPPABLE;
      return (flags & unfit) !== 0 ? flags : flags | VM_MERGEABLE; // ignored in silence
    }
    case MADV_UNMERGEABLE:
      return flags & ~VM_MERGEABLE;
    case MADV_HUGEPAGE:
      return (flags & ~VM_NOHUGEPAGE) | VM_HUGEPAGE;
    case MADV_NOHUGEPAGE:
      return (flags & ~VM_HUGEPAGE) | VM_NOHUGEPAGE;
    default:
      return EINVAL;
  }
}
