/**
 * `exit.marker = unknown`: exit_mmap() knows no marker. Right where nothing leaves one behind (7.0); together with a
 * recovery that does, a trial that must fail.
 */
import type { ExitMarker } from "../../decisions.ts";

export const unknown: ExitMarker = {
  point: "exit.marker",
  name: "unknown",
  title: "exit_mmap() takes every entry for a VMA",
  source: "43873af772f8 (7.0)",
  endsAt: (_k, entry) => entry === null,
};
