/**
 * userfaultfd: areas are registered with a descriptor, and from then on faults of some kinds in them are somebody else's to
 * answer. Here that somebody answers SIGBUS (UFFD_FEATURE_SIGBUS): what matters is what registering does to areas.
 *
 *     register, unregister     change areas as mprotect does: split, merge, move parts to a neighbour
 *     fork, mremap             the copy is registered with nobody
 *     close                    all areas are let go, and merge again where they can
 *
 * Kernel counterpart: fs/userfaultfd.c; userfaultfd_register_range, userfaultfd_clear_vma, userfaultfd_release_all in
 * mm/userfaultfd.c (6.18).
 * Simplified: no events (fork, remap, unmap), no messages, nothing is copied in or write-protected; no huge-page memory.
 */
import type { Path } from "../../sched/index.ts";
import { EBUSY, EINVAL, ENOMEM, EPERM } from "../errno.ts";
import type { Kernel } from "../kernel.ts";
import type { Mm } from "../mm-struct.ts";
import { UFFD_MINOR, type UserfaultCtx, userfaultCtxs } from "../userfault-ctx.ts";
import { isAnonymous, VM_DROPPABLE, VM_MAYWRITE, type Vma } from "../vma.ts";
import { findVma } from "../vma-tree.ts";
import { mmdrop, mmgetNotZero, mmgrab, mmput } from "./lifetime.ts";
import { modifyFlags } from "./merge.ts";
import { endWriteAll } from "./vma-lock.ts";

/** A new descriptor for the areas of `mm` (userfaultfd(2) and UFFDIO_API). */
export function* newUserfaultfd(k: Kernel, mm: Mm): Path<UserfaultCtx> {
  const ctx = k.alloc(userfaultCtxs);
  k.init(ctx.refs, 1);
  ctx.mm = mm;
  if (k.naming) k.label(ctx, `userfaultfd of ${k.rowName(mm)}`);
  if (mmgrab(k, mm, "new_userfaultfd")) yield;
  return ctx;
}

/** Another descriptor for the same, as a child of fork() has it. */
export function* shareUserfaultfd(k: Kernel, ctx: UserfaultCtx): Path {
  if (k.add(ctx.refs, 1, "dup_fd")) yield;
}

/** Closes a descriptor; the last one lets all areas go (userfaultfd_release). */
export function* closeUserfaultfd(k: Kernel, ctx: UserfaultCtx): Path {
  if (k.decAndTest(ctx.refs, "userfaultfd_release")) yield;
  if (k.result === 0) return;
  const { mm } = ctx;
  if (mmgetNotZero(k, mm, "userfaultfd_release")) yield;
  if (k.result !== 0) {
    if (k.writeLock(mm.mmapLock, "userfaultfd_release_all")) yield;
    for (let vma = findVma(k, mm, 0); vma !== null; vma = findVma(k, mm, vma.end)) {
      if (vma.uffd !== ctx) continue;
      const cleared = yield* clearVma(k, vma, vma.start, vma.end);
      // Nothing is split, so nothing is needed that could be refused but a merge, and that is given up.
      if (typeof cleared === "number") leaveUserfault(vma);
      else vma = cleared;
    }
    if (endWriteAll(k, mm, "userfaultfd_release_all")) yield;
    if (k.writeUnlock(mm.mmapLock, "userfaultfd_release_all")) yield;
    yield* mmput(k, mm, "userfaultfd_release");
  }
  yield* mmdrop(k, mm, "userfaultfd_ctx_put");
  if (k.free(ctx, "userfaultfd_ctx_put")) yield;
}

/** UFFDIO_REGISTER for a sound range of pages, not empty. 0, or an error; areas before the one that failed stay registered. */
export function* register(
  k: Kernel,
  ctx: UserfaultCtx,
  page: number,
  end: number,
  modes: number,
): Path<number> {
  const { mm } = ctx;
  if (mmgetNotZero(k, mm, "userfaultfd_register")) yield;
  if (k.result === 0) return ENOMEM;
  if (k.writeLock(mm.mmapLock, "userfaultfd_register")) yield;
  let error = mayRegister(k, ctx, page, end, modes);
  for (let vma = findVma(k, mm, page, end); vma !== null && error === 0; vma = findVma(k, mm, vma.end, end)) {
    // Registered for more than that is good enough.
    if (vma.uffd === ctx && (vma.uffdModes & modes) === modes) continue;
    const traits = { anonName: vma.anonName, policy: vma.policy, uffd: ctx, uffdModes: modes };
    const [from, stop] = [Math.max(page, vma.start), Math.min(end, vma.end)];
    const target: Vma | number = yield* modifyFlags(k, vma, from, stop, vma.flags, traits);
    if (typeof target === "number") error = target;
    else {
      target.uffd = ctx;
      target.uffdModes = modes;
      vma = target;
    }
  }
  if (endWriteAll(k, mm, "userfaultfd_register")) yield;
  if (k.writeUnlock(mm.mmapLock, "userfaultfd_register")) yield;
  yield* mmput(k, mm, "userfaultfd_register");
  return error;
}

/** UFFDIO_UNREGISTER for a sound range of pages, not empty. 0, or an error. */
export function* unregister(k: Kernel, ctx: UserfaultCtx, page: number, end: number): Path<number> {
  const { mm } = ctx;
  if (mmgetNotZero(k, mm, "userfaultfd_unregister")) yield;
  if (k.result === 0) return ENOMEM;
  if (k.writeLock(mm.mmapLock, "userfaultfd_unregister")) yield;
  let error = mayUnregister(k, ctx, page, end);
  for (let vma = findVma(k, mm, page, end); vma !== null && error === 0; vma = findVma(k, mm, vma.end, end)) {
    if (vma.uffd === null) continue;
    const target: Vma | number = yield* clearVma(k, vma, Math.max(page, vma.start), Math.min(end, vma.end));
    if (typeof target === "number") error = target;
    else vma = target;
  }
  if (endWriteAll(k, mm, "userfaultfd_unregister")) yield;
  if (k.writeUnlock(mm.mmapLock, "userfaultfd_unregister")) yield;
  yield* mmput(k, mm, "userfaultfd_unregister");
  return error;
}

/** An area is registered with nobody any more, and stays as it is otherwise (userfaultfd_reset_ctx). */
export function leaveUserfault(vma: Vma): void {
  if (vma.uffd === null) return;
  vma.uffd = null;
  vma.uffdModes = 0;
}

/** A part of an area is let go (userfaultfd_clear_vma). Returns the area that has it, or an error. */
function* clearVma(k: Kernel, vma: Vma, start: number, end: number): Path<Vma | number> {
  const traits = { anonName: vma.anonName, policy: vma.policy, uffd: null, uffdModes: 0 };
  const target = yield* modifyFlags(k, vma, start, end, vma.flags, traits);
  if (typeof target !== "number") leaveUserfault(target);
  return target;
}

/** Can faults in this area be somebody else's? (vma_can_userfault) */
function canUserfault(vma: Vma, modes: number): boolean {
  if ((vma.flags & VM_DROPPABLE) !== 0) return false;
  const shmem = vma.file?.mapping.facts.shmem === true;
  if ((modes & UFFD_MINOR) !== 0 && !shmem) return false;
  return isAnonymous(vma) || shmem;
}

/** The first loop of userfaultfd_register(): nothing is registered unless all could be. Holes do not matter. */
function mayRegister(k: Kernel, ctx: UserfaultCtx, page: number, end: number, modes: number): number {
  let found = false;
  for (let vma = findVma(k, ctx.mm, page, end); vma !== null; vma = findVma(k, ctx.mm, vma.end, end)) {
    if (!canUserfault(vma, modes)) return EINVAL;
    if ((vma.flags & VM_MAYWRITE) === 0) return EPERM;
    if (vma.uffd !== null && vma.uffd !== ctx) return EBUSY;
    found = true;
  }
  return found ? 0 : EINVAL;
}

function mayUnregister(k: Kernel, ctx: UserfaultCtx, page: number, end: number): number {
  let found = false;
  for (let vma = findVma(k, ctx.mm, page, end); vma !== null; vma = findVma(k, ctx.mm, vma.end, end)) {
    if (vma.uffd !== null && vma.uffd !== ctx) return EINVAL;
    if (!canUserfault(vma, vma.uffdModes)) return EINVAL;
    found = true;
  }
  return found ? 0 : EINVAL;
}
