/**
 * `mmap.abort = nofail`: the store that takes the old areas out has all the memory it needs (__GFP_NOFAIL).
 *
 * Models 14611508cb5b (6.12) and later.
 */
import type { MmapAbort } from "../../decisions.ts";

export const abortNofail: MmapAbort = {
  point: "mmap.abort",
  name: "nofail",
  title: "that store cannot fail",
  source: "14611508cb5b (6.12)",
  mayFail: false,
};
