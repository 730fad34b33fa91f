/**
 * `fork.recovery = marker+flags`: as `marker`, and the mm is flagged before it is unlocked: MMF_OOM_SKIP if a marker
 * was stored, MMF_UNSTABLE in any case. Visitors that look at the flags keep out. Nothing is flagged when not even
 * the tree could be copied.
 *
 * Models 64c37e134b12 (6.14; 6.13.2, 6.12.83).
 */
import type { Path } from "../../../sched/index.ts";
import type { ForkFailure, ForkRecovery } from "../../decisions.ts";
import type { Kernel } from "../../kernel.ts";
import type { Mm } from "../../mm-struct.ts";
import { markFailure } from "./marker.ts";

function* recover(k: Kernel, mm: Mm, failure: ForkFailure): Path {
  if (failure.noTree) return;
  if (failure.vma !== null) {
    markFailure(k, mm, failure);
    if (k.write(mm.oomSkip, "dup_mmap")) yield;
    mm.oomSkip.value = 1;
  }
  if (k.write(mm.unstable, "dup_mmap")) yield;
  mm.unstable.value = 1;
}

export const markerFlags: ForkRecovery = {
  point: "fork.recovery",
  name: "marker+flags",
  title: "mark the failure point, flag the mm unstable, unlock",
  source: "64c37e134b12 (6.14)",
  requires: { "fork.copy": ["dup"] },
  recover,
};
