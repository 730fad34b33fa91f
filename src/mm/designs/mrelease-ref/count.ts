/**
 * `mrelease.ref = count`: only the structure is held; exit_mmap() excludes everybody who looks at MMF_OOM_SKIP under the lock.
 *
 * Models ba535c1caf3e (5.17) and later.
 */
import type { MreleaseRef } from "../../decisions.ts";

export const mreleaseCount: MreleaseRef = {
  point: "mrelease.ref",
  name: "count",
  title: "the structure; MMF_OOM_SKIP says whether it is too late",
  source: "ba535c1caf3e (5.17)",
  requires: { "exit.reaperSync": ["selfReapWriteLock", "readThenSkipThenWrite"] },
  exists: true,
  holdsUser: false,
  looksAtSkip: true,
};
