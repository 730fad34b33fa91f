/**
 * `exit.munlock = afterSelfReap`: once it has reaped the mm itself and waited for the reaper.
 *
 * Models 27ae357fa82b (4.17) to 5.18.
 */
import type { ExitMunlock } from "../../decisions.ts";

export const munlockAfterSelfReap: ExitMunlock = {
  point: "exit.munlock",
  name: "afterSelfReap",
  title: "behind the reap of its own, with the reaper out",
  source: "27ae357fa82b (4.17) to 5.18",
  requires: { "exit.reaperSync": ["selfReap", "selfReapWriteLock"] },
  munlocks: true,
  first: false,
};
