/**
 * `fork.anonVma = allocFirst`: everything is allocated before anything is linked, so a failure has shown nothing to
 * rmap and only frees.
 *
 * Models anon_vma_fork() and anon_vma_clone() of mm/rmap.c in 7.0.
 */
import type { Path } from "../../../sched/index.ts";
import type { Allocation } from "../../allocation.ts";
import { type AnonVma, type AnonVmaChain, anonVmaChains } from "../../anon-vma.ts";
import type { ForkAnonVma } from "../../decisions.ts";
import { ENOMEM } from "../../errno.ts";
import type { Kernel } from "../../kernel.ts";
import { linkChain, newAnonVma, putAnonVma } from "../../paths/anon-vma.ts";
import type { Vma } from "../../vma.ts";

const ANON_VMA: Allocation = { site: "anon_vma_fork: anon_vma", gfp: "account" };
const AVC: Allocation = { site: "anon_vma_fork: anon_vma_chain", gfp: "account" };
const CLONE_AVC: Allocation = { site: "anon_vma_clone: anon_vma_chain", gfp: "account" };

function* fork(k: Kernel, vma: Vma, parent: Vma): Path<number> {
  if (parent.anonVma === null) return 0;
  if (k.allocating(ANON_VMA)) yield;
  if (k.refused(ANON_VMA)) return ENOMEM;
  const anonVma = newAnonVma(k);
  if (k.allocating(AVC)) yield;
  if (k.refused(AVC)) {
    if (k.free(anonVma, "anon_vma_fork")) yield;
    return ENOMEM;
  }
  const own = k.alloc(anonVmaChains);
  const chain = parent.anonVmaChain.items();
  const fresh: AnonVmaChain[] = [];
  for (let i = 0; i < chain.length; i++) {
    if (k.allocating(CLONE_AVC)) yield;
    if (k.refused(CLONE_AVC)) {
      for (const avc of fresh) {
        if (k.free(avc, "anon_vma_clone")) yield;
      }
      if (k.free(own, "anon_vma_fork")) yield;
      if (k.free(anonVma, "anon_vma_fork")) yield;
      return ENOMEM;
    }
    fresh.push(k.alloc(anonVmaChains));
  }
  const root = parent.anonVma.root;
  let reuse: AnonVma | null = null;
  if (k.writeLock(root.rwsem, "anon_vma_clone")) yield;
  // From the root on, as in the kernels before.
  for (const [i, { anonVma: ancestor }] of chain.entries()) {
    linkChain(k, vma, fresh[i]!, ancestor);
    if (reuse === null && ancestor.numChildren < 2 && ancestor.numActiveVmas === 0) reuse = ancestor;
  }
  if (reuse !== null) {
    vma.anonVma = reuse;
    reuse.numActiveVmas = reuse.numActiveVmas + 1;
  }
  if (k.writeUnlock(root.rwsem, "anon_vma_clone")) yield;
  if (reuse !== null) {
    if (k.free(own, "anon_vma_fork")) yield;
    yield* putAnonVma(k, anonVma);
    return 0;
  }
  anonVma.root = root;
  anonVma.parent = parent.anonVma;
  anonVma.numActiveVmas = 1;
  if (k.add(root.refs, 1, "anon_vma_fork")) yield;
  vma.anonVma = anonVma;
  if (k.writeLock(root.rwsem, "anon_vma_fork")) yield;
  linkChain(k, vma, own, anonVma);
  parent.anonVma.numChildren = parent.anonVma.numChildren + 1;
  if (k.writeUnlock(root.rwsem, "anon_vma_fork")) yield;
  return 0;
}

export const allocFirst: ForkAnonVma = {
  point: "fork.anonVma",
  name: "allocFirst",
  title: "anon_vma_fork() allocates everything before it links anything",
  source: "mm/rmap.c, 7.0",
  fork,
};
