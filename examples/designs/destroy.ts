/**
 * A design of one's own: when a fork fails half-way, free the VMAs that were copied and destroy the tree, both while the
 * child is still locked. Asked for in 2025 as "a function that does just that for this failure state".
 *
 * The child's tree at that moment, and what each half of the design is for:
 *
 *     copies of the child | VMAs of the parent
 *     unmapped and freed  | not to be touched, only forgotten with the tree
 *                         ^ failure.start
 */
import {
  type ForkFailure,
  type ForkRecovery,
  freePgtables,
  type Kernel,
  type Mm,
  tearDownVmas,
  unmapVmas,
} from "interleaf/mm";
import type { Path } from "interleaf/sched";

export const destroy: ForkRecovery = {
  point: "fork.recovery",
  name: "destroy",
  title: "free the copies and destroy the tree before the child is unlocked",
  source: "an example of this project",
  requires: { "fork.copy": ["dup"] },

  // Called with both mmap_locks held for writing.
  *recover(k: Kernel, mm: Mm, failure: ForkFailure): Path {
    if (failure.noTree) return; // the tree could not even be copied: it is empty
    const limit = failure.vma === null ? Number.MAX_SAFE_INTEGER : failure.start;
    yield* unmapVmas(k, mm, limit);
    yield* freePgtables(k, mm, limit);
    yield* tearDownVmas(k, mm, limit);
    mm.tree.destroy();
    k.say(`${k.rowName(mm)} is empty before it is unlocked`);
  },
};
