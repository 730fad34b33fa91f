/**
 * mmap(): a new mapping, over others if asked to.
 *
 *     do_mmap        checks, place, flags
 *     mmap_region    gather what is in the way, limits and charge, clear its entries, merge or make a VMA, complete
 *
 * Kernel counterpart: do_mmap in mm/mmap.c, __mmap_region in mm/vma.c (6.18).
 * Simplified: no huge-page files, no files with hooks of their own (mmap, mmap_prepare), no seals of memfd, no
 * MAP_SYNC, no protection keys, no READ_IMPLIES_EXEC.
 */
import type { Path } from "../../sched/index.ts";
import { canDoMlock, chargeCommit, mlockFutureOk, unchargeCommit, vmStatAccount } from "../accounting.ts";
import type { Allocation } from "../allocation.ts";
import { EACCES, EAGAIN, EEXIST, EINTR, EINVAL, ENOMEM, EOPNOTSUPP, EOVERFLOW, EPERM } from "../errno.ts";
import { type File, fput, shmemFile } from "../file.ts";
import type { Kernel } from "../kernel.ts";
import type { Mm } from "../mm-struct.ts";
import {
  LEGACY_MAP_MASK,
  MAP_DROPPABLE,
  MAP_FIXED,
  MAP_FIXED_NOREPLACE,
  MAP_GROWSDOWN,
  MAP_HUGETLB,
  MAP_LOCKED,
  MAP_NONBLOCK,
  MAP_NORESERVE,
  MAP_POPULATE,
  MAP_PRIVATE,
  MAP_SHARED,
  MAP_SHARED_VALIDATE,
  MAP_STACK,
  MAP_TYPE,
  PROT_EXEC,
  PROT_READ,
  PROT_WRITE,
} from "../mman.ts";
import {
  VM_ACCOUNT,
  VM_DONTDUMP,
  VM_DROPPABLE,
  VM_EXEC,
  VM_GROWSDOWN,
  VM_LOCKED,
  VM_LOCKED_MASK,
  VM_MAY_FLAGS,
  VM_MAYSHARE,
  VM_MAYWRITE,
  VM_NOHUGEPAGE,
  VM_NORESERVE,
  VM_READ,
  VM_SHARED,
  VM_SPECIAL,
  VM_WIPEONFORK,
  VM_WRITE,
  type Vma,
} from "../vma.ts";
import { findVma } from "../vma-tree.ts";
import { linkVma, mergeNewRange, NO_TRAITS, newVma } from "./merge.ts";
import { clearPtes, completeMunmap, type Gathered } from "./munmap.ts";
import { mmPopulate } from "./populate.ts";
import { getUnmappedArea } from "./unmapped-area.ts";
import { endWriteAll, publish } from "./vma-lock.ts";

const ABORT_NODES: Allocation = { site: "vms_abort_munmap_vmas: tree nodes", gfp: "kernel" };

/** Pages of the longest file there can be (MAX_LFS_FILESIZE, less one byte than a whole number of pages). */
const LONGEST_FILE: number = 2 ** 51 - 1;

/** A request in pages. */
export interface MapRequest {
  /** Wished first page, and the bytes of the wish behind the page boundary. */
  readonly page: number;
  readonly rest: number;
  /** Length, rounded up; 0 where rounding wrapped around. A length of 0 bytes never gets here. */
  readonly pages: number;
  readonly prot: number;
  readonly flags: number;
  /** null with MAP_ANONYMOUS. */
  readonly file: File | null;
  /** Offset into the file. */
  readonly pgoff: number;
}

/** PROT_* as VM_* (calc_vm_prot_bits). */
export function protBits(prot: number): number {
  return (
    ((prot & PROT_READ) !== 0 ? VM_READ : 0) |
    ((prot & PROT_WRITE) !== 0 ? VM_WRITE : 0) |
    ((prot & PROT_EXEC) !== 0 ? VM_EXEC : 0)
  );
}

/** MAP_* as VM_* (calc_vm_flag_bits). MAP_STACK really asks for no huge pages. */
function flagBits(flags: number): number {
  return (
    ((flags & MAP_GROWSDOWN) !== 0 ? VM_GROWSDOWN : 0) |
    ((flags & MAP_LOCKED) !== 0 ? VM_LOCKED : 0) |
    ((flags & MAP_STACK) !== 0 ? VM_NOHUGEPAGE : 0)
  );
}

/** mmap(2). Returns the first page, or an error. */
export function* mmap(k: Kernel, mm: Mm, request: MapRequest): Path<number> {
  // No pages are set aside for huge-page memory.
  if ((request.flags & MAP_HUGETLB) !== 0) return request.file === null ? ENOMEM : EINVAL;
  if (k.writeLockKillable(mm.mmapLock, "vm_mmap_pgoff")) yield;
  if (k.interrupted) return EINTR;
  const mapped = yield* doMmap(k, mm, request);
  const locked = (request.flags & MAP_LOCKED) !== 0 || (mm.defFlags & VM_LOCKED) !== 0;
  if (endWriteAll(k, mm, "vm_mmap_pgoff")) yield;
  if (k.writeUnlock(mm.mmapLock, "vm_mmap_pgoff")) yield;
  if (mapped < 0) return mapped;
  if (locked || (request.flags & (MAP_POPULATE | MAP_NONBLOCK)) === MAP_POPULATE) {
    // What cannot be faulted in is no failure of the call.
    yield* mmPopulate(k, mm, mapped, mapped + request.pages, true);
  }
  return mapped;
}

/** The same without populating (do_mmap). Requires mmap_lock for writing. */
export function* doMmap(k: Kernel, mm: Mm, request: MapRequest): Path<number> {
  const flags = flagsFor(k, mm, request);
  const page = flags < 0 ? flags : placeFor(k, mm, request, flags);
  const allowed = page < 0 ? page : mayMap(request, flags);
  return allowed < 0 ? allowed : yield* mmapRegion(k, mm, request, page, allowed);
}

/** The first checks of do_mmap(), and the flags that do not depend on the kind of mapping. */
function flagsFor(k: Kernel, mm: Mm, request: MapRequest): number {
  if (request.pages === 0) return ENOMEM;
  if (mm.mapCount > k.system.maxMapCount) return ENOMEM;
  return protBits(request.prot) | flagBits(request.flags) | mm.defFlags | VM_MAY_FLAGS;
}

/** Where it goes. */
function placeFor(k: Kernel, mm: Mm, request: MapRequest, flags: number): number {
  const { file, pages, pgoff } = request;
  const fixed = (request.flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) !== 0;
  const type = request.flags & MAP_TYPE;
  let { page, rest } = request;
  if (!fixed) {
    rest = 0;
    if (page !== 0 && page < k.system.minPage) page = k.system.minPage; // round_hint_to_min
  }
  const mapFlags = (request.flags & ~MAP_TYPE) | (fixed ? MAP_FIXED : 0) | (type & MAP_SHARED);
  const at = getUnmappedArea(k, mm, file, page, rest, pages, file === null ? 0 : pgoff, mapFlags);
  if (at < 0) return at;
  if ((request.flags & MAP_FIXED_NOREPLACE) !== 0 && findVma(k, mm, at, at + pages) !== null) return EEXIST;
  if ((request.flags & MAP_LOCKED) !== 0 && !canDoMlock(mm)) return EPERM;
  if (!mlockFutureOk(mm, flags, pages)) return EAGAIN;
  return file !== null && pgoff + pages > LONGEST_FILE ? EOVERFLOW : at;
}

/** The kind of mapping: which flags it adds, or why it may not be. Returns the flags. */
function mayMap(request: MapRequest, flags: number): number {
  const { file } = request;
  const noreserve = (request.flags & MAP_NORESERVE) !== 0 ? VM_NORESERVE : 0;
  switch (request.flags & MAP_TYPE) {
    case MAP_SHARED_VALIDATE:
    case MAP_SHARED: {
      const validate = (request.flags & MAP_TYPE) === MAP_SHARED_VALIDATE;
      if (file === null) {
        // Anonymous memory knows no validation.
        if (validate || (flags & VM_GROWSDOWN) !== 0) return EINVAL;
        return flags | noreserve | VM_SHARED | VM_MAYSHARE;
      }
      if (validate && (request.flags & ~LEGACY_MAP_MASK) !== 0) return EOPNOTSUPP;
      if ((request.prot & PROT_WRITE) !== 0 && !file.writable) return EACCES;
      if (!file.readable) return EACCES;
      if ((flags & VM_GROWSDOWN) !== 0) return EINVAL;
      const shared = flags | noreserve | VM_SHARED | VM_MAYSHARE;
      return file.writable ? shared : shared & ~(VM_MAYWRITE | VM_SHARED);
    }
    case MAP_PRIVATE:
      if (file === null) return flags | noreserve;
      if (!file.readable) return EACCES;
      if ((flags & VM_GROWSDOWN) !== 0) return EINVAL;
      return flags | noreserve;
    case MAP_DROPPABLE:
      if (file !== null) return EINVAL;
      // What is asked for counts: mlockall() locks it all the same.
      if ((request.flags & (MAP_LOCKED | MAP_GROWSDOWN)) !== 0) return EINVAL;
      return flags | VM_DROPPABLE | VM_NORESERVE | VM_WIPEONFORK | VM_DONTDUMP;
    default:
      return EINVAL;
  }
}

/** mmap_region(): returns `start` or an error. */
function* mmapRegion(k: Kernel, mm: Mm, request: MapRequest, start: number, asked: number): Path<number> {
  const { pages, file } = request;
  const end = start + pages;
  let flags = asked;
  let pgoff = request.pgoff;
  if (file === null) pgoff = (flags & VM_SHARED) !== 0 ? 0 : start;

  const over = yield* k.designs.mmapOver.prepare(k, mm, start, end, flags);
  if (over.error !== 0) return over.error;
  let error = 0;
  let charged = 0;
  if ((flags & (VM_NORESERVE | VM_SHARED | VM_WRITE)) === VM_WRITE) {
    charged = pages - over.accounted;
    if (charged > 0) error = yield* chargeCommit(k, charged);
    else unchargeCommit(k, -charged);
    if (error === 0) {
      over.accounted = 0;
      flags |= VM_ACCOUNT;
    }
  }
  if (error !== 0) {
    for (const vma of over.vmas) vma.attached = true;
    return error;
  }
  // Most mappings go over nothing.
  const { length } = over.vmas;
  if (length > 0 && k.designs.mmapClearPtes.before) yield* clearPtes(k, mm, over);

  const vma = yield* mergeOrMake(k, mm, start, end, flags, pgoff, file);
  if (vma === null) {
    unchargeCommit(k, charged);
    yield* abortMunmap(k, mm, over);
    return ENOMEM;
  }
  if (length > 0) yield* completeMunmap(k, mm, over, false);
  vmStatAccount(mm, vma.flags, pages);
  if ((flags & VM_LOCKED) !== 0) {
    if ((flags & (VM_SPECIAL | VM_DROPPABLE)) !== 0) vma.flags &= ~VM_LOCKED_MASK;
    else mm.lockedVm = mm.lockedVm + pages;
  }
  return start;
}

/** A neighbour that takes the range, or a new VMA in the tree. null = no memory. */
function* mergeOrMake(
  k: Kernel,
  mm: Mm,
  start: number,
  end: number,
  flags: number,
  pgoff: number,
  file: File | null,
): Path<Vma | null> {
  const prev = mm.tree.before(start);
  const next = findVma(k, mm, end, end + 1);
  if (next !== null || (prev !== null && prev.end === start)) {
    const range = {
      mm,
      start,
      end,
      flags,
      pgoff,
      file,
      anonVma: null,
      prev,
      next,
      copiedFrom: null,
      traits: NO_TRAITS,
    };
    const merged = yield* mergeNewRange(k, range, false);
    if (merged !== null) return merged;
  }
  const vma = yield* newVma(k, mm, start, end, flags, pgoff);
  if (vma === null) return null;
  if (file !== null) {
    if (k.add(file.refs, 1, "__mmap_new_file_vma: get_file")) yield;
    vma.file = file;
  } else if ((flags & VM_SHARED) !== 0) vma.file = shmemFile(k, end - start);
  if ((yield* linkVma(k, vma)) === 0) return vma;
  if (vma.file !== null) yield* fput(k, vma.file, "__mmap_new_vma");
  if (k.free(vma, "vm_area_free")) yield;
  return null;
}

/**
 * The entries are gone already, so the areas must go too (vms_abort_munmap_vmas). What had its entries left is attached again, and so
 * is, in kernels where this may fail, what cannot be taken out.
 */
function* abortMunmap(k: Kernel, mm: Mm, over: Gathered): Path {
  if (over.vmas.length === 0) return;
  let stays = !over.cleared;
  if (!stays && k.designs.mmapAbort.mayFail) {
    if (k.allocating(ABORT_NODES)) yield;
    stays = mm.tree.nodesFor(over.start, over.end, null) > 0 && k.refused(ABORT_NODES);
    if (stays) k.say("unable to abort: what was to be replaced stays in the tree, without its entries");
  }
  if (stays) {
    for (const vma of over.vmas) vma.attached = true;
    return;
  }
  if (publish(k, mm, "vms_abort_munmap_vmas")) yield;
  mm.tree.clear(over.start, over.end);
  yield* completeMunmap(k, mm, over, false);
}
