/**
 * `fork.copy = bulk`: nodes for as many VMAs as the parent has are reserved up front, then finished VMAs are stored one by
 * one. The child's tree holds nothing but its own VMAs at any time.
 *
 * Models dup_mmap() from 6.1 to 6.7.
 * Simplified: a store behind the reservation cannot fail (the kernel has a path for it that nothing reaches).
 */
import type { Allocation } from "../../allocation.ts";
import type { ForkCopy } from "../../decisions.ts";

const NODES: Allocation = { site: "mas_expected_entries: tree nodes", gfp: "kernel" };

export const bulk: ForkCopy = {
  point: "fork.copy",
  name: "bulk",
  title: "nodes are reserved up front, finished VMAs are stored one by one",
  source: "kernel/fork.c, 6.1 to 6.7",
  nodes: NODES,
  begin: (k) => !k.refused(NODES),
  walked: (_mm, old) => old.tree,
  leaveOut: () => true,
  insert: (mm, start, end, copy) => mm.tree.store(start, end, copy),
};
