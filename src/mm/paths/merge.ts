/**
 * Merging and splitting VMAs: the part of every mapping call that decides how many areas there are.
 *
 *     new range       prev | ///// | next      grow prev, grow next, or join both
 *     flags change    prev | middle | next     part of middle moves to a neighbour, or middle goes; else it is split
 *
 * All failures come before the first visible change. Everything here requires mmap_lock for writing.
 *
 * Kernel counterpart: vma_merge_new_range, vma_merge_existing_range, vma_expand, commit_merge, __split_vma, vma_modify,
 * copy_vma in mm/vma.c (6.18).
 * Simplified: no drivers with close or may_split hooks.
 */
import type { Path } from "../../sched/index.ts";
import type { Allocation } from "../allocation.ts";
import type { AnonVma } from "../anon-vma.ts";
import { EINVAL, ENOMEM } from "../errno.ts";
import { type File, fput, type Mapping } from "../file.ts";
import type { Kernel } from "../kernel.ts";
import type { Mm } from "../mm-struct.ts";
import {
  isAnonymous,
  isSharedMaywrite,
  VM_MAYBE_GUARD,
  VM_SPECIAL,
  type Vma,
  vmaPages,
  vmas,
} from "../vma.ts";
import { findVma } from "../vma-tree.ts";
import { anonVmaClone, dupAnonVma, unlinkAnonVmas } from "./anon-vma.ts";
import { publish, vmAreaFree, vmaStartWrite } from "./vma-lock.ts";

const VM_AREA_DUP: Allocation = { site: "vm_area_dup: vm_area_struct", gfp: "account" };
const VM_AREA_ALLOC: Allocation = { site: "vm_area_alloc: vm_area_struct", gfp: "account" };
const NODES: Allocation = { site: "vma_iter_prealloc: tree nodes", gfp: "kernel" };

/** Flags that keep nobody from merging: the merged area has them when one of its parts had. */
const VM_STICKY = VM_MAYBE_GUARD;

/** What is to be merged: a range with the properties it shall have (struct vma_merge_struct). */
export interface MergeRange {
  readonly mm: Mm;
  readonly start: number;
  readonly end: number;
  readonly flags: number;
  readonly pgoff: number;
  readonly file: File | null;
  readonly anonVma: AnonVma | null;
  /** Neighbours, touching or not; for a new range only. */
  readonly prev: Vma | null;
  readonly next: Vma | null;
  /** mremap: the VMA whose pages come here. */
  readonly copiedFrom: Vma | null;
  readonly traits: Traits;
}

/** What else must be equal. A VMA is its own. */
export type Traits = Pick<Vma, "anonName" | "policy" | "uffd" | "uffdModes">;

/** Of a mapping that nobody has said anything about. */
export const NO_TRAITS: Traits = { anonName: null, policy: 0, uffd: null, uffdModes: 0 };

/** No VMA to merge with: not an error. */
export const NO_MERGE = 1;

/** Asks for the tree nodes of a store (vma_iter_prealloc). Behind `k.allocating(NODES)`. */
function refusesNodes(k: Kernel, mm: Mm, start: number, end: number, vma: Vma | null): boolean {
  return !k.neverRefuses && mm.tree.nodesFor(start, end, vma) > 0 && k.refused(NODES);
}

/** Puts a VMA over a range whose nodes are there already. */
function storeVma(mm: Mm, start: number, end: number, vma: Vma): void {
  if (!mm.tree.store(start, end, vma)) throw new Error("a tree of VMAs has no allocator that could refuse");
}

function setRange(vma: Vma, start: number, end: number, pgoff: number): void {
  vma.start = start;
  vma.end = end;
  vma.pgoff = pgoff;
}

// =======================================================================================================
// May they merge?

/** An area that was copied at fork and is linked to its parent's anon_vma too (vma_is_fork_child). */
function isForkChild(vma: Vma | null): boolean {
  return vma !== null && vma.anonVma !== null && vma.anonVmaChain.length !== 1;
}

/** Same flags and file: `range` is to be joined to `vma` (is_mergeable_vma). */
function sameKind(range: MergeRange, vma: Vma): boolean {
  const { traits } = range;
  return (
    ((vma.flags ^ range.flags) & ~VM_STICKY) === 0 &&
    vma.file === range.file &&
    vma.special === null &&
    vma.anonName === traits.anonName &&
    vma.policy === traits.policy &&
    vma.uffd === traits.uffd &&
    vma.uffdModes === traits.uffdModes
  );
}

/** Would the pages of both be found in the merged area? (is_mergeable_anon_vma) */
function anonVmasFit(k: Kernel, range: MergeRange, target: Vma, middle: Vma | null): boolean {
  const inherited = isForkChild(middle) || isForkChild(range.copiedFrom);
  return k.designs.vmaMerge.anonVmasFit(range.anonVma, inherited, target);
}

function fitsBehind(k: Kernel, range: MergeRange, prev: Vma | null, middle: Vma | null): prev is Vma {
  return (
    prev !== null &&
    prev.end === range.start &&
    sameKind(range, prev) &&
    prev.pgoff + vmaPages(prev) === range.pgoff &&
    anonVmasFit(k, range, prev, middle)
  );
}

function fitsBefore(
  k: Kernel,
  range: MergeRange,
  next: Vma | null,
  middle: Vma | null,
  joined: Vma | null,
): next is Vma {
  if (next === null || range.end !== next.start || !sameKind(range, next)) return false;
  if (next.pgoff !== range.pgoff + range.end - range.start) return false;
  if (!anonVmasFit(k, range, next, middle)) return false;
  // Each may fit the range, and still not each other.
  return (
    joined === null || joined.anonVma === null || next.anonVma === null || joined.anonVma === next.anonVma
  );
}

// =======================================================================================================
// Locks around a change of ranges

/** vma_prepare(): rmap must not see ranges half changed. */
function* lockRmap(k: Kernel, mapping: Mapping | null, anonVma: AnonVma | null): Path {
  if (mapping !== null) {
    if (k.writeLock(mapping.rwsem, "vma_prepare")) yield;
  }
  if (anonVma !== null) {
    if (k.writeLock(anonVma.root.rwsem, "vma_prepare")) yield;
  }
}

/** The first half of vma_complete(). */
function* unlockRmap(k: Kernel, mapping: Mapping | null, anonVma: AnonVma | null): Path {
  if (anonVma !== null) {
    if (k.writeUnlock(anonVma.root.rwsem, "vma_complete")) yield;
  }
  if (mapping !== null) {
    if (k.writeUnlock(mapping.rwsem, "vma_complete")) yield;
  }
}

/** A VMA that was merged away (the second half of vma_complete). Its pages belong to `into` now. */
function* dropMerged(k: Kernel, vma: Vma): Path {
  const file = vma.file;
  vma.attached = false;
  yield* unlinkAnonVmas(k, vma);
  vma.mm.mapCount = vma.mm.mapCount - 1;
  if (file !== null) yield* fput(k, file, "vma_complete");
  if (vmAreaFree(k, vma)) yield;
}

/** The merged area has the sticky flags of all its parts. */
function keepSticky(target: Vma, flags: number): void {
  if ((flags & VM_STICKY & ~target.flags) !== 0) target.flags = target.flags | (flags & VM_STICKY);
}

/** Sets the flags of what `modifyFlags` returned (vm_flags_reset). */
export function resetFlags(vma: Vma, flags: number): void {
  vma.flags = flags | (vma.flags & VM_STICKY);
}

function unlinkFromFile(vma: Vma): void {
  if (vma.file === null) return;
  const mapping = vma.file.mapping;
  mapping.vmas.remove(vma);
  if (isSharedMaywrite(vma.flags)) mapping.writable = mapping.writable - 1;
}

// =======================================================================================================
// A range that is not mapped yet

/**
 * Joins a new range to its neighbours (vma_merge_new_range). Returns the VMA that has it now, or null when none fits or
 * memory is short: the caller then makes a VMA of its own.
 * @param justExpand only the neighbour below may take it (brk)
 */
export function* mergeNewRange(k: Kernel, range: MergeRange, justExpand: boolean): Path<Vma | null> {
  const { mm, prev, next } = range;
  if ((range.flags & VM_SPECIAL) !== 0) return null;
  const left = fitsBehind(k, range, prev, null) ? prev : null;
  const right = !justExpand && fitsBefore(k, range, next, null, left) ? next : null;
  const target = left ?? right;
  if (target === null) return null;
  const start = left === null ? range.start : left.start;
  const end = right === null ? range.end : right.end;
  const pgoff = left === null ? range.pgoff : left.pgoff;
  // vma_expand
  const removed = left !== null ? right : null;
  if (removed !== null && (yield* dupAnonVma(k, target, removed)) !== 0) return null;
  if (range.copiedFrom !== null && (yield* dupAnonVma(k, target, range.copiedFrom)) !== 0) return null;
  if (k.allocating(NODES)) yield;
  if (refusesNodes(k, mm, start, end, target)) return null;
  const mapping = target.file === null ? null : target.file.mapping;
  const { anonVma } = target;
  yield* vmaStartWrite(k, target);
  if (removed !== null) yield* vmaStartWrite(k, removed);
  if (mapping !== null || anonVma !== null) yield* lockRmap(k, mapping, anonVma);
  if (publish(k, mm, "commit_merge")) yield;
  setRange(target, start, end, pgoff);
  keepSticky(target, range.flags | (removed === null ? 0 : removed.flags));
  storeVma(mm, start, end, target);
  if (removed !== null) unlinkFromFile(removed);
  if (mapping !== null || anonVma !== null) yield* unlockRmap(k, mapping, anonVma);
  if (removed !== null) yield* dropMerged(k, removed);
  return target;
}

/** A VMA for a range nobody could take over (__mmap_new_vma without the file). null = no memory. */
export function* newVma(
  k: Kernel,
  mm: Mm,
  start: number,
  end: number,
  flags: number,
  pgoff: number,
): Path<Vma | null> {
  if (k.allocating(VM_AREA_ALLOC)) yield;
  if (k.refused(VM_AREA_ALLOC)) return null;
  for (const allocation of k.designs.vmaLock.allocations) {
    if (k.allocating(allocation)) yield;
    if (k.refused(allocation)) return null;
  }
  const vma = k.alloc(vmas);
  vma.mm = mm;
  vma.flags = flags;
  setRange(vma, start, end, pgoff);
  if (k.naming) k.label(vma, `area ${start.toString(16)} of ${k.rowName(mm)}`);
  return vma;
}

/** Puts a new VMA into the tree and counts it (vma_link). 0, or -ENOMEM with nothing changed. */
export function* linkVma(k: Kernel, vma: Vma): Path<number> {
  const { mm, start, end, file } = vma;
  if (k.allocating(NODES)) yield;
  if (refusesNodes(k, mm, start, end, vma)) return ENOMEM;
  // Lock it before it can be found.
  yield* vmaStartWrite(k, vma);
  if (publish(k, mm, "vma_link")) yield;
  storeVma(mm, start, end, vma);
  vma.attached = true;
  mm.mapCount = mm.mapCount + 1;
  if (file !== null) yield* linkFile(k, vma, file.mapping);
  return 0;
}

/** Makes a VMA reachable from its file (vma_link_file). */
function* linkFile(k: Kernel, vma: Vma, mapping: Mapping): Path {
  if (k.writeLock(mapping.rwsem, "vma_link_file")) yield;
  mapping.vmas.push(vma);
  if (isSharedMaywrite(vma.flags)) mapping.writable = mapping.writable + 1;
  if (k.writeUnlock(mapping.rwsem, "vma_link_file")) yield;
}

// =======================================================================================================
// A range that is mapped: its flags change

/** Where a change of flags left the range: the VMA that has it, or an error. */
export interface Modified {
  readonly vma: Vma;
  readonly error: number;
}

/**
 * Gives `[start, end)` of `middle` to a VMA of its own or to a neighbour that has the flags already (vma_modify_flags).
 * The caller then sets the flags, and the traits where they change. Returns the VMA, or an error; when the second of two
 * splits fails, the first stays.
 */
export function* modifyFlags(
  k: Kernel,
  middle: Vma,
  start: number,
  end: number,
  flags: number,
  traits: Traits = middle,
): Path<Vma | number> {
  const outcome = yield* mergeExistingRange(k, middle, start, end, flags, traits);
  if (outcome.error !== NO_MERGE) return outcome.error === 0 ? outcome.vma : outcome.error;
  if (middle.start < start) {
    const error = yield* splitVma(k, middle, start, true);
    if (error !== 0) return error;
  }
  if (middle.end > end) {
    const error = yield* splitVma(k, middle, end, false);
    if (error !== 0) return error;
  }
  // The caller is about to change its flags.
  yield* vmaStartWrite(k, middle);
  return middle;
}

/** vma_merge_existing_range(): error NO_MERGE when no neighbour fits. */
function* mergeExistingRange(
  k: Kernel,
  middle: Vma,
  start: number,
  end: number,
  flags: number,
  traits: Traits,
): Path<Modified> {
  const { mm } = middle;
  const leftSide = start === middle.start;
  const rightSide = end === middle.end;
  const none: Modified = { vma: middle, error: NO_MERGE };
  if ((flags & VM_SPECIAL) !== 0 || !(leftSide || rightSide)) return none;
  const range: MergeRange = {
    mm,
    start,
    end,
    flags,
    pgoff: middle.pgoff + start - middle.start,
    file: middle.file,
    anonVma: middle.anonVma,
    prev: leftSide ? mm.tree.before(start) : null,
    next: rightSide ? findVma(k, mm, end, end + 1) : null,
    copiedFrom: null,
    traits,
  };
  const left = leftSide && fitsBehind(k, range, range.prev, middle) ? range.prev : null;
  const right = rightSide && fitsBefore(k, range, range.next, middle, left) ? range.next : null;
  const target = left ?? right;
  if (target === null) return none;
  const whole = leftSide && rightSide;
  const refused: Modified = { vma: middle, error: ENOMEM };
  const source = left !== null && right !== null && right.anonVma !== null ? right : middle;
  if ((yield* dupAnonVma(k, target, source)) !== 0) return refused;

  const from = left === null ? start : left.start;
  const to = right === null ? end : right.end;
  if (k.allocating(NODES)) yield;
  if (refusesNodes(k, mm, from, to, target)) return refused;
  const mapping = middle.file === null ? null : middle.file.mapping;
  const anonVma = target.anonVma ?? middle.anonVma;
  yield* vmaStartWrite(k, target);
  yield* vmaStartWrite(k, middle);
  if (right !== null) yield* vmaStartWrite(k, right);
  if (mapping !== null || anonVma !== null) yield* lockRmap(k, mapping, anonVma);
  if (publish(k, mm, "commit_merge")) yield;
  setRange(target, from, to, left === null ? target.pgoff - (end - start) : left.pgoff);
  if (!whole) {
    // What is left of middle gives way.
    if (left !== null) setRange(middle, end, middle.end, middle.pgoff + end - start);
    else middle.end = start;
  }
  storeVma(mm, from, to, target);
  keepSticky(target, flags | (right === null ? 0 : right.flags));
  const joined = left !== null && right !== null ? right : null;
  if (whole) unlinkFromFile(middle);
  if (joined !== null) unlinkFromFile(joined);
  if (mapping !== null || anonVma !== null) yield* unlockRmap(k, mapping, anonVma);
  if (whole) yield* dropMerged(k, middle);
  if (joined !== null) yield* dropMerged(k, joined);
  return { vma: target, error: 0 };
}

/** As `splitUnchecked`, if the number of VMAs allows another one (split_vma). */
export function* splitVma(k: Kernel, vma: Vma, at: number, newBelow: boolean): Path<number> {
  if (vma.mm.mapCount >= k.system.maxMapCount) return ENOMEM;
  return yield* splitUnchecked(k, vma, at, newBelow);
}

/**
 * Cuts a VMA in two at page `at` (__split_vma). 0, or -ENOMEM or -EINVAL with nothing changed.
 * @param newBelow the new VMA is the lower part; `vma` keeps the other
 */
export function* splitUnchecked(k: Kernel, vma: Vma, at: number, newBelow: boolean): Path<number> {
  const { mm } = vma;
  if (!maySplit(vma)) return EINVAL;
  if (k.allocating(VM_AREA_DUP)) yield;
  if (k.refused(VM_AREA_DUP)) return ENOMEM;
  for (const allocation of k.designs.vmaLock.allocations) {
    if (k.allocating(allocation)) yield;
    if (k.refused(allocation)) return ENOMEM;
  }
  const split = duplicateVma(k, vma);
  if (newBelow) split.end = at;
  else setRange(split, at, vma.end, vma.pgoff + at - vma.start);
  if (k.allocating(NODES)) yield;
  if (refusesNodes(k, mm, split.start, split.end, split)) {
    if (k.free(split, "__split_vma")) yield;
    return ENOMEM;
  }
  if (vma.anonVma !== null && (yield* anonVmaClone(k, split, vma)) !== 0) {
    if (k.free(split, "__split_vma")) yield;
    return ENOMEM;
  }
  const file = vma.file;
  if (file !== null) {
    if (k.add(file.refs, 1, "__split_vma: get_file")) yield;
  }
  const mapping = file === null ? null : file.mapping;
  const { anonVma } = vma;
  yield* vmaStartWrite(k, vma);
  yield* vmaStartWrite(k, split);
  if (mapping !== null || anonVma !== null) yield* lockRmap(k, mapping, anonVma);
  if (publish(k, mm, "__split_vma")) yield;
  if (newBelow) setRange(vma, at, vma.end, vma.pgoff + at - vma.start);
  else vma.end = at;
  if (mapping !== null) {
    mapping.vmas.insertAfter(vma, split);
    if (isSharedMaywrite(split.flags)) mapping.writable = mapping.writable + 1;
  }
  storeVma(mm, split.start, split.end, split);
  split.attached = true;
  mm.mapCount = mm.mapCount + 1;
  if (mapping !== null || anonVma !== null) yield* unlockRmap(k, mapping, anonVma);
  return 0;
}

/** May the area be cut at all? Those that the kernel itself put there may not (special_mapping_split). */
export function maySplit(vma: Vma): boolean {
  return vma.special === null;
}

/** vm_area_dup(): the structure only, linked to nothing. */
function duplicateVma(k: Kernel, vma: Vma): Vma {
  const copy = k.alloc(vmas);
  copy.mm = vma.mm;
  copy.flags = vma.flags;
  setRange(copy, vma.start, vma.end, vma.pgoff);
  copy.file = vma.file;
  copy.special = vma.special;
  copy.anonName = vma.anonName;
  copy.policy = vma.policy;
  copy.uffd = vma.uffd;
  copy.uffdModes = vma.uffdModes;
  copy.anonVma = vma.anonVma;
  if (k.naming) k.label(copy, `part of ${k.rowName(vma)}`);
  return copy;
}

// =======================================================================================================
// A range that moves

/** Where a VMA went: `from` is the source as it is now, which may have been merged with the target. */
export interface Copied {
  readonly to: Vma;
  readonly from: Vma;
}

/**
 * A VMA for the pages of `vma` at another place, merged with what stands there if it fits (copy_vma). null = no memory.
 * An anonymous area without pages takes the offset of its new place and so may merge; one with pages keeps its own.
 */
export function* copyVma(
  k: Kernel,
  vma: Vma,
  start: number,
  pages: number,
  offset: number,
): Path<Copied | null> {
  const { mm } = vma;
  const end = start + pages;
  const pgoff = isAnonymous(vma) && vma.anonVma === null ? start : offset;
  const range: MergeRange = {
    mm,
    start,
    end,
    flags: vma.flags,
    pgoff,
    file: vma.file,
    anonVma: vma.anonVma,
    prev: mm.tree.before(start),
    next: findVma(k, mm, end, end + 1),
    copiedFrom: vma,
    traits: vma,
  };
  const source = vma.start;
  const merged = yield* mergeNewRange(k, range, false);
  if (merged !== null) {
    // Without pages the source itself may be what the target was merged with.
    const swallowed = source >= merged.start && source < merged.end;
    return { to: merged, from: swallowed ? merged : vma };
  }
  if (k.allocating(VM_AREA_DUP)) yield;
  if (k.refused(VM_AREA_DUP)) return null;
  const copy = duplicateVma(k, vma);
  setRange(copy, start, end, pgoff);
  if (vma.anonVma !== null && (yield* anonVmaClone(k, copy, vma)) !== 0) {
    if (k.free(copy, "copy_vma")) yield;
    return null;
  }
  const file = copy.file;
  if (file !== null) {
    if (k.add(file.refs, 1, "copy_vma: get_file")) yield;
  }
  if ((yield* linkVma(k, copy)) !== 0) {
    yield* unlinkAnonVmas(k, copy);
    if (file !== null) yield* fput(k, file, "copy_vma");
    if (k.free(copy, "copy_vma")) yield;
    return null;
  }
  return { to: copy, from: vma };
}
