/**
 * `mrelease.ref = users`: a user of the mm is held, so that exit_mmap() comes after.
 *
 * Models 337546e83fc7 (5.15).
 */
import type { MreleaseRef } from "../../decisions.ts";

export const mreleaseUsers: MreleaseRef = {
  point: "mrelease.ref",
  name: "users",
  title: "a user of the mm, if there still is one",
  source: "337546e83fc7 (5.15)",
  exists: true,
  holdsUser: true,
  looksAtSkip: false,
};
