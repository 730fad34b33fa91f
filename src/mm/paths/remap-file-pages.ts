/**
 * remap_file_pages(): another part of the file under the same addresses; today a mapping like any other.
 *
 * Kernel counterpart: SYSCALL_DEFINE5(remap_file_pages) in mm/mmap.c (6.18).
 */
import type { Path } from "../../sched/index.ts";
import { PAGES_64 } from "../bytes.ts";
import { EINTR, EINVAL } from "../errno.ts";
import { fput } from "../file.ts";
import type { Kernel } from "../kernel.ts";
import type { Mm } from "../mm-struct.ts";
import {
  MAP_FIXED,
  MAP_LOCKED,
  MAP_NONBLOCK,
  MAP_POPULATE,
  MAP_SHARED,
  PROT_EXEC,
  PROT_READ,
  PROT_WRITE,
} from "../mman.ts";
import { VM_EXEC, VM_LOCKED, VM_READ, VM_SHARED, VM_WRITE, type Vma } from "../vma.ts";
import { findVma } from "../vma-tree.ts";
import { doMmap } from "./mmap.ts";
import { mmPopulate } from "./populate.ts";
import { endWriteAll } from "./vma-lock.ts";

/** remap_file_pages(2) for a range of pages, rounded inwards. 0 or an error. */
export function* remapFilePages(
  k: Kernel,
  mm: Mm,
  page: number,
  pages: number,
  pgoff: number,
  asked: number,
): Path<number> {
  if (pages === 0 || page + pages >= PAGES_64) return EINVAL;
  if (k.readLockKillable(mm.mmapLock, "remap_file_pages")) yield;
  if (k.interrupted) return EINTR;
  const seen = findVma(k, mm, page, page + 1);
  const shared = seen !== null && (seen.flags & VM_SHARED) !== 0;
  const file = shared ? seen.file : null;
  const flags = seen?.flags ?? 0;
  if (file !== null) {
    if (k.add(file.refs, 1, "remap_file_pages: get_file")) yield;
  }
  if (k.readUnlock(mm.mmapLock, "remap_file_pages")) yield;
  if (file === null) return EINVAL;

  if (k.writeLockKillable(mm.mmapLock, "remap_file_pages")) yield;
  if (k.interrupted) {
    yield* fput(k, file, "remap_file_pages");
    return EINTR;
  }
  let result = EINVAL;
  const vma = findVma(k, mm, page, page + 1);
  const same = vma !== null && vma.flags === flags && vma.file === file;
  const mapFlags =
    (asked & MAP_NONBLOCK) |
    MAP_SHARED |
    MAP_FIXED |
    MAP_POPULATE |
    ((flags & VM_LOCKED) !== 0 ? MAP_LOCKED : 0);
  if (same && isOneFile(k, mm, vma, page + pages)) {
    const prot =
      ((flags & VM_READ) !== 0 ? PROT_READ : 0) |
      ((flags & VM_WRITE) !== 0 ? PROT_WRITE : 0) |
      ((flags & VM_EXEC) !== 0 ? PROT_EXEC : 0);
    result = yield* doMmap(k, mm, { page, rest: 0, pages, prot, flags: mapFlags, file, pgoff });
  }
  const populate = (mapFlags & MAP_NONBLOCK) === 0 || ((flags | mm.defFlags) & VM_LOCKED) !== 0;
  if (endWriteAll(k, mm, "remap_file_pages")) yield;
  if (k.writeUnlock(mm.mmapLock, "remap_file_pages")) yield;
  yield* fput(k, file, "remap_file_pages");
  if (result < 0) return result;
  if (populate) yield* mmPopulate(k, mm, page, page + pages, true);
  return 0;
}

/** Areas without holes between them, of the same file and flags, up to `end`. */
function isOneFile(k: Kernel, mm: Mm, first: Vma, end: number): boolean {
  let prev = first;
  while (prev.end < end) {
    const next = findVma(k, mm, prev.end, prev.end + 1);
    if (next === null || next.file !== first.file || next.flags !== first.flags) return false;
    if (next.uffdModes !== first.uffdModes) return false;
    prev = next;
  }
  return true;
}
