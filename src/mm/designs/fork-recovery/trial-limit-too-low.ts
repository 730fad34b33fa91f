/**
 * `fork.recovery = trial-limitTooLow`: as `teardown`, with the limit one VMA short: that of the last one that was copied. A trial that
 * must fail.
 */
import type { Path } from "../../../sched/index.ts";
import type { ForkFailure, ForkRecovery } from "../../decisions.ts";
import type { Kernel } from "../../kernel.ts";
import type { Mm } from "../../mm-struct.ts";
import { emptyBelow } from "./teardown.ts";

function* recover(k: Kernel, mm: Mm, failure: ForkFailure): Path {
  if (failure.noTree) return;
  const last = mm.tree.before(failure.vma === null ? Number.MAX_SAFE_INTEGER : failure.start);
  yield* emptyBelow(k, mm, last === null ? 0 : mm.tree.foundStart);
  mm.tree.destroy();
}

export const trialLimitTooLow: ForkRecovery = {
  point: "fork.recovery",
  name: "trial-limitTooLow",
  title: "teardown up to the last VMA that was copied, without it (trial: must fail)",
  source: "what the limit is there for",
  requires: { "fork.copy": ["dup"] },
  recover,
};
