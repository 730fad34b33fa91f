/**
 * mseal(): areas that stay as they are.
 *
 * Kernel counterpart: do_mseal in mm/mseal.c (6.18).
 */
import type { Path } from "../../sched/index.ts";
import { PAGES_64 } from "../bytes.ts";
import { EINTR, EINVAL, ENOMEM } from "../errno.ts";
import type { Kernel } from "../kernel.ts";
import type { Mm } from "../mm-struct.ts";
import { VM_SEALED } from "../vma.ts";
import { findVma } from "../vma-tree.ts";
import { modifyFlags } from "./merge.ts";
import { endWriteAll } from "./vma-lock.ts";

/** mseal(2) for a range of pages, not empty. Nothing is sealed if there is a hole in it. */
export function* mseal(k: Kernel, mm: Mm, page: number, pages: number): Path<number> {
  const end = page + pages;
  if (end >= PAGES_64) return EINVAL; // wrapped around
  if (k.writeLockKillable(mm.mmapLock, "do_mseal")) yield;
  if (k.interrupted) return EINTR;
  const error = isMapped(k, mm, page, end) ? yield* sealRange(k, mm, page, end) : ENOMEM;
  if (endWriteAll(k, mm, "do_mseal")) yield;
  if (k.writeUnlock(mm.mmapLock, "do_mseal")) yield;
  return error;
}

/** Every page of the range (the opposite of range_contains_unmapped). */
function isMapped(k: Kernel, mm: Mm, start: number, end: number): boolean {
  let at = start;
  while (at < end) {
    const vma = findVma(k, mm, at, at + 1);
    if (vma === null) return false;
    at = vma.end;
  }
  return true;
}

function* sealRange(k: Kernel, mm: Mm, start: number, end: number): Path<number> {
  let at = start;
  for (let vma = findVma(k, mm, at, end); vma !== null; vma = findVma(k, mm, at, end)) {
    const stop = Math.min(vma.end, end);
    if ((vma.flags & VM_SEALED) === 0) {
      const target = yield* modifyFlags(k, vma, Math.max(at, vma.start), stop, vma.flags | VM_SEALED);
      if (typeof target === "number") return target;
      target.flags = target.flags | VM_SEALED;
    }
    at = stop;
  }
  return 0;
}
