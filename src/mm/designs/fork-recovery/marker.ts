/**
 * `fork.recovery = marker`: the failure point is marked by XA_ZERO_ENTRY in the tree, and the locks are dropped.
 *
 * Models dup_mmap() from 6.8 (d24062914837) to 6.13.1. Those who know the marker (exit_mmap and its callees) stop at
 * it. Everybody else who can lock the mm until then meets it, and the parent's VMAs behind it.
 */
import type { Path } from "../../../sched/index.ts";
import type { ForkFailure, ForkRecovery } from "../../decisions.ts";
import type { Kernel } from "../../kernel.ts";
import type { Mm } from "../../mm-struct.ts";

/** Puts the marker over the range at which the copy stopped; used by the later variants as well. */
export function markFailure(k: Kernel, mm: Mm, failure: ForkFailure): void {
  if (failure.noTree || failure.vma === null) return;
  k.at("dup_mmap");
  mm.tree.storeMarker(failure.start, failure.end);
  k.say(
    `stores the marker over ${k.rowName(failure.vma)}; behind it the tree still holds VMAs of the parent`,
  );
}

// biome-ignore lint/correctness/useYield: a recovery is a path; this one takes no step
function* recover(k: Kernel, mm: Mm, failure: ForkFailure): Path {
  markFailure(k, mm, failure);
}

export const marker: ForkRecovery = {
  point: "fork.recovery",
  name: "marker",
  title: "mark the failure point in the tree and unlock",
  source: "d24062914837 (6.8) to 6.13.1",
  requires: { "fork.copy": ["dup"] },
  recover,
};
