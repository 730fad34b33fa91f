/**
 * struct userfaultfd_ctx: what a userfaultfd stands for. It belongs to the address space of whoever made it, for ever: a child
 * that inherits the descriptor still speaks of its parent's memory.
 *
 * Areas do not count as holders: when the last descriptor is closed, they are let go (paths/userfaultfd.ts).
 *
 * Kernel counterpart: include/linux/userfaultfd_k.h, fs/userfaultfd.c (6.18).
 */
import { type Atomic, type Row, ref, refcount, type Slab, slab } from "../sched/index.ts";
import type { Mm } from "./mm-struct.ts";

export interface UserfaultCtx extends Row {
  /** Open descriptors. */
  readonly refs: Atomic;
  /** Whose areas can be registered. Held as a structure, not as a user. */
  mm: Mm;
}

export const userfaultCtxs: Slab<UserfaultCtx> = slab<UserfaultCtx>("userfaultfd_ctx", {
  refs: refcount(),
  mm: ref("immutable"),
});

/** What an area is registered for (UFFDIO_REGISTER_MODE_*): faults on absent pages, on protected ones, on unmapped ones. */
export const UFFD_MISSING = 1;
export const UFFD_WP = 2;
export const UFFD_MINOR = 4;
