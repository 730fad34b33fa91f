/**
 * anon_vma and anon_vma_chain: from an anonymous page back to the VMAs that may map it.
 *
 *     page -> anon_vma -> { avc -> vma, avc -> vma, ... }      avc also hangs on vma.anonVmaChain
 *
 * After k forks a VMA is linked to its own anon_vma and to those of k ancestors, so that an ancestor's page is found
 * in the child. One lock, the root's, guards all trees below a root.
 *
 * Kernel counterpart: mm/rmap.c, struct anon_vma in include/linux/rmap.h (6.12). Lock order: mmap_lock, then
 * anon_vma root rwsem, then page-table lock.
 */
import {
  type Atomic,
  type List,
  type Lock,
  list,
  num,
  type Row,
  ref,
  refcount,
  rwsem,
  type Slab,
  slab,
} from "../sched/index.ts";
import type { Vma } from "./vma.ts";

export interface AnonVma extends Row {
  /** The anon_vma whose rwsem guards this one. Immutable once linked. */
  root: AnonVma;
  /** Used in the root only. */
  readonly rwsem: Lock;
  /** References: one per child anon_vma of this root, one held by the VMAs together. */
  readonly refs: Atomic;
  /** The anon_vma it was forked from; a root is its own parent. */
  parent: AnonVma;
  /** Child anon_vmas, a root itself included. Guarded by root.rwsem (write). */
  numChildren: number;
  /** VMAs whose own anon_vma this is. Guarded by root.rwsem (write). */
  numActiveVmas: number;
  /** Interval tree of links, here a list. Guarded by root.rwsem. */
  readonly links: List<AnonVmaChain>;
}

export const anonVmas: Slab<AnonVma> = slab<AnonVma>("anon_vma", {
  root: ref("immutable"),
  rwsem: rwsem(),
  refs: refcount(),
  parent: ref("immutable"),
  numChildren: num("root.rwsem write"),
  numActiveVmas: num("root.rwsem write"),
  links: list("root.rwsem"),
});

/** One link VMA - anon_vma. */
export interface AnonVmaChain extends Row {
  vma: Vma;
  anonVma: AnonVma;
}

export const anonVmaChains: Slab<AnonVmaChain> = slab<AnonVmaChain>("anon_vma_chain", {
  vma: ref("immutable"),
  anonVma: ref("immutable"),
});
