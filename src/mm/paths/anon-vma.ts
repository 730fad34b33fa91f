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
import type { Vma } from "../vma.ts";

const PREPARE_AVC: Allocation = { site: "anon_vma_prepare: anon_vma_chain", gfp: "account" };
const PREPARE_ANON_VMA: Allocation = { site: "anon_vma_prepare: anon_vma", gfp: "account" };

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

/** Drops a reference to an anon_vma; the last one frees it and lets go of its root (put_anon_vma). */
export function* putAnonVma(k: Kernel, anonVma: AnonVma): Path {
  if (k.decAndTest(anonVma.refs, "put_anon_vma")) yield;
  if (k.result === 0) return;
  const root = anonVma.root;
  if (k.free(anonVma, "anon_vma_free")) yield;
  if (root !== anonVma) yield* putAnonVma(k, root);
}

/**
 * Makes sure the VMA has an anon_vma, before the first anonymous page goes in (__anon_vma_prepare). The caller holds
 * mmap_lock, for reading at least.
 * Simplified: never borrows a neighbour's anon_vma (find_mergeable_anon_vma), which only affects later merging.
 */
export function* anonVmaPrepare(k: Kernel, vma: Vma): Path<number> {
  if (k.lock(vma.mm.pageTableLock, "anon_vma_prepare")) yield;
  const has = vma.anonVma !== null;
  if (k.unlock(vma.mm.pageTableLock, "anon_vma_prepare")) yield;
  if (has) return 0;
  if (k.allocating(PREPARE_AVC)) yield;
  if (k.refused(PREPARE_AVC)) return ENOMEM;
  const avc = k.alloc(anonVmaChains);
  if (k.allocating(PREPARE_ANON_VMA)) yield;
  if (k.refused(PREPARE_ANON_VMA)) {
    if (k.free(avc, "anon_vma_prepare")) yield;
    return ENOMEM;
  }
  const anonVma = newAnonVma(k);
  // A root is its own parent, and counted as such: it is never taken over while it has another child.
  anonVma.numChildren = 1;
  if (k.writeLock(anonVma.root.rwsem, "anon_vma_prepare")) yield;
  if (k.lock(vma.mm.pageTableLock, "anon_vma_prepare")) yield;
  const won = vma.anonVma === null;
  if (won) {
    vma.anonVma = anonVma;
    linkChain(k, vma, avc, anonVma);
    anonVma.numActiveVmas = anonVma.numActiveVmas + 1;
  }
  if (k.unlock(vma.mm.pageTableLock, "anon_vma_prepare")) yield;
  if (k.writeUnlock(anonVma.root.rwsem, "anon_vma_prepare")) yield;
  if (!won) {
    yield* putAnonVma(k, anonVma);
    if (k.free(avc, "anon_vma_prepare")) yield;
  }
  return 0;
}

/**
 * Cuts a VMA off all its anon_vmas (unlink_anon_vmas), the newest first, so that the root goes last. Afterwards no rmap
 * walk finds it any more. Requires mmap_lock for writing.
 */
export function* unlinkAnonVmas(k: Kernel, vma: Vma): Path {
  const chain = [...vma.anonVmaChain.items()].reverse();
  if (chain.length === 0) return;
  const root = chain[0]!.anonVma.root;
  if (k.writeLock(root.rwsem, "unlink_anon_vmas")) yield;
  const emptied: AnonVma[] = [];
  for (const avc of chain) {
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
  for (const avc of chain) {
    vma.anonVmaChain.remove(avc);
    if (k.free(avc, "unlink_anon_vmas")) yield;
  }
  for (const anonVma of emptied) yield* putAnonVma(k, anonVma);
}
