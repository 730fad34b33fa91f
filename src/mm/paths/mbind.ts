/**
 * mbind(): on which memory nodes the pages of a range shall be. Where pages are is not modelled; what a policy does to areas is: two
 * areas merge only if the same was said of both.
 *
 *     policy = mode + mode flags + nodes * 65536        0: nothing said
 *
 * Kernel counterpart: do_mbind, mpol_new, mbind_range in mm/mempolicy.c (6.18), without MPOL_MF_* flags.
 * Simplified: no cpusets, no home node; pages are not moved and not looked at.
 */
import type { Path } from "../../sched/index.ts";
import { EFAULT, EINTR, EINVAL } from "../errno.ts";
import type { Kernel } from "../kernel.ts";
import type { Mm } from "../mm-struct.ts";
import {
  MPOL_BIND,
  MPOL_DEFAULT,
  MPOL_F_NUMA_BALANCING,
  MPOL_F_RELATIVE_NODES,
  MPOL_F_STATIC_NODES,
  MPOL_LOCAL,
  MPOL_PREFERRED,
  MPOL_PREFERRED_MANY,
  MPOL_WEIGHTED_INTERLEAVE,
} from "../mman.ts";
import type { Vma } from "../vma.ts";
import { findVma } from "../vma-tree.ts";
import { modifyFlags } from "./merge.ts";
import { endWriteAll } from "./vma-lock.ts";

const NODE_FLAGS = MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES;
const MODE_FLAGS = NODE_FLAGS | MPOL_F_NUMA_BALANCING;

/** Is there such a mode? (sanitize_mpol_flags) */
export function isKnownMode(mode: number): boolean {
  const base = mode & ~MODE_FLAGS;
  if (base < 0 || base > MPOL_WEIGHTED_INTERLEAVE || (mode & NODE_FLAGS) === NODE_FLAGS) return false;
  return (mode & MPOL_F_NUMA_BALANCING) === 0 || base === MPOL_BIND || base === MPOL_PREFERRED_MANY;
}

/** The policy for a mode that `isKnownMode`, or -EINVAL (mpol_new, mpol_set_nodemask). @param nodes one bit each */
export function policyOf(k: Kernel, mode: number, nodes: number): number {
  const base = mode & ~MODE_FLAGS;
  const flags = mode & MODE_FLAGS;
  if (base === MPOL_DEFAULT) return nodes !== 0 ? EINVAL : 0;
  if (base === MPOL_LOCAL || (base === MPOL_PREFERRED && nodes === 0)) {
    return nodes !== 0 || (flags & NODE_FLAGS) !== 0 ? EINVAL : MPOL_LOCAL + flags;
  }
  if (nodes === 0) return EINVAL;
  const relative = (flags & MPOL_F_RELATIVE_NODES) !== 0;
  const there = nodes & k.system.nodes;
  if (there === 0 && !relative) return EINVAL;
  // With one of the flags, what was asked for is part of the policy.
  return base + flags + ((flags & NODE_FLAGS) !== 0 ? nodes : there) * 65_536;
}

/** mbind(2) for a range of pages, not empty. -EFAULT where something is not mapped, unless a policy is taken away. */
export function* mbind(k: Kernel, mm: Mm, page: number, end: number, policy: number): Path<number> {
  if (k.writeLockKillable(mm.mmapLock, "do_mbind")) yield;
  if (k.interrupted) return EINTR;
  let error = policy === 0 ? isSomethingMapped(k, mm, page, end) : isAllMapped(k, mm, page, end);
  for (let vma = findVma(k, mm, page, end); vma !== null && error === 0; vma = findVma(k, mm, vma.end, end)) {
    if (vma.policy === policy) continue;
    const traits = { anonName: vma.anonName, policy, uffd: vma.uffd, uffdModes: vma.uffdModes };
    const [from, stop] = [Math.max(page, vma.start), Math.min(end, vma.end)];
    const target: Vma | number = yield* modifyFlags(k, vma, from, stop, vma.flags, traits);
    if (typeof target === "number") error = target;
    else {
      target.policy = policy;
      vma = target;
    }
  }
  if (endWriteAll(k, mm, "do_mbind")) yield;
  if (k.writeUnlock(mm.mmapLock, "do_mbind")) yield;
  return error;
}

function isSomethingMapped(k: Kernel, mm: Mm, start: number, end: number): number {
  return findVma(k, mm, start, end) === null ? EFAULT : 0;
}

/** queue_pages_test_walk() */
function isAllMapped(k: Kernel, mm: Mm, start: number, end: number): number {
  for (let at = start; at < end; ) {
    const vma = findVma(k, mm, at, at + 1);
    if (vma === null) return EFAULT;
    at = vma.end;
  }
  return 0;
}
