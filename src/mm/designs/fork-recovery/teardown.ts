/**
 * `fork.recovery = teardown`: the child's VMAs are unmapped and freed and the tree is destroyed while both locks are
 * still held. Whoever comes later finds an empty address space.
 *
 * Models 43873af772f8 (7.0), "mm: change dup_mmap() recovery". The walk is limited to the entries below the failure
 * point: behind it stand VMAs of the parent. The tree is destroyed in any case. map_count is left as it was. Where not
 * even the tree could be copied there is nothing to do, and nothing is flagged.
 */
import type { Path } from "../../../sched/index.ts";
import type { ForkFailure, ForkRecovery } from "../../decisions.ts";
import type { Kernel } from "../../kernel.ts";
import type { Mm } from "../../mm-struct.ts";
import { freePgtables, tearDownVmas, unmapVmas } from "../../paths/exit.ts";

/** Unmaps and frees the child's VMAs, which are those below `limit`. Requires its mmap_lock for writing. */
export function* emptyBelow(k: Kernel, mm: Mm, limit: number): Path {
  if (mm.mapCount === 0) return;
  yield* unmapVmas(k, mm, limit);
  yield* freePgtables(k, mm, limit);
  const torn = yield* tearDownVmas(k, mm, limit);
  if (torn !== mm.mapCount) {
    k.note("map-count", {
      message: `${k.rowName(mm)} held ${torn} VMAs but counted ${mm.mapCount}`,
      objects: [k.rowName(mm)],
    });
  }
}

function* recover(k: Kernel, mm: Mm, failure: ForkFailure): Path {
  if (failure.noTree) return;
  if (k.write(mm.oomSkip, "dup_mmap")) yield;
  mm.oomSkip.value = 1;
  yield* emptyBelow(k, mm, failure.vma === null ? Number.MAX_SAFE_INTEGER : failure.start);
  mm.tree.destroy();
  if (k.write(mm.unstable, "dup_mmap")) yield;
  mm.unstable.value = 1;
  k.say(`${k.rowName(mm)} is empty before it is unlocked`);
}

export const teardown: ForkRecovery = {
  point: "fork.recovery",
  name: "teardown",
  title: "unmap and free what was copied, destroy the tree, then unlock",
  source: "43873af772f8 (7.0)",
  requires: { "fork.copy": ["dup"] },
  recover,
};
