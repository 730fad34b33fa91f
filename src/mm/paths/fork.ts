/**
 * fork(): making a child's address space, and giving it up half-way.
 *
 *     dup_mm     allocate the mm, copy it, drop it again on failure
 *     dup_mmap   copy the set of VMAs: how is the decision point `fork.copy`
 *
 * Kernel counterpart: dup_mm() and mm_init() in kernel/fork.c, dup_mmap() in mm/mmap.c (6.12; where other kernels
 * differ a decision point is called).
 * Simplified: VM_WIPEONFORK areas never get an anon_vma at fork (4.14 to 5.3 prepared one); no policies, userfaultfd
 * contexts, exe_file, binfmt module, KSM, khugepaged, uprobes, hugetlb.
 */
import type { Path } from "../../sched/index.ts";
import { exceedsMemory, vmStatAccount } from "../accounting.ts";
import type { Allocation } from "../allocation.ts";
import type { ForkFailure } from "../decisions.ts";
import { EINTR, ENOMEM } from "../errno.ts";
import type { Kernel, TaskStruct } from "../kernel.ts";
import { type Mm, NESTED, newMm } from "../mm-struct.ts";
import { flushTlbMm } from "../tlb.ts";
import {
  isSharedMaywrite,
  VM_ACCOUNT,
  VM_DONTCOPY,
  VM_LOCKED_MASK,
  VM_WIPEONFORK,
  type Vma,
  vmaPages,
  vmas,
} from "../vma.ts";
import { copyPageRange } from "./copy-page-range.ts";
import { mmput } from "./lifetime.ts";
import { uprobeEndDupMmap, uprobeStartDupMmap } from "./uprobe.ts";
import { endWriteAll, vmaStartWrite } from "./vma-lock.ts";

const MM_STRUCT: Allocation = { site: "allocate_mm: mm_struct", gfp: "account" };
const COMMIT: Allocation = { site: "dup_mmap: security_vm_enough_memory_mm", gfp: "limit" };
const VM_AREA: Allocation = { site: "vm_area_dup: vm_area_struct", gfp: "account" };
const ARCH_DUP: Allocation = { site: "arch_dup_mmap: LDT copy", gfp: "account" };

/** Copies the address space of `old` for a child (dup_mm). null = -ENOMEM, with nothing left behind. */
export function* dupMm(k: Kernel, old: Mm, label: string): Path<Mm | null> {
  if (k.allocating(MM_STRUCT)) yield;
  if (k.refused(MM_STRUCT)) return null;
  for (const allocation of k.designs.mmInit.allocations) {
    if (k.allocating(allocation)) yield;
    if (k.refused(allocation)) return null; // mm_init undoes the earlier ones: nobody else has seen them
  }
  const mm = newMm(k, label);
  const { aroundMmput } = k.designs.forkUprobeGate;
  if (aroundMmput) {
    if (uprobeStartDupMmap(k, "dup_mm")) yield;
  }
  const error = yield* dupMmap(k, mm, old);
  if (error !== 0) {
    k.say(`${k.rowName(mm)} is given up; its last user drops it`);
    yield* mmput(k, mm, "dup_mm");
  }
  if (aroundMmput) {
    if (uprobeEndDupMmap(k, "dup_mm")) yield;
  }
  if (error !== 0) return null;
  return mm;
}

/** Fills the child's tree with copies of the parent's VMAs (dup_mmap). 0, -ENOMEM or -EINTR. */
export function* dupMmap(k: Kernel, mm: Mm, old: Mm): Path<number> {
  const gateHere = !k.designs.forkUprobeGate.aroundMmput;
  if (gateHere) {
    if (uprobeStartDupMmap(k, "dup_mmap")) yield;
  }
  if (k.writeLockKillable(old.mmapLock, "dup_mmap")) yield;
  if (k.interrupted) {
    if (gateHere) {
      if (uprobeEndDupMmap(k, "dup_mmap")) yield;
    }
    return EINTR;
  }
  if (k.writeLock(mm.mmapLock, "dup_mmap", NESTED)) yield;
  // dup_mm() copies the whole structure, without the lock; nothing but the rest of this task depends on when.
  mm.mmapBase = old.mmapBase;
  mm.startBrk = old.startBrk;
  mm.brk = old.brk;
  mm.dataBytes = old.dataBytes;
  mm.startStack = old.startStack;
  mm.limits = old.limits;
  if (!k.exploring) mm.hugeFaults = old.hugeFaults;
  mm.totalVm = old.totalVm;
  mm.dataVm = old.dataVm;
  mm.execVm = old.execVm;
  mm.stackVm = old.stackVm;

  let error = 0;
  let noTree = false;
  let failed: Vma | null = null;
  let start = 0;
  let end = 0;
  const { forkCopy, forkRecovery } = k.designs;
  let begun = true;
  if (forkRecovery.reserve !== undefined) {
    if (k.allocating(forkRecovery.reserve)) yield;
    begun = !k.refused(forkRecovery.reserve);
  }
  if (begun && forkCopy.nodes !== undefined) {
    if (k.allocating(forkCopy.nodes)) yield;
  }
  if (begun) begun = forkCopy.begin(k, mm, old);
  if (!begun) {
    error = ENOMEM;
    noTree = true;
  } else {
    const walked = forkCopy.walked(mm, old);
    let at = 0;
    for (;;) {
      const entry = walked.find(at);
      if (entry === null) break;
      start = walked.foundStart;
      end = walked.foundEnd;
      at = end;
      error = yield* dupVma(k, mm, entry, start, end);
      if (error !== 0) {
        failed = entry;
        break;
      }
      const copy = mm.tree.find(start, end);
      if (copy === null || copy === entry) continue; // left out, or not to be copied
      if ((copy.flags & VM_WIPEONFORK) !== 0) continue;
      error = yield* copyPageRange(k, copy, entry);
      if (error !== 0) {
        // The copy itself is complete enough to be torn down; the next entry is the first that is not.
        failed = walked.find(end);
        start = walked.foundStart;
        end = walked.foundEnd;
        break;
      }
    }
    if (error === 0) {
      if (k.allocating(ARCH_DUP)) yield;
      if (k.refused(ARCH_DUP)) error = ENOMEM;
    }
  }
  const failure: ForkFailure = { vma: failed, start, end, noTree };
  if (error !== 0) yield* forkRecovery.recover(k, mm, failure);
  const childLater = error !== 0 && forkRecovery.recoverChild !== undefined;
  if (!childLater) {
    if (k.writeUnlock(mm.mmapLock, "dup_mmap")) yield;
  }
  if (k.tlbs.length > 0) yield* flushTlbMm(k, old, "dup_mmap");
  if (endWriteAll(k, old, "dup_mmap")) yield;
  if (k.writeUnlock(old.mmapLock, "dup_mmap")) yield;
  if (childLater) {
    yield* forkRecovery.recoverChild!(k, mm, failure);
    if (k.writeUnlock(mm.mmapLock, "dup_mmap")) yield;
  }
  if (gateHere) {
    if (uprobeEndDupMmap(k, "dup_mmap")) yield;
  }
  return error;
}

/**
 * Turns one entry of the copied tree, still the parent's VMA, into a VMA of the child. On failure the entry is
 * untouched: stale.
 */
function* dupVma(k: Kernel, mm: Mm, parent: Vma, start: number, end: number): Path<number> {
  const { forkLockVmas, forkSignal } = k.designs;
  if (forkLockVmas.locks && !(yield* vmaStartWrite(k, parent, forkSignal.killableWait))) return EINTR;
  const pages = vmaPages(parent);
  if ((parent.flags & VM_DONTCOPY) !== 0) {
    const { forkCopy } = k.designs;
    if (forkCopy.nodesToLeaveOut !== undefined) {
      if (k.allocating(forkCopy.nodesToLeaveOut)) yield;
    }
    if (!forkCopy.leaveOut(k, mm, start, end)) return ENOMEM;
    vmStatAccount(mm, parent.flags, -pages);
    return 0;
  }
  if (forkSignal.look(k)) yield;
  if (forkSignal.interrupts(k)) return EINTR;
  if ((parent.flags & VM_ACCOUNT) !== 0) {
    if (k.allocating(COMMIT)) yield;
    if (k.refused(COMMIT) || exceedsMemory(k, pages)) return ENOMEM;
    k.global.committed.add(pages);
  }
  if (k.allocating(VM_AREA)) yield;
  let refused = k.refused(VM_AREA);
  for (const allocation of k.designs.vmaLock.allocations) {
    if (refused) break;
    if (k.allocating(allocation)) yield;
    refused = k.refused(allocation);
  }
  if (refused) {
    uncharge(k, parent, pages);
    return ENOMEM;
  }
  const copy = k.alloc(vmas);
  copy.start = parent.start;
  copy.end = parent.end;
  copy.mm = mm;
  copy.flags = parent.flags & ~VM_LOCKED_MASK;
  copy.pgoff = parent.pgoff;
  copy.file = parent.file;
  copy.special = parent.special;
  copy.anonName = parent.anonName;
  copy.policy = parent.policy;
  // dup_userfaultfd: nobody asked for the event of forking, so the copy is registered with nobody
  if (k.naming) k.label(copy, `${k.rowName(mm)}'s copy of ${k.rowName(parent)}`);
  if ((parent.flags & VM_WIPEONFORK) === 0) {
    if ((yield* k.designs.forkAnonVma.fork(k, copy, parent)) !== 0) {
      if (k.free(copy, "dup_mmap")) yield;
      uncharge(k, parent, pages);
      return ENOMEM;
    }
  }
  const { fileFirst } = k.designs.forkLinkOrder;
  if (fileFirst) yield* linkFile(k, copy, parent);
  if (!k.designs.forkCopy.insert(mm, start, end, copy))
    throw new Error(`fork.copy=${k.designs.forkCopy.name}: putting a finished VMA in its place may not fail`);
  copy.attached = true;
  mm.mapCount = mm.mapCount + 1;
  if (!fileFirst) yield* linkFile(k, copy, parent);
  return 0;
}

/** Makes the copy reachable through its file, right behind the VMA it was copied from. */
function* linkFile(k: Kernel, copy: Vma, parent: Vma): Path {
  const file = parent.file;
  if (file === null) return;
  if (k.add(file.refs, 1, "dup_mmap: get_file")) yield;
  if (k.writeLock(file.mapping.rwsem, "dup_mmap: i_mmap")) yield;
  if (isSharedMaywrite(copy.flags)) {
    file.mapping.writable = file.mapping.writable + 1;
  }
  file.mapping.vmas.insertAfter(parent, copy);
  if (k.writeUnlock(file.mapping.rwsem, "dup_mmap: i_mmap")) yield;
}

/** vm_unacct_memory() */
function uncharge(k: Kernel, parent: Vma, pages: number): void {
  if ((parent.flags & VM_ACCOUNT) !== 0) k.global.committed.add(-pages);
}

/**
 * The part of copy_process() that matters here: copy_mm(), then the last look for a fatal signal. Returns the child
 * process, or a negative error. The child is reachable through a task only from `child.mm = mm` on.
 */
export function* copyProcess(k: Kernel, parent: TaskStruct, child: TaskStruct, label: string): Path<number> {
  const old = parent.mm;
  if (old === null) throw new Error("copyProcess: the forking task has no mm");
  const mm = yield* dupMm(k, old, label);
  if (mm === null) return ENOMEM;
  if (k.lookForSignal("copy_process")) yield;
  if (k.signalled("copy_process")) {
    yield* mmput(k, mm, "copy_process");
    return EINTR;
  }
  if (k.lock(child.lock, "copy_process")) yield;
  child.mm = mm;
  if (k.unlock(child.lock, "copy_process")) yield;
  return 0;
}
