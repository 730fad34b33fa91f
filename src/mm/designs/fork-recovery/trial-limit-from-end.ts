/**
 * `fork.recovery = trial-limitFromEnd`: as `teardown`, with the limit taken from the end of the VMA at which the copy
 * stopped instead of its start: that one is the parent's. A trial that must fail.
 */
import type { Path } from "../../../sched/index.ts";
import type { ForkFailure, ForkRecovery } from "../../decisions.ts";
import type { Kernel } from "../../kernel.ts";
import type { Mm } from "../../mm-struct.ts";
import { emptyBelow } from "./teardown.ts";

function* recover(k: Kernel, mm: Mm, failure: ForkFailure): Path {
  if (failure.noTree) return;
  yield* emptyBelow(k, mm, failure.vma === null ? Number.MAX_SAFE_INTEGER : failure.end);
  mm.tree.destroy();
}

export const trialLimitFromEnd: ForkRecovery = {
  point: "fork.recovery",
  name: "trial-limitFromEnd",
  title: "teardown up to the end of the VMA at which the copy stopped (trial: must fail)",
  source: "what the limit is there for",
  requires: { "fork.copy": ["dup"] },
  recover,
};
