/**
 * `mrelease.ref = none`: only the structure is held, in a kernel whose exit_mmap() waits for a reaper of OOM victims only.
 *
 * Models 884a7e5964e0, release candidates of 5.15.
 */
import type { MreleaseRef } from "../../decisions.ts";

export const mreleaseNone: MreleaseRef = {
  point: "mrelease.ref",
  name: "none",
  title: "nothing but the structure, and no look at MMF_OOM_SKIP",
  source: "884a7e5964e0 (5.15-rc)",
  exists: true,
  holdsUser: false,
  looksAtSkip: false,
};
