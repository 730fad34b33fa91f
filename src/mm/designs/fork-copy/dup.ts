/**
 * `fork.copy = dup`: the whole tree is copied first, with the parent's VMAs in it; each is then replaced by the child's
 * own. Behind the point a fork has got to, the child's tree holds VMAs of the parent.
 *
 * Models dup_mmap() from 6.8 (d24062914837) on.
 */
import type { Path } from "../../../sched/index.ts";
import type { Allocation } from "../../allocation.ts";
import type { ForkCopy } from "../../decisions.ts";
import type { Kernel } from "../../kernel.ts";
import type { Mm } from "../../mm-struct.ts";

const TREE_ROOT: Allocation = { site: "__mt_dup: tree nodes", gfp: "kernel" };
const TREE_ERASE: Allocation = {
  site: "dup_mmap: tree nodes to leave out a VM_DONTCOPY area",
  gfp: "kernel",
};

function* begin(k: Kernel, mm: Mm, old: Mm): Path<boolean> {
  if (k.allocating(TREE_ROOT)) yield;
  return mm.tree.duplicate(old.tree, { allocate: () => !k.refused(TREE_ROOT) });
}

function* leaveOut(k: Kernel, mm: Mm, start: number, end: number): Path<boolean> {
  if (k.allocating(TREE_ERASE)) yield;
  return mm.tree.erase(start, end, { allocate: () => !k.refused(TREE_ERASE) });
}

export const dup: ForkCopy = {
  point: "fork.copy",
  name: "dup",
  title: "the tree is copied whole, then each of the parent's VMAs in it is replaced",
  source: "d24062914837 (6.8)",
  begin,
  walked: (mm) => mm.tree,
  leaveOut,
  // An exact replacement of the stale pointer: needs no node.
  insert: (mm, start, end, copy) => mm.tree.store(start, end, copy),
};
