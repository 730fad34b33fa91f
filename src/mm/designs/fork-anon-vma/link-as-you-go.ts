/**
 * `fork.anonVma = linkAsYouGo`: anon_vma_clone() links each new chain at once, so rmap sees a half-cloned VMA; a
 * failure unlinks what was linked.
 *
 * Models anon_vma_fork() and anon_vma_clone() of mm/rmap.c up to 6.19. The reuse rule of 6.1 and later: an ancestor's
 * anon_vma without active VMAs and with fewer than two children (a root counts itself) is taken over.
 * Simplified: kernels before 6.1 counted both in one number (degree) and have the same rule here.
 */
import type { Path } from "../../../sched/index.ts";
import type { Allocation } from "../../allocation.ts";
import { type AnonVma, anonVmaChains } from "../../anon-vma.ts";
import type { ForkAnonVma } from "../../decisions.ts";
import { ENOMEM } from "../../errno.ts";
import type { Kernel } from "../../kernel.ts";
import { linkChain, newAnonVma, unlinkAnonVmas } from "../../paths/anon-vma.ts";
import type { Vma } from "../../vma.ts";

const AVC_NOWAIT: Allocation = { site: "anon_vma_clone: anon_vma_chain", gfp: "nowait" };
const AVC_KERNEL: Allocation = { site: "anon_vma_clone: anon_vma_chain, second try", gfp: "account" };
const ANON_VMA: Allocation = { site: "anon_vma_fork: anon_vma", gfp: "account" };
const AVC: Allocation = { site: "anon_vma_fork: anon_vma_chain", gfp: "account" };

function* cloneLinks(k: Kernel, vma: Vma, parent: Vma): Path<number> {
  const chain = parent.anonVmaChain.items();
  const root = chain[0]!.anonVma.root;
  let reuse: AnonVma | null = null;
  if (k.writeLock(root.rwsem, "anon_vma_clone")) yield;
  // From the root on: the child's chain gets the same order, and the oldest one that qualifies is taken over.
  for (const { anonVma } of chain) {
    if (k.allocating(AVC_NOWAIT)) yield;
    if (k.refused(AVC_NOWAIT)) {
      if (k.writeUnlock(root.rwsem, "anon_vma_clone")) yield;
      if (k.allocating(AVC_KERNEL)) yield;
      if (k.refused(AVC_KERNEL)) {
        yield* unlinkAnonVmas(k, vma);
        return ENOMEM;
      }
      if (k.writeLock(root.rwsem, "anon_vma_clone")) yield;
    }
    const avc = k.alloc(anonVmaChains);
    linkChain(k, vma, avc, anonVma);
    if (reuse === null && anonVma.numChildren < 2 && anonVma.numActiveVmas === 0) reuse = anonVma;
  }
  if (reuse !== null) {
    vma.anonVma = reuse;
    reuse.numActiveVmas = reuse.numActiveVmas + 1;
  }
  if (k.writeUnlock(root.rwsem, "anon_vma_clone")) yield;
  return 0;
}

function* fork(k: Kernel, vma: Vma, parent: Vma): Path<number> {
  if (parent.anonVma === null) return 0;
  vma.anonVma = null;
  if ((yield* cloneLinks(k, vma, parent)) !== 0) return ENOMEM;
  if (vma.anonVma !== null) return 0;
  if (k.allocating(ANON_VMA)) yield;
  if (k.refused(ANON_VMA)) {
    yield* unlinkAnonVmas(k, vma);
    return ENOMEM;
  }
  const anonVma = newAnonVma(k);
  anonVma.numActiveVmas = 1;
  if (k.allocating(AVC)) yield;
  if (k.refused(AVC)) {
    if (k.free(anonVma, "anon_vma_fork")) yield;
    yield* unlinkAnonVmas(k, vma);
    return ENOMEM;
  }
  const avc = k.alloc(anonVmaChains);
  anonVma.root = parent.anonVma.root;
  anonVma.parent = parent.anonVma;
  // The child anon_vma keeps its root alive; under the lock because the root's lock is what guards it.
  if (k.add(anonVma.root.refs, 1, "anon_vma_fork")) yield;
  vma.anonVma = anonVma;
  if (k.writeLock(anonVma.root.rwsem, "anon_vma_fork")) yield;
  linkChain(k, vma, avc, anonVma);
  parent.anonVma.numChildren = parent.anonVma.numChildren + 1;
  if (k.writeUnlock(anonVma.root.rwsem, "anon_vma_fork")) yield;
  return 0;
}

export const linkAsYouGo: ForkAnonVma = {
  point: "fork.anonVma",
  name: "linkAsYouGo",
  title: "anon_vma_clone() links each chain as soon as it is allocated",
  source: "mm/rmap.c, up to 6.19",
  fork,
};
