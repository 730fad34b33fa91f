/**
 * `swapoff.guard = trial-beforeLock`: unuse_mm() looks at MMF_UNSTABLE before it has the lock. A fork that fails while
 * swapoff waits flags the mm too late to be seen. A trial that must fail.
 */
import type { SwapoffGuard } from "../../decisions.ts";
import { unstable } from "./unstable.ts";

export const trialBeforeLock: SwapoffGuard = {
  ...unstable,
  name: "trial-beforeLock",
  title: "unuse_mm() looks at MMF_UNSTABLE before it has the lock (trial: must fail)",
  source: "what looking under the lock is there for",
  beforeLock: true,
};
