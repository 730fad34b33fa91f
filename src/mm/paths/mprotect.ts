/**
 * mprotect(): other access for a range, area by area.
 *
 * Kernel counterpart: do_mprotect_pkey, mprotect_fixup, change_protection in mm/mprotect.c (6.18).
 * Simplified: no protection keys, no READ_IMPLIES_EXEC, no mdwe, no userfaultfd write protection.
 */
import type { Path } from "../../sched/index.ts";
import { chargeCommit, mayExpandVm, unchargeCommit, vmStatAccount } from "../accounting.ts";
import { PAGES_64 } from "../bytes.ts";
import { EACCES, EINTR, EINVAL, ENOMEM, EPERM } from "../errno.ts";
import type { Kernel } from "../kernel.ts";
import type { Mm } from "../mm-struct.ts";
import { PROT_EXEC, PROT_GROWSDOWN, PROT_GROWSUP, PROT_READ, PROT_SEM, PROT_WRITE } from "../mman.ts";
import {
  entryPage,
  isPresent,
  isWritable,
  presentEntry,
  pteTables,
  REGION_PAGES,
  setEntry,
} from "../page-table.ts";
import { flushTlb } from "../tlb.ts";
import {
  isAnonymous,
  VM_ACCESS_FLAGS,
  VM_ACCOUNT,
  VM_GROWSDOWN,
  VM_HUGETLB,
  VM_LOCKED,
  VM_NORESERVE,
  VM_SEALED,
  VM_SHARED,
  VM_WRITE,
  type Vma,
} from "../vma.ts";
import { findVma } from "../vma-tree.ts";
import { modifyFlags, resetFlags } from "./merge.ts";
import { protBits } from "./mmap.ts";
import { populateVma } from "./populate.ts";
import { endWriteAll } from "./vma-lock.ts";

const PROT_BITS = PROT_READ | PROT_WRITE | PROT_EXEC | PROT_SEM;

/** mprotect(2) for a page range that begins at a page boundary. Areas before the one that fails stay changed. */
export function* mprotect(k: Kernel, mm: Mm, page: number, pages: number, asked: number): Path<number> {
  const grows = asked & (PROT_GROWSDOWN | PROT_GROWSUP);
  const prot = asked & ~(PROT_GROWSDOWN | PROT_GROWSUP);
  if (grows === (PROT_GROWSDOWN | PROT_GROWSUP)) return EINVAL;
  if (pages === 0 || page + pages >= PAGES_64) return ENOMEM; // wrapped around
  if ((prot & ~PROT_BITS) !== 0) return EINVAL;
  if (k.writeLockKillable(mm.mmapLock, "do_mprotect_pkey")) yield;
  if (k.interrupted) return EINTR;
  const error = yield* protectRange(k, mm, page, page + pages, grows, prot);
  if (endWriteAll(k, mm, "do_mprotect_pkey")) yield;
  if (k.writeUnlock(mm.mmapLock, "do_mprotect_pkey")) yield;
  return error;
}

function* protectRange(
  k: Kernel,
  mm: Mm,
  from: number,
  end: number,
  grows: number,
  prot: number,
): Path<number> {
  let start = from;
  let vma = findVma(k, mm, start, end);
  if (vma === null) return ENOMEM;
  if ((grows & PROT_GROWSDOWN) !== 0) {
    start = vma.start;
    if ((vma.flags & VM_GROWSDOWN) === 0) return EINVAL;
  } else {
    if (vma.start > start) return ENOMEM;
    if ((grows & PROT_GROWSUP) !== 0) return EINVAL; // nothing grows up here
  }
  while (vma !== null) {
    const flags = protBits(prot) | (vma.flags & ~VM_ACCESS_FLAGS);
    // VM_MAY* stand four bits above what they allow
    if ((flags & ~(flags >> 4) & VM_ACCESS_FLAGS) !== 0) return EACCES;
    const stop = Math.min(vma.end, end);
    const error: number = yield* protectVma(k, vma, start, stop, flags);
    if (error !== 0) return error;
    start = stop;
    if (start >= end) return 0;
    vma = findVma(k, mm, start, end);
    // What was changed may have been merged with the next area: then it is found again, and is as it should be.
    if (vma !== null && vma.start > start) return ENOMEM;
  }
  return ENOMEM;
}

/** mprotect_fixup() */
function* protectVma(k: Kernel, vma: Vma, start: number, end: number, asked: number): Path<number> {
  const { mm, flags: old } = vma;
  const pages = end - start;
  if ((old & VM_SEALED) !== 0) return EPERM;
  if (asked === old) return 0;
  let flags = asked;
  let charged = 0;
  if ((flags & VM_WRITE) !== 0) {
    if (!mayExpandVm(mm, flags, pages) && mayExpandVm(mm, old, pages)) return ENOMEM;
    if ((old & (VM_ACCOUNT | VM_WRITE | VM_HUGETLB | VM_SHARED | VM_NORESERVE)) === 0) {
      if ((yield* chargeCommit(k, pages)) !== 0) return ENOMEM;
      charged = pages;
      flags |= VM_ACCOUNT;
    }
  } else if ((old & VM_ACCOUNT) !== 0 && isAnonymous(vma) && vma.anonVma === null) flags &= ~VM_ACCOUNT;

  const target = yield* modifyFlags(k, vma, start, end, flags);
  if (typeof target === "number") {
    unchargeCommit(k, charged);
    return target;
  }
  resetFlags(target, flags);
  if ((flags & VM_WRITE) === 0) yield* writeProtect(k, mm, start, end);
  if ((old & VM_ACCOUNT) !== 0 && (flags & VM_ACCOUNT) === 0) unchargeCommit(k, pages);
  // Locked memory becomes writable: break the sharing now, so that no fault is left for later.
  if ((old & (VM_WRITE | VM_SHARED | VM_LOCKED)) === VM_LOCKED && (flags & VM_WRITE) !== 0) {
    yield* populateVma(k, target, start, end);
  }
  vmStatAccount(mm, old, -pages);
  vmStatAccount(mm, flags, pages);
  return 0;
}

/** Takes the right to write out of the entries (change_protection). Gaining it is left to faults. */
function* writeProtect(k: Kernel, mm: Mm, start: number, end: number): Path {
  let page = start;
  while (page < end) {
    if (k.loadAcquire(mm.directory, "change_protection")) yield;
    const region = mm.directory.next(Math.floor(page / REGION_PAGES));
    if (region < 0 || region * REGION_PAGES >= end) break;
    const table = k.rowOf(pteTables, mm.directory.get(region) - 1);
    const base = region * REGION_PAGES;
    const stop = Math.min(end - base, REGION_PAGES);
    if (k.lock(table.ptl, "change_pte_range")) yield;
    let at = table.entries.nextUsed(Math.max(page - base, 0), stop);
    while (at < stop) {
      const entry = table.entries.get(at);
      if (isPresent(entry) && isWritable(entry))
        setEntry(k, table, at, presentEntry(entryPage(k, entry), false));
      at = table.entries.nextUsed(at + 1, stop);
    }
    if (k.unlock(table.ptl, "change_pte_range")) yield;
    page = base + REGION_PAGES;
  }
  if (k.tlbs.length > 0) yield* flushTlb(k, mm, start, end, "change_protection");
}
