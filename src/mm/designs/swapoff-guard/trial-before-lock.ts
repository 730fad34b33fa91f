/**
 * `swapoff.guard = trial-beforeLock`: unuse_mm() looks at MMF_UNSTABLE before it has the lock. A fork that fails while
 * swapoff waits would flag the mm too late to be seen. With fork and swapoff alone that cannot happen: swapoff comes to the
 * child behind its parent, whose lock the fork holds until the child is flagged.
 */
import type { SwapoffGuard } from "../../decisions.ts";
import { unstable } from "./unstable.ts";

export const trialBeforeLock: SwapoffGuard = {
  ...unstable,
  name: "trial-beforeLock",
  title: "unuse_mm() looks at MMF_UNSTABLE before it has the lock (trial)",
  source: "what looking under the lock is there for",
  beforeLock: true,
};
