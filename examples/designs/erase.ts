/**
 * A design of one's own: when a fork fails half-way, erase the parent's VMAs from the child's tree before it is
 * unlocked.
 *
 * The tree was copied as a whole, so behind the point of failure it still holds VMAs of the parent. Cutting them out
 * leaves a small but sound address space: whoever comes meets VMAs of the child and nothing else. No marker, no flag.
 *
 * The price: erasing may need new tree nodes, that is memory, and memory is what has just run out. If an allocation
 * fails here as well, the rest is left behind a marker, as kernels up to 6.19 do it.
 */
import { type Allocation, type ForkFailure, type ForkRecovery, type Kernel, type Mm } from "interleaf/mm";
import type { Path } from "interleaf/sched";

/** What the erasing may be refused: nodes of the tree, GFP_KERNEL. */
const NODES: Allocation = { site: "erase: tree nodes", gfp: "kernel" };

export const erase: ForkRecovery = {
  point: "fork.recovery",
  name: "erase",
  title: "erase the parent's VMAs from the child's tree; a marker where no node can be had",
  source: "proposed and rejected on the mailing list, 2025",

  // Called with both mmap_locks held for writing.
  *recover(k: Kernel, mm: Mm, failure: ForkFailure): Path {
    if (failure.noTree || failure.vma === null) return; // nothing of the parent is left in the tree
    for (let at = failure.start; mm.tree.find(at) !== null; ) {
      const start = mm.tree.foundStart;
      const end = mm.tree.foundEnd;
      if (k.allocating(NODES)) yield;
      if (!mm.tree.erase(start, end, { allocate: () => !k.refused(NODES) })) {
        k.say("no memory to erase with: the marker goes in after all");
        mm.tree.storeMarker(start, end);
        return;
      }
      at = end;
    }
    k.say(`${k.rowName(mm)} holds only its own VMAs`);
  },
};
