/**
 * Making, linking and unlinking anon_vmas.
 *
 * Kernel counterpart: anon_vma_prepare, unlink_anon_vmas and their helpers in mm/rmap.c (6.12).
 */
import type { Path } from "../../sched/index.ts";
import type { Allocation } from "../allocation.ts";
import { type AnonVma, type AnonVmaChain, anonVmaChains, anonVmas } from "../anon-vma.ts";
import { ENOMEM } from "../errno.ts";
import type { Kernel } from "../kernel.ts";
import type { Mm } from "../mm-struct.ts";
import { VM_ACCESS_FLAGS, VM_MAYBE_GUARD, VM_SHARED, VM_WRITE, type Vma } from "../vma.ts";
import { findVma } from "../vma-tree.ts";

const PREPARE_AVC: Allocation = { site: "anon_vma_prepare: anon_vma_chain", gfp: "account" };
const PREPARE_ANON_VMA: Allocation = { site: "anon_vma_prepare: anon_vma", gfp: "account" };
const CLONE_NOWAIT: Allocation = { site: "anon_vma_clone: anon_vma_chain", gfp: "nowait" };
const CLONE_AVC: Allocation = { site: "anon_vma_clone: anon_vma_chain, second try", gfp: "account" };

/** A fresh anon_vma, its own root, not yet linked to anything (anon_vma_alloc). */
export function newAnonVma(k: Kernel): AnonVma {
  const anonVma = k.alloc(anonVmas);
  k.init(anonVma.refs, 1);
  anonVma.root = anonVma;
  anonVma.parent = anonVma;
  return anonVma;
}

/** Links a VMA and an anon_vma (anon_vma_chain_link). Requires the root lock for writing. */
export function linkChain(k: Kernel, vma: Vma, avc: AnonVmaChain, anonVma: AnonVma): void {
  k.assertHeld(anonVma.root.rwsem, true);
  avc.vma = vma;
  avc.anonVma = anonVma;
  vma.anonVmaChain.push(avc);
  anonVma.links.push(avc);
}

/**
 * What a write fault does to the area it hits, and nothing of what it does to pages: for those who follow areas only. Takes
 * mmap_lock for reading, as vmf_anon_prepare() does when it must.
 */
export function* prepareForWrite(k: Kernel, mm: Mm, page: number): Path {
  if (k.readLock(mm.mmapLock, "vmf_anon_prepare")) yield;
  const vma = findVma(k, mm, page, page + 1);
  if (vma !== null && (vma.flags & (VM_WRITE | VM_SHARED)) === VM_WRITE) yield* anonVmaPrepare(k, vma);
  if (k.readUnlock(mm.mmapLock, "vmf_anon_prepare")) yield;
}

/** Drops a reference to an anon_vma; the last one frees it and lets go of its root (put_anon_vma). */
export function* putAnonVma(k: Kernel, dropped: AnonVma): Path {
  for (let anonVma = dropped; ; ) {
    if (k.decAndTest(anonVma.refs, "put_anon_vma")) yield;
    if (k.result === 0) return;
    const root = anonVma.root;
    if (k.free(anonVma, "anon_vma_free")) yield;
    if (root === anonVma) return;
    anonVma = root;
  }
}

/**
 * Makes sure the VMA has an anon_vma, before the first anonymous page goes in (__anon_vma_prepare): a neighbour's if
 * the two may one day be merged, else a new one. The caller holds mmap_lock, for reading at least. 0 or -ENOMEM.
 */
export function* anonVmaPrepare(k: Kernel, vma: Vma): Path<number> {
  if (k.lock(vma.mm.pageTableLock, "anon_vma_prepare")) yield;
  const has = vma.anonVma !== null;
  if (k.unlock(vma.mm.pageTableLock, "anon_vma_prepare")) yield;
  if (has) return 0;
  if (k.allocating(PREPARE_AVC)) yield;
  if (k.refused(PREPARE_AVC)) return ENOMEM;
  const avc = k.alloc(anonVmaChains);
  const shared = yield* findMergeableAnonVma(k, vma);
  let anonVma: AnonVma;
  if (shared !== null) anonVma = shared;
  else {
    if (k.allocating(PREPARE_ANON_VMA)) yield;
    if (k.refused(PREPARE_ANON_VMA)) {
      if (k.free(avc, "anon_vma_prepare")) yield;
      return ENOMEM;
    }
    anonVma = newAnonVma(k);
    // A root is its own parent, and counted as such: it is never taken over while it has another child.
    anonVma.numChildren = 1;
  }
  const root = anonVma.root;
  if (k.writeLock(root.rwsem, "anon_vma_prepare")) yield;
  if (k.lock(vma.mm.pageTableLock, "anon_vma_prepare")) yield;
  const won = vma.anonVma === null;
  if (won) {
    vma.anonVma = anonVma;
    linkChain(k, vma, avc, anonVma);
    anonVma.numActiveVmas = anonVma.numActiveVmas + 1;
  }
  if (k.unlock(vma.mm.pageTableLock, "anon_vma_prepare")) yield;
  if (k.writeUnlock(root.rwsem, "anon_vma_prepare")) yield;
  if (!won) {
    if (shared === null) yield* putAnonVma(k, anonVma);
    if (k.free(avc, "anon_vma_prepare")) yield;
  }
  return 0;
}

/** The anon_vma of a neighbour that could later merge with this VMA, the next one first (find_mergeable_anon_vma). */
function* findMergeableAnonVma(k: Kernel, vma: Vma): Path<AnonVma | null> {
  const next = findVma(k, vma.mm, vma.end, vma.end + 1);
  if (next !== null && areCompatible(vma, next)) {
    const found = yield* reusableAnonVma(k, next);
    if (found !== null) return found;
  }
  const prev = vma.mm.tree.before(vma.start);
  if (prev !== null && areCompatible(prev, vma)) return yield* reusableAnonVma(k, prev);
  return null;
}

/** They touch and differ in nothing but access (anon_vma_compatible). */
function areCompatible(a: Vma, b: Vma): boolean {
  return (
    a.end === b.start &&
    a.file === b.file &&
    a.policy === b.policy &&
    a.uffdModes === b.uffdModes &&
    ((a.flags ^ b.flags) & ~(VM_ACCESS_FLAGS | VM_MAYBE_GUARD)) === 0 &&
    b.pgoff === a.pgoff + (b.start - a.start)
  );
}

/** Not one that was inherited through fork: those are kept apart (reusable_anon_vma). */
function* reusableAnonVma(k: Kernel, neighbour: Vma): Path<AnonVma | null> {
  // The kernel looks without the lock: another fault may install the neighbour's just now, and either answer is right.
  if (k.lock(neighbour.mm.pageTableLock, "reusable_anon_vma")) yield;
  const found = neighbour.anonVma !== null && neighbour.anonVmaChain.length === 1 ? neighbour.anonVma : null;
  if (k.unlock(neighbour.mm.pageTableLock, "reusable_anon_vma")) yield;
  return found;
}

/**
 * Links `dst` to every anon_vma that `src` is linked to, when one VMA becomes two or takes over another
 * (anon_vma_clone). `dst.anonVma` is `src.anonVma` already. 0, or -ENOMEM with `dst` linked to nothing.
 */
export function* anonVmaClone(k: Kernel, dst: Vma, src: Vma): Path<number> {
  const chain = src.anonVmaChain.items();
  if (chain.length === 0) return 0;
  const root = chain[0]!.anonVma.root;
  if (k.writeLock(root.rwsem, "anon_vma_clone")) yield;
  for (const { anonVma } of chain) {
    if (k.allocating(CLONE_NOWAIT)) yield;
    if (k.refused(CLONE_NOWAIT)) {
      if (k.writeUnlock(root.rwsem, "anon_vma_clone")) yield;
      if (k.allocating(CLONE_AVC)) yield;
      if (k.refused(CLONE_AVC)) {
        // Not counted as active yet: unlinking must not count it out.
        dst.anonVma = null;
        yield* unlinkAnonVmas(k, dst);
        return ENOMEM;
      }
      if (k.writeLock(root.rwsem, "anon_vma_clone")) yield;
    }
    linkChain(k, dst, k.alloc(anonVmaChains), anonVma);
  }
  if (dst.anonVma !== null) dst.anonVma.numActiveVmas = dst.anonVma.numActiveVmas + 1;
  if (k.writeUnlock(root.rwsem, "anon_vma_clone")) yield;
  return 0;
}

/**
 * Before `src` is merged into `dst`: if only `src` has an anon_vma, `dst` gets it too, so that its pages are found in the
 * merged area (dup_anon_vma). 0 or -ENOMEM. `k.result` says nothing; whether it did shows in `dst.anonVma`.
 */
export function* dupAnonVma(k: Kernel, dst: Vma, src: Vma): Path<number> {
  if (src.anonVma === null || dst.anonVma !== null) return 0;
  dst.anonVma = src.anonVma;
  return yield* anonVmaClone(k, dst, src);
}

/**
 * Cuts a VMA off all its anon_vmas (unlink_anon_vmas), the newest first, so that the root goes last. Afterwards no rmap
 * walk finds it any more. Requires mmap_lock for writing.
 */
export function* unlinkAnonVmas(k: Kernel, vma: Vma): Path {
  if (vma.anonVmaChain.length === 0) return;
  const chain = vma.anonVmaChain.items();
  const root = chain[0]!.anonVma.root;
  if (k.writeLock(root.rwsem, "unlink_anon_vmas")) yield;
  const emptied: AnonVma[] = [];
  for (let i = chain.length - 1; i >= 0; i--) {
    const avc = chain[i]!;
    const anonVma = avc.anonVma;
    anonVma.links.remove(avc);
    // Several VMAs may share it; the references are dropped without the lock, below.
    if (anonVma.links.length === 0) {
      emptied.push(anonVma);
      anonVma.parent.numChildren = anonVma.parent.numChildren - 1;
    }
  }
  if (vma.anonVma !== null) {
    vma.anonVma.numActiveVmas = vma.anonVma.numActiveVmas - 1;
    vma.anonVma = null;
  }
  if (k.writeUnlock(root.rwsem, "unlink_anon_vmas")) yield;
  for (let i = chain.length - 1; i >= 0; i--) {
    const avc = chain[i]!;
    vma.anonVmaChain.remove(avc);
    if (k.free(avc, "unlink_anon_vmas")) yield;
  }
  for (const anonVma of emptied) yield* putAnonVma(k, anonVma);
}
