/**
 * Unmapping: munmap(), and the first half of every mapping that goes over another.
 *
 *     gather     cut what sticks out at both ends, take note of what goes       may fail, splits stay
 *     complete   take it out of the tree, clear entries, free tables and VMAs   cannot fail
 *
 * Kernel counterpart: vms_gather_munmap_vmas, vms_complete_munmap_vmas, do_vmi_munmap in mm/vma.c (6.18).
 * Simplified: nobody asked a userfaultfd for the event of unmapping; the tree on the side is a list, but asks for its nodes.
 */
import type { Path } from "../../sched/index.ts";
import { isDataMapping, isExecMapping, unchargeCommit } from "../accounting.ts";
import type { Allocation } from "../allocation.ts";
import { EINTR, EINVAL, ENOMEM, EPERM } from "../errno.ts";
import { beginGather, finishGather } from "../gather.ts";
import type { Kernel } from "../kernel.ts";
import type { Mm } from "../mm-struct.ts";
import { TASK_PAGES } from "../system.ts";
import { VM_ACCOUNT, VM_GROWSDOWN, VM_LOCKED, VM_SEALED, type Vma, vmaPages } from "../vma.ts";
import { findVma } from "../vma-tree.ts";
import { freePgtablesOf, removeVma, unmapPageRange } from "./exit.ts";
import { splitUnchecked } from "./merge.ts";
import { endWriteAll, publish, vmaStartWrite } from "./vma-lock.ts";

const SIDE_NODES: Allocation = {
  site: "vms_gather_munmap_vmas: nodes of the tree on the side",
  gfp: "kernel",
};
const ERASE_NODES: Allocation = { site: "vma_iter_clear_gfp: tree nodes", gfp: "kernel" };

const PREALLOC_NODES: Allocation = { site: "do_mas_align_munmap: tree nodes", gfp: "kernel" };

/** VMAs that are to go, with what they count (struct vma_munmap_struct). */
export interface Gathered {
  readonly start: number;
  readonly end: number;
  readonly vmas: Vma[];
  /** Ends of the neighbours: page tables between them may go. */
  unmapStart: number;
  unmapEnd: number;
  pages: number;
  accounted: number;
  locked: number;
  exec: number;
  stack: number;
  data: number;
  /** The VMA behind the range. */
  next: Vma | null;
  /** The entries are cleared already. */
  cleared: boolean;
  error: number;
}

/** Nothing in `[start, end)` goes. */
export function gatherNothing(start: number, end: number, error: number): Gathered {
  return {
    start,
    end,
    vmas: [],
    unmapStart: 0,
    unmapEnd: Number.MAX_SAFE_INTEGER,
    pages: 0,
    accounted: 0,
    locked: 0,
    exec: 0,
    stack: 0,
    data: 0,
    next: null,
    cleared: false,
    error,
  };
}

/**
 * Cuts the VMAs at `start` and `end` and gathers those between (vms_gather_munmap_vmas). `error` is 0, -ENOMEM, -EPERM or -EINVAL; then
 * all are attached again, but what was cut stays cut. Requires mmap_lock for writing.
 * @param first the VMA that `start` is in, or the first one behind it
 */
export function* gatherVmas(k: Kernel, mm: Mm, first: Vma, start: number, end: number): Path<Gathered> {
  const gathered = gatherNothing(start, end, 0);
  const { munmapTree } = k.designs;
  if (start > first.start) {
    // Only a range strictly inside one VMA adds to their number.
    if (end < first.end && mm.mapCount >= k.system.maxMapCount) gathered.error = ENOMEM;
    else if ((first.flags & VM_SEALED) !== 0) gathered.error = EPERM;
    else gathered.error = yield* splitUnchecked(k, first, start, true);
    if (gathered.error !== 0) return gathered;
  }
  const prev = mm.tree.before(start);
  if (prev !== null) gathered.unmapStart = prev.end;
  for (let vma = findVma(k, mm, start, end); vma !== null; vma = findVma(k, mm, vma.end, end)) {
    if ((vma.flags & VM_SEALED) !== 0) gathered.error = EPERM;
    else if (vma.end > end) gathered.error = yield* splitUnchecked(k, vma, end, false);
    if (gathered.error === 0 && gathered.vmas.length > 0 && munmapTree.sideNodes) {
      if (k.allocating(SIDE_NODES)) yield;
      if (k.refused(SIDE_NODES)) gathered.error = ENOMEM;
    }
    if (gathered.error !== 0) {
      for (const detached of gathered.vmas) detached.attached = true; // reattach_vmas
      return gathered;
    }
    yield* vmaStartWrite(k, vma);
    note(gathered, vma);
    if (munmapTree.countsEarly && (vma.flags & VM_LOCKED) !== 0) {
      gathered.locked -= vmaPages(vma);
      mm.lockedVm = mm.lockedVm - vmaPages(vma);
    }
  }
  const next = findVma(k, mm, end);
  gathered.next = next;
  if (next !== null) gathered.unmapEnd = next.start;
  return gathered;
}

function note(gathered: Gathered, vma: Vma): void {
  const { flags } = vma;
  const pages = vmaPages(vma);
  vma.attached = false;
  gathered.vmas.push(vma);
  gathered.pages += pages;
  if ((flags & VM_LOCKED) !== 0) gathered.locked += pages;
  if ((flags & VM_ACCOUNT) !== 0) gathered.accounted += pages;
  if (isExecMapping(flags)) gathered.exec += pages;
  else if ((flags & VM_GROWSDOWN) !== 0) gathered.stack += pages;
  else if (isDataMapping(flags)) gathered.data += pages;
}

/** Clears entries and frees page tables of the gathered VMAs (vms_clear_ptes). */
export function* clearPtes(k: Kernel, mm: Mm, gathered: Gathered): Path {
  if (gathered.cleared || gathered.vmas.length === 0) return;
  gathered.cleared = true;
  const gather = beginGather(mm, false);
  for (const vma of gathered.vmas) yield* unmapPageRange(k, gather, vma, "unmap_vmas");
  yield* freePgtablesOf(k, mm, gathered.vmas, gathered.unmapStart, gathered.unmapEnd);
  yield* finishGather(k, gather);
}

/**
 * Frees what was gathered (vms_complete_munmap_vmas). The range is out of the tree, or something else stands there.
 * @param unlock mmap_lock is dropped at the end, and downgraded meanwhile where the kernel does that
 */
export function* completeMunmap(k: Kernel, mm: Mm, gathered: Gathered, unlock: boolean): Path {
  mm.mapCount = mm.mapCount - gathered.vmas.length;
  mm.lockedVm = mm.lockedVm - gathered.locked;
  const downgrades = unlock && k.designs.munmapLock.downgrades(gathered.next);
  if (downgrades) {
    if (endWriteAll(k, mm, "vms_complete_munmap_vmas")) yield;
    if (k.downgrade(mm.mmapLock, "vms_complete_munmap_vmas")) yield;
  }
  if (!gathered.cleared) yield* clearPtes(k, mm, gathered);
  mm.totalVm = mm.totalVm - gathered.pages;
  mm.execVm = mm.execVm - gathered.exec;
  mm.stackVm = mm.stackVm - gathered.stack;
  mm.dataVm = mm.dataVm - gathered.data;
  for (const vma of gathered.vmas) yield* removeVma(k, vma);
  unchargeCommit(k, gathered.accounted);
  if (downgrades) {
    if (k.readUnlock(mm.mmapLock, "vms_complete_munmap_vmas")) yield;
  } else if (unlock) {
    if (endWriteAll(k, mm, "vms_complete_munmap_vmas")) yield;
    if (k.writeUnlock(mm.mmapLock, "vms_complete_munmap_vmas")) yield;
  }
}

/**
 * Unmaps a page range (do_vmi_munmap without its checks of the arguments). 0, -ENOMEM or -EPERM. Requires mmap_lock for writing.
 * @param unlock on success the lock is dropped
 */
export function* doMunmap(k: Kernel, mm: Mm, start: number, end: number, unlock: boolean): Path<number> {
  const first = findVma(k, mm, start, end);
  if (first === null) {
    if (unlock) {
      if (endWriteAll(k, mm, "do_vmi_munmap")) yield;
      if (k.writeUnlock(mm.mmapLock, "do_vmi_munmap")) yield;
    }
    return 0;
  }
  const { munmapTree } = k.designs;
  if (munmapTree.prealloc) {
    if (k.allocating(PREALLOC_NODES)) yield;
    if (k.refused(PREALLOC_NODES)) return ENOMEM;
  }
  const gathered = yield* gatherVmas(k, mm, first, start, end);
  if (gathered.error !== 0) return gathered.error;
  if (munmapTree.eraseNodes) {
    if (k.allocating(ERASE_NODES)) yield;
    if (!k.neverRefuses && mm.tree.nodesFor(start, end, null) > 0 && k.refused(ERASE_NODES)) {
      for (const vma of gathered.vmas) vma.attached = true;
      return ENOMEM;
    }
  }
  if (publish(k, mm, "vma_iter_clear_gfp")) yield;
  mm.tree.clear(start, end);
  if (k.telling) k.say(goneText(k, mm, start, end));
  yield* completeMunmap(k, mm, gathered, unlock);
  return 0;
}

function goneText(k: Kernel, mm: Mm, start: number, end: number): string {
  const gone = `nothing is mapped in pages ${start.toString(16)}-${end.toString(16)} of ${k.rowName(mm)} any more`;
  return k.aside(() => mm.tree.size) > 0 ? gone : `${gone}; the address space has no VMA left`;
}

/** Does a range of pages lie within what user space can have, and is it not empty? */
export function isUserRange(start: number, pages: number): boolean {
  return start <= TASK_PAGES && pages <= TASK_PAGES - start && pages > 0;
}

/** munmap(2) with a page range. `pages` is 0 where the length was 0 or wrapped around. */
export function* munmap(k: Kernel, mm: Mm, start: number, pages: number): Path<number> {
  if (k.writeLockKillable(mm.mmapLock, "__vm_munmap")) yield;
  if (k.interrupted) return EINTR;
  const error = isUserRange(start, pages) ? yield* doMunmap(k, mm, start, start + pages, true) : EINVAL;
  if (error !== 0) {
    if (endWriteAll(k, mm, "__vm_munmap")) yield;
    if (k.writeUnlock(mm.mmapLock, "__vm_munmap")) yield;
  }
  return error;
}
