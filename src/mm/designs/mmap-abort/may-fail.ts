/**
 * `mmap.abort = mayFail`: the store that takes the old areas out may be refused; they are attached again as they are then, without page tables and
 * cut off from rmap.
 *
 * Models release candidates of 6.12 before 14611508cb5b.
 */
import type { MmapAbort } from "../../decisions.ts";

export const abortMayFail: MmapAbort = {
  point: "mmap.abort",
  name: "mayFail",
  title: "they are attached again, although nothing leads to them any more",
  source: "4f87153e82c4 (6.12-rc1) to 6.12-rc5",
  mayFail: true,
};
