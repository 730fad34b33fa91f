/**
 * Counting pages against limits: the counters of an mm by kind of area, resource limits, the commit charge.
 *
 *     data     private, writable, does not grow      RLIMIT_DATA
 *     stack    grows down
 *     exec     executable, not writable
 *     all      total_vm                              RLIMIT_AS
 *
 * Kernel counterpart: vm_stat_account, may_expand_vm, is_*_mapping, mlock_future_ok in mm/vma.c, mm/mmap.c and mm/mm.h;
 * __vm_enough_memory in mm/util.c (6.18).
 */
import type { Path } from "../sched/index.ts";
import type { Allocation } from "./allocation.ts";
import { PAGES_64 } from "./bytes.ts";
import { ENOMEM } from "./errno.ts";
import type { Kernel } from "./kernel.ts";
import type { Mm } from "./mm-struct.ts";
import { VM_EXEC, VM_GROWSDOWN, VM_LOCKED, VM_SHARED, VM_WRITE } from "./vma.ts";

const PAGE = 4096;
const COMMIT: Allocation = { site: "security_vm_enough_memory_mm", gfp: "limit" };

/** Private, writable, and no stack (is_data_mapping). */
export function isDataMapping(flags: number): boolean {
  return (flags & (VM_WRITE | VM_SHARED | VM_GROWSDOWN)) === VM_WRITE;
}

/** Executable, not writable, and no stack (is_exec_mapping). */
export function isExecMapping(flags: number): boolean {
  return (flags & (VM_EXEC | VM_WRITE | VM_GROWSDOWN)) === VM_EXEC;
}

/** Adds pages (or takes them away) to the counters of their kind (vm_stat_account). Requires mmap_lock for writing. */
export function vmStatAccount(mm: Mm, flags: number, pages: number): void {
  mm.totalVm = mm.totalVm + pages;
  if (isExecMapping(flags)) mm.execVm = mm.execVm + pages;
  else if ((flags & VM_GROWSDOWN) !== 0) mm.stackVm = mm.stackVm + pages;
  else if (isDataMapping(flags)) mm.dataVm = mm.dataVm + pages;
}

/** Pages below a limit in bytes; "unlimited" is the highest 64-bit number. */
export function wholePages(limit: number): number {
  return limit === Number.POSITIVE_INFINITY ? PAGES_64 - 1 : Math.floor(limit / PAGE);
}

/** Do RLIMIT_AS and RLIMIT_DATA allow that many pages more of this kind? (may_expand_vm) */
export function mayExpandVm(mm: Mm, flags: number, pages: number): boolean {
  const limits = mm.limits;
  if (mm.totalVm + pages > wholePages(limits.addressSpace)) return false;
  if (!isDataMapping(flags)) return true;
  // A soft limit of 0 was what a tool once set to forbid brk(): then the hard one counts.
  const limit = limits.data === 0 ? limits.dataHard : limits.data;
  return mm.dataVm + pages <= wholePages(limit);
}

/** Does RLIMIT_MEMLOCK allow that many locked pages more? (mlock_future_ok) */
export function mlockFutureOk(mm: Mm, flags: number, pages: number): boolean {
  const limits = mm.limits;
  if ((flags & VM_LOCKED) === 0 || limits.mayLockAll) return true;
  return mm.lockedVm + pages <= wholePages(limits.memlock);
}

/** May the process lock memory at all? (can_do_mlock) */
export function canDoMlock(mm: Mm): boolean {
  return mm.limits.memlock !== 0 || mm.limits.mayLockAll;
}

/**
 * Charges pages to the commit limit (security_vm_enough_memory_mm): 0 or -ENOMEM with nothing charged. Whether the
 * machine has the memory is not modelled; under overcommit 0 a single charge above all RAM and swap is refused.
 */
export function* chargeCommit(k: Kernel, pages: number): Path<number> {
  if (k.allocating(COMMIT)) yield;
  if (k.refused(COMMIT)) return ENOMEM;
  if (exceedsMemory(k, pages)) return ENOMEM;
  k.global.committed.add(pages);
  return 0;
}

/** Is a single charge more than the whole machine has? Looked at under overcommit 0 only (__vm_enough_memory). */
export function exceedsMemory(k: Kernel, pages: number): boolean {
  return k.system.overcommit === 0 && pages > k.system.ramPages;
}

/** Gives a charge back (vm_unacct_memory). */
export function unchargeCommit(k: Kernel, pages: number): void {
  if (pages !== 0) k.global.committed.add(-pages);
}
