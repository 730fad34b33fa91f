/**
 * `fork.recovery = partial` (proposal): the finished VMAs stay, the rest is cut off the tree in one store, for which nodes
 * were reserved before the copy began. Nothing can fail at the end; the price is a reservation in every fork.
 *
 * From the answers to "Remove XA_ZERO from error recovery of dup_mmap()" (August 2025).
 */
import type { Path } from "../../../sched/index.ts";
import type { ForkFailure, ForkRecovery } from "../../decisions.ts";
import type { Kernel } from "../../kernel.ts";
import type { Mm } from "../../mm-struct.ts";

// biome-ignore lint/correctness/useYield: a recovery is a path; this one takes no step
function* recover(k: Kernel, mm: Mm, failure: ForkFailure): Path {
  if (failure.noTree || failure.vma === null) return;
  let end = failure.end;
  while (mm.tree.find(end) !== null) end = mm.tree.foundEnd;
  mm.tree.clear(failure.start, end);
  k.say(`${k.rowName(mm)} keeps the VMAs that are finished; the rest is cut off`);
}

export const partial: ForkRecovery = {
  point: "fork.recovery",
  name: "partial",
  title: "keep what is finished, cut the rest off with nodes reserved at the start (proposal)",
  source: "linux-mm, August 2025",
  requires: { "fork.copy": ["dup"] },
  reserve: { site: "dup_mmap: tree nodes to cut off what is not copied", gfp: "kernel" },
  recover,
};
