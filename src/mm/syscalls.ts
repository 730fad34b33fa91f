/**
 * System calls as user space makes them: bytes in, bytes or a negative error out.
 *
 * Each function checks its arguments as the kernel's entry does, in the kernel's order, exactly on 64 bits, and hands
 * page numbers to the path. They are paths themselves: a scenario runs one against another.
 *
 * Kernel counterpart: the SYSCALL_DEFINEs of mm/ and arch/x86/kernel/sys_x86_64.c (6.18).
 */
import type { Path } from "../sched/index.ts";
import { type Bytes, byteOf, PAGES_64, pageOf, pagesUp, restOf } from "./bytes.ts";
import { EBADF, EFAULT, EINVAL, ENOMEM } from "./errno.ts";
import type { File } from "./file.ts";
import type { Kernel } from "./kernel.ts";
import type { Mm } from "./mm-struct.ts";
import { MAP_ANONYMOUS, MLOCK_ONFAULT, MS_ASYNC, MS_INVALIDATE, MS_SYNC } from "./mman.ts";
import { brk } from "./paths/brk.ts";
import { isKnownAdvice, madvise, setAnonName } from "./paths/madvise.ts";
import { isKnownMode, mbind, policyOf } from "./paths/mbind.ts";
import { mlock, munlock } from "./paths/mlock.ts";
import { mmap } from "./paths/mmap.ts";
import { mprotect } from "./paths/mprotect.ts";
import { mremap } from "./paths/mremap.ts";
import { mseal } from "./paths/mseal.ts";
import { mincore, msync } from "./paths/msync.ts";
import { munmap } from "./paths/munmap.ts";
import { remapFilePages } from "./paths/remap-file-pages.ts";
import { register, unregister } from "./paths/userfaultfd.ts";
import { TASK_PAGES } from "./system.ts";
import { UFFD_MINOR, UFFD_MISSING, UFFD_WP, type UserfaultCtx } from "./userfault-ctx.ts";

/** A page as an address, an error as it is. */
function addressOf(result: number): number {
  return result < 0 ? result : byteOf(result);
}

/** Pages from the one `at` lies in to the end of the range, rounded outwards; wraps around as 64-bit numbers do. */
function pagesOutwards(at: Bytes, length: Bytes): number {
  const pages = pageOf(length) + Math.ceil((restOf(length) + restOf(at)) / 4096);
  return pages >= PAGES_64 ? pages - PAGES_64 : pages;
}

/** mmap(2). @param file the file behind the descriptor; null where there is none */
export function* sysMmap(
  k: Kernel,
  mm: Mm,
  at: Bytes,
  length: Bytes,
  prot: number,
  flags: number,
  file: File | null,
  offset: Bytes,
): Path<number> {
  if (restOf(offset) !== 0) return EINVAL;
  const anonymous = (flags & MAP_ANONYMOUS) !== 0;
  if (!anonymous && file === null) return EBADF;
  const request = {
    page: pageOf(at),
    rest: restOf(at),
    pages: pagesUp(length),
    prot,
    flags,
    file: anonymous ? null : file,
    pgoff: pageOf(offset),
  };
  if (request.pages === 0 && restOf(length) === 0 && pageOf(length) === 0) return EINVAL;
  return addressOf(yield* mmap(k, mm, request));
}

/** munmap(2). */
export function* sysMunmap(k: Kernel, mm: Mm, at: Bytes, length: Bytes): Path<number> {
  // A length that rounds to nothing is longer than the address space; both are refused alike.
  return yield* munmap(k, mm, pageOf(at), restOf(at) !== 0 ? 0 : pagesUp(length));
}

/** mprotect(2). */
export function* sysMprotect(k: Kernel, mm: Mm, at: Bytes, length: Bytes, prot: number): Path<number> {
  if (restOf(at) !== 0) return EINVAL;
  const pages = pagesUp(length);
  if (pages === 0 && restOf(length) === 0 && pageOf(length) === 0) return 0;
  return yield* mprotect(k, mm, pageOf(at), pages, prot);
}

/** mremap(2). */
export function* sysMremap(
  k: Kernel,
  mm: Mm,
  at: Bytes,
  oldLength: Bytes,
  newLength: Bytes,
  flags: number,
  newAt: Bytes,
): Path<number> {
  const request = {
    page: pageOf(at),
    rest: restOf(at),
    oldPages: pagesUp(oldLength),
    newPages: pagesUp(newLength),
    flags,
    newPage: pageOf(newAt),
    newRest: restOf(newAt),
  };
  return addressOf(yield* mremap(k, mm, request));
}

/** brk(2): the end of the heap afterwards, moved or not. */
export function* sysBrk(k: Kernel, mm: Mm, at: Bytes): Path<number> {
  // Behind the last page of user space the number itself does not matter: it cannot be.
  const page = pageOf(at);
  return yield* brk(k, mm, page > TASK_PAGES ? byteOf(TASK_PAGES + 1) : byteOf(page) + restOf(at));
}

/** madvise(2). */
export function* sysMadvise(k: Kernel, mm: Mm, at: Bytes, length: Bytes, advice: number): Path<number> {
  if (!isKnownAdvice(k, advice) || restOf(at) !== 0) return EINVAL;
  const page = pageOf(at);
  const pages = pagesUp(length);
  if (pages === 0) return restOf(length) === 0 && pageOf(length) === 0 ? 0 : EINVAL;
  if (page + pages >= PAGES_64) return EINVAL;
  return yield* madvise(k, mm, page, pages, advice);
}

/** Most bytes of one vector of ranges (MAX_RW_COUNT). */
const MOST_BYTES = 0x7fff_f000;
const MOST_RANGES = 1024;

/** One range of process_madvise(). */
export type MemoryRange = readonly [at: Bytes, length: Bytes];

/**
 * process_madvise(2) on oneself: the ranges one after the other. Returns the bytes that were advised, or the error of
 * the first range.
 */
export function* sysProcessMadvise(
  k: Kernel,
  mm: Mm,
  ranges: readonly MemoryRange[],
  advice: number,
): Path<number> {
  if (ranges.length > MOST_RANGES) return EINVAL;
  if (ranges.some(([, length]) => pageOf(length) >= PAGES_64 / 2)) return EINVAL;
  let room = MOST_BYTES;
  const taken: [at: Bytes, bytes: number][] = [];
  for (const [at, length] of ranges) {
    const asked = pageOf(length) * 4096 + restOf(length);
    // A single range is cut to the limit before it is looked at.
    const checked = ranges.length === 1 ? Math.min(asked, room) : asked;
    const end = pageOf(at) * 4096 + restOf(at) + checked;
    if (end > TASK_PAGES * 4096) return EFAULT;
    const bytes = Math.min(asked, room);
    room -= bytes;
    taken.push([at, bytes]);
  }
  let done = 0;
  for (const [at, bytes] of taken) {
    if (bytes === 0) continue;
    const error = yield* sysMadvise(k, mm, at, bytes, advice);
    if (error < 0) return done > 0 ? done : error;
    done += bytes;
  }
  return done;
}

/** Bytes of a name, with its end (ANON_VMA_NAME_MAX_LEN). */
const LONGEST_NAME = 80;

/** prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME): names anonymous memory. @param name null takes the name away */
export function* sysSetAnonName(
  k: Kernel,
  mm: Mm,
  at: Bytes,
  length: Bytes,
  name: string | null,
): Path<number> {
  if (!k.system.anonNames) return EINVAL;
  if (name !== null && (name.length >= LONGEST_NAME || !/^[ -~]*$/.test(name) || /[\\`$[\]]/.test(name))) {
    return EINVAL;
  }
  if (restOf(at) !== 0) return EINVAL;
  const pages = pagesUp(length);
  if (pages === 0) return restOf(length) === 0 && pageOf(length) === 0 ? 0 : EINVAL;
  if (pageOf(at) + pages >= PAGES_64) return EINVAL;
  return yield* setAnonName(k, mm, pageOf(at), pages, name);
}

/** mbind(2) without MPOL_MF_* flags. @param nodes one bit per memory node */
export function* sysMbind(
  k: Kernel,
  mm: Mm,
  at: Bytes,
  length: Bytes,
  mode: number,
  nodes: number,
): Path<number> {
  if (!isKnownMode(mode) || restOf(at) !== 0) return EINVAL;
  const pages = pagesUp(length);
  // A length that rounds to 2^64 is none.
  if (pages === 0) return 0;
  if (pageOf(at) + pages >= PAGES_64) return EINVAL;
  const policy = policyOf(k, mode, nodes);
  return policy < 0 ? policy : yield* mbind(k, mm, pageOf(at), pageOf(at) + pages, policy);
}

/** validate_range(): a range that can be registered at all. */
function isUserfaultRange(k: Kernel, at: Bytes, length: Bytes): boolean {
  const [page, pages] = [pageOf(at), pageOf(length)];
  if (restOf(at) !== 0 || restOf(length) !== 0 || pages === 0) return false;
  return page >= k.system.minPage && page < TASK_PAGES && pages <= TASK_PAGES - page;
}

/** ioctl(UFFDIO_REGISTER). @param modes UFFD_* */
export function* sysUffdRegister(
  k: Kernel,
  ctx: UserfaultCtx,
  at: Bytes,
  length: Bytes,
  modes: number,
): Path<number> {
  if (modes === 0 || (modes & ~(UFFD_MISSING | UFFD_WP | UFFD_MINOR)) !== 0) return EINVAL;
  if (!isUserfaultRange(k, at, length)) return EINVAL;
  return yield* register(k, ctx, pageOf(at), pageOf(at) + pageOf(length), modes);
}

/** ioctl(UFFDIO_UNREGISTER). */
export function* sysUffdUnregister(k: Kernel, ctx: UserfaultCtx, at: Bytes, length: Bytes): Path<number> {
  if (!isUserfaultRange(k, at, length)) return EINVAL;
  return yield* unregister(k, ctx, pageOf(at), pageOf(at) + pageOf(length));
}

/** remap_file_pages(2). */
export function* sysRemapFilePages(
  k: Kernel,
  mm: Mm,
  at: Bytes,
  length: Bytes,
  prot: Bytes,
  pgoff: Bytes,
  flags: number,
): Path<number> {
  if (pageOf(prot) !== 0 || restOf(prot) !== 0) return EINVAL;
  const offset = pageOf(pgoff) * 4096 + restOf(pgoff);
  return yield* remapFilePages(k, mm, pageOf(at), pageOf(length), offset, flags);
}

/** mlock(2). */
export function* sysMlock(k: Kernel, mm: Mm, at: Bytes, length: Bytes): Path<number> {
  return yield* mlock(k, mm, pageOf(at), pagesOutwards(at, length), false);
}

/** mlock2(2). */
export function* sysMlock2(k: Kernel, mm: Mm, at: Bytes, length: Bytes, flags: number): Path<number> {
  if ((flags & ~MLOCK_ONFAULT) !== 0) return EINVAL;
  return yield* mlock(k, mm, pageOf(at), pagesOutwards(at, length), flags !== 0);
}

/** munlock(2). */
export function* sysMunlock(k: Kernel, mm: Mm, at: Bytes, length: Bytes): Path<number> {
  return yield* munlock(k, mm, pageOf(at), pagesOutwards(at, length));
}

/** mseal(2). */
export function* sysMseal(k: Kernel, mm: Mm, at: Bytes, length: Bytes, flags: number): Path<number> {
  if (flags !== 0 || restOf(at) !== 0) return EINVAL;
  const pages = pagesUp(length);
  if (pages === 0) return restOf(length) === 0 && pageOf(length) === 0 ? 0 : EINVAL;
  return yield* mseal(k, mm, pageOf(at), pages);
}

/** msync(2). */
export function* sysMsync(k: Kernel, mm: Mm, at: Bytes, length: Bytes, flags: number): Path<number> {
  if ((flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) !== 0 || restOf(at) !== 0) return EINVAL;
  if ((flags & MS_ASYNC) !== 0 && (flags & MS_SYNC) !== 0) return EINVAL;
  const pages = pagesUp(length);
  if (pages === 0) return 0;
  if (pageOf(at) + pages >= PAGES_64) return ENOMEM;
  return yield* msync(k, mm, pageOf(at), pages, flags);
}

/** mincore(2): one number per page into `seen`. */
export function* sysMincore(k: Kernel, mm: Mm, at: Bytes, length: Bytes, seen: number[]): Path<number> {
  if (restOf(at) !== 0) return EINVAL;
  const page = pageOf(at);
  const pages = pageOf(length) + (restOf(length) > 0 ? 1 : 0);
  if (page + pages > TASK_PAGES) return ENOMEM;
  return yield* mincore(k, mm, page, pages, seen);
}
