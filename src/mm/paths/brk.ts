/**
 * brk(): the heap grows and shrinks by bytes, its area by pages.
 *
 * Kernel counterpart: brk and do_brk_flags in mm/mmap.c and mm/vma.c, check_data_rlimit in include/linux/mm.h (6.18).
 */
import type { Path } from "../../sched/index.ts";
import { chargeCommit, mayExpandVm, mlockFutureOk, unchargeCommit } from "../accounting.ts";
import { EAGAIN, ENOMEM } from "../errno.ts";
import type { Kernel } from "../kernel.ts";
import type { Mm } from "../mm-struct.ts";
import { MAP_FIXED } from "../mman.ts";
import { TASK_PAGES } from "../system.ts";
import { VM_ACCOUNT, VM_LOCKED, VM_MAY_FLAGS, VM_READ, VM_WRITE } from "../vma.ts";
import { findVma } from "../vma-tree.ts";
import { linkVma, mergeNewRange, NO_TRAITS, newVma } from "./merge.ts";
import { doMunmap } from "./munmap.ts";
import { mmPopulate } from "./populate.ts";
import { startGap } from "./stack.ts";
import { getUnmappedArea } from "./unmapped-area.ts";
import { endWriteAll } from "./vma-lock.ts";

const PAGE = 4096;

/** brk(2), in bytes. Returns the new end of the heap, or the old one when it cannot be moved. */
export function* brk(k: Kernel, mm: Mm, asked: number): Path<number> {
  if (k.writeLockKillable(mm.mmapLock, "brk")) yield;
  if (k.interrupted) return mm.brk;
  const { brk: old, limits } = mm;
  const from = Math.ceil(old / PAGE);
  const to = Math.ceil(asked / PAGE);
  let populate = false;
  let result = old;
  if (asked < mm.startBrk || asked - mm.startBrk + mm.dataBytes > limits.data) {
    // stays where it is
  } else if (from === to) result = asked;
  else if (asked <= old) {
    const first = findVma(k, mm, to, from);
    // Something else may have been mapped there since.
    if (first !== null && first.start < from) {
      mm.brk = asked;
      // On success it has dropped the lock.
      if ((yield* doMunmap(k, mm, to, from, true)) === 0) return asked;
      mm.brk = old;
    }
  } else if ((yield* growHeap(k, mm, from, to)) === 0) {
    result = asked;
    populate = (mm.defFlags & VM_LOCKED) !== 0;
  }
  mm.brk = result;
  if (endWriteAll(k, mm, "brk")) yield;
  if (k.writeUnlock(mm.mmapLock, "brk")) yield;
  if (populate) yield* mmPopulate(k, mm, from, to, true);
  return result;
}

function* growHeap(k: Kernel, mm: Mm, from: number, to: number): Path<number> {
  // check_brk_limits
  if (to > TASK_PAGES) return ENOMEM;
  const at = getUnmappedArea(k, mm, null, from, 0, to - from, 0, MAP_FIXED);
  if (at < 0) return at;
  if (!mlockFutureOk(mm, mm.defFlags, to - from)) return EAGAIN;
  const next = findVma(k, mm, from, to + 1 + k.system.stackGuardPages);
  if (next !== null && to + 1 > startGap(k, next)) return ENOMEM;
  return yield* doBrkFlags(k, mm, from, to);
}

/** do_brk_flags(): only an area of the heap itself may grow, never what lies below it. */
function* doBrkFlags(k: Kernel, mm: Mm, start: number, end: number): Path<number> {
  const pages = end - start;
  const flags = VM_READ | VM_WRITE | VM_MAY_FLAGS | VM_ACCOUNT | mm.defFlags;
  if (!mayExpandVm(mm, flags, pages)) return ENOMEM;
  if (mm.mapCount > k.system.maxMapCount) return ENOMEM;
  if ((yield* chargeCommit(k, pages)) !== 0) return ENOMEM;
  const below = mm.tree.before(start);
  const heap = below !== null && below.end * PAGE > mm.startBrk ? below : null;
  let vma = null;
  if (heap !== null && heap.end === start) {
    const range = {
      mm,
      start,
      end,
      flags,
      pgoff: start,
      file: null,
      anonVma: null,
      prev: heap,
      next: null,
      copiedFrom: null,
      traits: NO_TRAITS,
    };
    vma = yield* mergeNewRange(k, range, true);
  }
  if (vma === null) {
    vma = yield* newVma(k, mm, start, end, flags, start);
    if (vma !== null && (yield* linkVma(k, vma)) !== 0) {
      if (k.free(vma, "do_brk_flags")) yield;
      vma = null;
    }
    if (vma === null) {
      unchargeCommit(k, pages);
      return ENOMEM;
    }
  }
  mm.totalVm = mm.totalVm + pages;
  mm.dataVm = mm.dataVm + pages;
  if ((flags & VM_LOCKED) !== 0) mm.lockedVm = mm.lockedVm + pages;
  return 0;
}
