/**
 * `fork.copy = dup`: the whole tree is copied first, with the parent's VMAs in it; each is then replaced by the child's
 * own. Behind the point a fork has got to, the child's tree holds VMAs of the parent.
 *
 * Models dup_mmap() from 6.8 (d24062914837) on.
 */
import type { Allocation } from "../../allocation.ts";
import type { ForkCopy } from "../../decisions.ts";

const TREE_ROOT: Allocation = { site: "__mt_dup: tree nodes", gfp: "kernel" };
const TREE_ERASE: Allocation = {
  site: "dup_mmap: tree nodes to leave out a VM_DONTCOPY area",
  gfp: "kernel",
};

export const dup: ForkCopy = {
  point: "fork.copy",
  name: "dup",
  title: "the tree is copied whole, then each of the parent's VMAs in it is replaced",
  source: "d24062914837 (6.8)",
  nodes: TREE_ROOT,
  begin: (k, mm, old) => mm.tree.duplicate(old.tree, { allocate: () => !k.refused(TREE_ROOT) }),
  walked: (mm) => mm.tree,
  nodesToLeaveOut: TREE_ERASE,
  leaveOut: (k, mm, start, end) => mm.tree.erase(start, end, { allocate: () => !k.refused(TREE_ERASE) }),
  // An exact replacement of the stale pointer: needs no node.
  insert: (mm, start, end, copy) => mm.tree.store(start, end, copy),
};
