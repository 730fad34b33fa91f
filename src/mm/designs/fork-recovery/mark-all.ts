/**
 * `fork.recovery = markAll` (proposal): every entry that is still the parent's is replaced by the marker. Needs no node,
 * and no VMA of the parent is left; but what is left instead is no VMA either, and every walker meets it.
 *
 * From the discussion of the crash in swapoff (August 2025).
 */
import type { Path } from "../../../sched/index.ts";
import type { ForkFailure, ForkRecovery } from "../../decisions.ts";
import type { Kernel } from "../../kernel.ts";
import type { Mm } from "../../mm-struct.ts";

// biome-ignore lint/correctness/useYield: a recovery is a path; this one takes no step
function* recover(k: Kernel, mm: Mm, failure: ForkFailure): Path {
  if (failure.noTree || failure.vma === null) return;
  k.at("dup_mmap");
  for (let at = failure.start; mm.tree.find(at) !== null; ) {
    at = mm.tree.foundEnd;
    mm.tree.storeMarker(mm.tree.foundStart, at);
  }
  k.say("stores the marker over every area it did not get to");
}

export const markAll: ForkRecovery = {
  point: "fork.recovery",
  name: "markAll",
  title: "put the marker over every VMA of the parent that is left (proposal)",
  source: "linux-mm, August 2025",
  requires: { "fork.copy": ["dup"] },
  recover,
};
