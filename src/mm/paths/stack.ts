/**
 * Areas that grow down: stacks.
 *
 * Kernel counterpart: expand_downwards, acct_stack_growth in mm/vma.c; stack_guard_gap in mm/mmap.c (6.18).
 */
import type { Path } from "../../sched/index.ts";
import { chargeCommit, mayExpandVm, mlockFutureOk, unchargeCommit, vmStatAccount } from "../accounting.ts";
import type { Allocation } from "../allocation.ts";
import { EFAULT, ENOMEM, EPERM } from "../errno.ts";
import type { Kernel } from "../kernel.ts";
import { VM_ACCESS_FLAGS, VM_ACCOUNT, VM_GROWSDOWN, VM_LOCKED, type Vma } from "../vma.ts";
import { anonVmaPrepare } from "./anon-vma.ts";
import { publish, vmaStartWrite } from "./vma-lock.ts";

const NODES: Allocation = { site: "expand_downwards: tree nodes", gfp: "kernel" };
const PAGE = 4096;

/** First page that must stay free below a VMA, or its start where it does not grow (vm_start_gap). */
export function startGap(k: Kernel, vma: Vma): number {
  if ((vma.flags & VM_GROWSDOWN) === 0) return vma.start;
  return Math.max(0, vma.start - k.system.stackGuardPages);
}

/**
 * Lets an area grow down to `page` (expand_downwards). 0 or an error; the anon_vma is there even if the growth then meets
 * a limit. Never merges, and no number of VMAs stops it. Requires mmap_lock, for writing where the kernel grows areas under the write lock;
 * else page_table_lock keeps two that grow apart.
 */
export function* expandDownwards(k: Kernel, vma: Vma, page: number): Path<number> {
  const { mm } = vma;
  const { underWriteLock } = k.designs.stackGrow;
  k.assertHeld(mm.mmapLock, underWriteLock);
  if ((vma.flags & VM_GROWSDOWN) === 0) return EFAULT;
  if (page < k.system.minPage) return EPERM;
  const prev = mm.tree.before(vma.start);
  if (prev !== null && (prev.flags & VM_GROWSDOWN) === 0 && (prev.flags & VM_ACCESS_FLAGS) !== 0) {
    if (page - prev.end < k.system.stackGuardPages) return ENOMEM;
  }
  if (k.allocating(NODES)) yield;
  if (!k.neverRefuses && mm.tree.nodesFor(page, vma.end, vma) > 0 && k.refused(NODES)) return ENOMEM;
  if ((yield* anonVmaPrepare(k, vma)) !== 0) return ENOMEM;
  const root = vma.anonVma!.root;
  if (underWriteLock) yield* vmaStartWrite(k, vma);
  if (k.writeLock(root.rwsem, "expand_downwards")) yield;
  if (!underWriteLock) {
    if (k.lock(mm.pageTableLock, "expand_downwards")) yield;
  }
  const grow = vma.start - page;
  let error = ENOMEM;
  if (grow <= vma.pgoff) error = yield* acctStackGrowth(k, vma, vma.end - page, grow);
  if (error === 0) {
    if (publish(k, mm, "expand_downwards")) yield;
    if ((vma.flags & VM_LOCKED) !== 0) mm.lockedVm = mm.lockedVm + grow;
    vmStatAccount(mm, vma.flags, grow);
    vma.start = page;
    vma.pgoff = vma.pgoff - grow;
    if (!mm.tree.store(page, vma.end, vma))
      throw new Error("a tree of VMAs has no allocator that could refuse");
  }
  if (!underWriteLock) {
    if (k.unlock(mm.pageTableLock, "expand_downwards")) yield;
  }
  if (k.writeUnlock(root.rwsem, "expand_downwards")) yield;
  return error;
}

/** acct_stack_growth(): the limits, then the charge. */
function* acctStackGrowth(k: Kernel, vma: Vma, size: number, grow: number): Path<number> {
  const { mm, flags } = vma;
  if (!mayExpandVm(mm, flags, grow)) return ENOMEM;
  if (size * PAGE > mm.limits.stack) return ENOMEM;
  if (!mlockFutureOk(mm, flags, grow)) return ENOMEM;
  // The charge is taken whether or not the area is accounted; unmapping gives back only what is.
  const error = yield* chargeCommit(k, grow);
  if (error === 0 && (flags & VM_ACCOUNT) === 0) unchargeCommit(k, grow);
  return error;
}
