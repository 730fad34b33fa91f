/**
 * The lock of one VMA: page faults without mmap_lock.
 *
 *     writer   has mmap_lock for writing; for each VMA it is going to change, vma_start_write(): waits for the VMA's
 *              readers, then marks the VMA with the number of this hold of mmap_lock. No unlock per VMA: the hold
 *              ends, its number is past, and all marks with it.
 *     reader   finds the VMA under RCU, takes its lock for reading, and looks whether the mark is that of the hold
 *              under way: then it gives up and takes mmap_lock.
 *
 * Nothing here takes a step unless the scenario says that somebody goes without mmap_lock (`k.lockless`), and the kernel
 * has such locks (`vma.lock`). Then stores into a tree are steps, too: a reader without the lock may come between two.
 *
 * Kernel counterpart: vma_start_read, vma_start_write in include/linux/mmap_lock.h and mm/mmap_lock.c, lock_vma_under_rcu,
 * vma_end_write_all (6.6: an rwsem per VMA; 6.17: a count in it).
 * Simplified: the reader's first look at the mark, before it has the lock, is left out, it only saves work; a structure
 * that is freed stays what it was for a grace period, it is not reused for another mm under the reader's eyes
 * (SLAB_TYPESAFE_BY_RCU, 6.15+); detaching a VMA does not take the count to zero, the reader looks at the mark of a
 * detached VMA under its lock, as it did before 6.15; no per-VMA lock for reading of
 * /proc (6.17+); a new VMA is marked before it can be found (6.4, which no preset stands for, did that behind).
 */
import { type Condition, ENDS_AT_ONCE, type Path, type Suspend } from "../../sched/index.ts";
import type { Kernel } from "../kernel.ts";
import type { Mm } from "../mm-struct.ts";
import type { Vma } from "../vma.ts";

/** Added to the count by a writer (VMA_LOCK_OFFSET). */
const WRITER = 0x40000000;
const NO_READERS: Condition = { name: "no reader is left", holds: (count) => count === WRITER };

/** Does anybody go without mmap_lock, in this scenario and on this kernel? */
export function isLockless(k: Kernel): boolean {
  return k.lockless && k.designs.vmaLock.perVma;
}

/** The store into the tree that follows can be seen at once by whoever looks without the lock (rcu_assign_pointer). */
export function publish(k: Kernel, mm: Mm, site: string): Suspend {
  if (!isLockless(k)) return false;
  return k.storeRelease(mm.treeRoot, site);
}

/** mmap_lock is about to be let go of for writing, or downgraded: no VMA is write-locked any more (vma_end_write_all). */
export function endWriteAll(k: Kernel, mm: Mm, site: string): Suspend {
  k.assertHeld(mm.mmapLock, true);
  if (!isLockless(k)) return false;
  return k.exchange(mm.lockSeq, thisHold(k, mm) + 1, site);
}

/** Number of the hold under way. Whoever holds mmap_lock for writing may look at it plainly: nobody else changes it. */
function thisHold(k: Kernel, mm: Mm): number {
  return k.aside(() => mm.lockSeq.value);
}

/** The structure goes, once nobody can have found it without the lock (vm_area_free). */
export function vmAreaFree(k: Kernel, vma: Vma): Suspend {
  if (isLockless(k)) return k.freeRcu(k.global.rcu, vma, "vm_area_free");
  return k.free(vma, "vm_area_free");
}

/**
 * Keeps readers out of the VMA until mmap_lock is let go of (vma_start_write). Requires mmap_lock for writing.
 * @param killable the wait for readers may be cut short by a fatal signal (vma_start_write_killable)
 * @returns false when it was
 */
export function vmaStartWrite(k: Kernel, vma: Vma, killable = false): Path<boolean> {
  return isLockless(k) ? keepReadersOut(k, vma, killable) : ENDS_AT_ONCE;
}

function* keepReadersOut(k: Kernel, vma: Vma, killable: boolean): Path<boolean> {
  const mm = vma.mm;
  k.assertHeld(mm.mmapLock, true);
  const hold = thisHold(k, mm);
  if (vma.lockSeq === hold) return true;
  if (!k.designs.vmaLock.counted) {
    if (k.writeLock(vma.lock, "vma_start_write")) yield;
    vma.lockSeq = hold;
    if (k.writeUnlock(vma.lock, "vma_start_write")) yield;
    return true;
  }
  if (k.rmw(vma.refcnt, "__vma_enter_locked")) yield;
  vma.refcnt.value = vma.refcnt.value + WRITER;
  if (killable && vma.refcnt.value !== WRITER) {
    if (k.lookForSignal("vma_start_write_killable")) yield;
    if (k.signalled("vma_start_write_killable")) {
      k.witness("a wait for the reader of a VMA is cut short");
      if (k.rmw(vma.refcnt, "vma_start_write_killable")) yield;
      vma.refcnt.value = vma.refcnt.value - WRITER;
      return false;
    }
  }
  if (k.await(NO_READERS, [vma.refcnt], "__vma_enter_locked")) yield;
  vma.lockSeq = hold;
  if (k.rmw(vma.refcnt, "__vma_exit_locked")) yield;
  vma.refcnt.value = vma.refcnt.value - WRITER;
  return true;
}

/** Takes the VMA's lock for reading (vma_start_read). false = a writer has it, or is about to. */
function* vmaStartRead(k: Kernel, vma: Vma, mm: Mm): Path<boolean> {
  if (k.designs.vmaLock.counted) {
    if (k.rmw(vma.refcnt, "vma_start_read")) yield;
    if (vma.refcnt.value >= WRITER) return false;
    vma.refcnt.value = vma.refcnt.value + 1;
  } else {
    if (k.readTryLock(vma.lock, "vma_start_read")) yield;
    if (k.result === 0) return false;
  }
  if (k.loadAcquire(mm.lockSeq, "vma_start_read")) yield;
  if (vma.lockSeq !== mm.lockSeq.value) return true;
  yield* vmaEndRead(k, vma);
  return false;
}

/** Lets go of the VMA (vma_end_read). */
export function* vmaEndRead(k: Kernel, vma: Vma): Path {
  if (k.designs.vmaLock.counted) {
    if (k.rmw(vma.refcnt, "vma_end_read")) yield;
    vma.refcnt.value = vma.refcnt.value - 1;
  } else {
    if (k.readUnlock(vma.lock, "vma_end_read")) yield;
  }
}

/** What a look into the tree without the lock finds at `page` (mas_walk under RCU). */
export function lookUp(k: Kernel, mm: Mm, page: number): Vma | null {
  return k.aside(() => mm.tree.find(page, page + 1));
}

/**
 * The VMA at `page`, with its lock held for reading, found without mmap_lock (lock_vma_under_rcu). null = somebody is
 * changing it, or nothing is there: take mmap_lock and look again.
 */
export function* lockVmaUnderRcu(k: Kernel, mm: Mm, page: number): Path<Vma | null> {
  const { rcu } = k.global;
  if (k.rcuReadLock(rcu, "lock_vma_under_rcu")) yield;
  let found: Vma | null = null;
  if (k.loadAcquire(mm.treeRoot, "lock_vma_under_rcu")) yield;
  const vma = lookUp(k, mm, page);
  if (vma !== null && (yield* vmaStartRead(k, vma, mm))) {
    if (vma.attached && vma.start <= page && page < vma.end) found = vma;
    else yield* vmaEndRead(k, vma);
  }
  if (k.rcuReadUnlock(rcu, "lock_vma_under_rcu")) yield;
  return found;
}

/**
 * A reader no kernel had before 6.17: looks whether anything is mapped at `page`, without mmap_lock, and takes the answer
 * as it is. Those that exist take mmap_lock when they find nothing.
 */
export function* isMappedLockless(k: Kernel, mm: Mm, page: number): Path<boolean> {
  if (k.rcuReadLock(k.global.rcu, "probe")) yield;
  if (k.loadAcquire(mm.treeRoot, "probe")) yield;
  const mapped = lookUp(k, mm, page) !== null;
  if (k.rcuReadUnlock(k.global.rcu, "probe")) yield;
  return mapped;
}
