/**
 * `mrelease.ref = absent`: there is no such call.
 *
 * Before 884a7e5964e0 (5.15).
 */
import type { MreleaseRef } from "../../decisions.ts";

export const mreleaseAbsent: MreleaseRef = {
  point: "mrelease.ref",
  name: "absent",
  title: "there is no process_mrelease()",
  source: "before 884a7e5964e0 (5.15)",
  exists: false,
  holdsUser: false,
  looksAtSkip: false,
};
