/**
 * `madvise.guard = marked`: as `any`, and the area says so (VM_MAYBE_GUARD): fork copies its page tables for that, so files
 * need no anon_vma; areas with and without the mark merge. 6.19+, and 6.18 stable.
 */
import type { MadviseGuard } from "../../decisions.ts";
import { VM_HUGETLB, VM_SPECIAL } from "../../vma.ts";

export const markedGuards: MadviseGuard = {
  point: "madvise.guard",
  name: "marked",
  title: "all ordinary memory can have guard regions, and the area is marked",
  source: "5dba5cc2e0ff (6.19), 6.18 stable",
  known: true,
  marks: true,
  fits: (vma) => (vma.flags & (VM_SPECIAL | VM_HUGETLB)) === 0,
};
