/**
 * `fork.recovery = trial-noDestroy`: as `teardown`, without destroying the tree: it still holds the VMAs that were just
 * freed, and the parent's behind them. A trial that must fail.
 */
import type { Path } from "../../../sched/index.ts";
import type { ForkFailure, ForkRecovery } from "../../decisions.ts";
import type { Kernel } from "../../kernel.ts";
import type { Mm } from "../../mm-struct.ts";
import { emptyBelow } from "./teardown.ts";

function* recover(k: Kernel, mm: Mm, failure: ForkFailure): Path {
  if (failure.noTree) return;
  yield* emptyBelow(k, mm, failure.vma === null ? Number.MAX_SAFE_INTEGER : failure.start);
}

export const trialNoDestroy: ForkRecovery = {
  point: "fork.recovery",
  name: "trial-noDestroy",
  title: "teardown, but the tree is not destroyed (trial: must fail)",
  source: "what __mt_destroy() is there for",
  requires: { "fork.copy": ["dup"] },
  recover,
};
