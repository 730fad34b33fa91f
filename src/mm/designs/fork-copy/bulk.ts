/**
 * `fork.copy = bulk`: nodes for as many VMAs as the parent has are reserved up front, then finished VMAs are stored one by
 * one. The child's tree holds nothing but its own VMAs at any time.
 *
 * Models dup_mmap() from 6.1 to 6.7.
 * Simplified: a store behind the reservation cannot fail (the kernel has a path for it that nothing reaches).
 */
import type { Path } from "../../../sched/index.ts";
import type { Allocation } from "../../allocation.ts";
import type { ForkCopy } from "../../decisions.ts";
import type { Kernel } from "../../kernel.ts";

const NODES: Allocation = { site: "mas_expected_entries: tree nodes", gfp: "kernel" };

function* begin(k: Kernel): Path<boolean> {
  if (k.allocating(NODES)) yield;
  return !k.refused(NODES);
}

export const bulk: ForkCopy = {
  point: "fork.copy",
  name: "bulk",
  title: "nodes are reserved up front, finished VMAs are stored one by one",
  source: "kernel/fork.c, 6.1 to 6.7",
  begin,
  walked: (_mm, old) => old.tree,
  *leaveOut() {
    return true;
  },
  insert: (mm, start, end, copy) => mm.tree.store(start, end, copy),
};
