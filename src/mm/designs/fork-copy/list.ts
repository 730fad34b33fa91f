/**
 * `fork.copy = list`: the child's list of VMAs grows one by one; nothing is allocated for it. A fork that stops half-way
 * leaves exactly the VMAs that are finished.
 *
 * Models dup_mmap() up to 6.0.
 * Simplified: the list and its red-black tree are the same tree of ranges as in later kernels.
 */
import type { ForkCopy } from "../../decisions.ts";

export const list: ForkCopy = {
  point: "fork.copy",
  name: "list",
  title: "finished VMAs are appended to the child's list",
  source: "kernel/fork.c, up to 6.0",
  begin: () => true,
  walked: (_mm, old) => old.tree,
  leaveOut: () => true,
  insert: (mm, start, end, copy) => mm.tree.store(start, end, copy),
};
