/** `madvise.guard = any`: files and read-only memory can have guard regions, too. 6.15+. */
import type { MadviseGuard } from "../../decisions.ts";
import { VM_HUGETLB, VM_SPECIAL } from "../../vma.ts";

export const anyGuards: MadviseGuard = {
  point: "madvise.guard",
  name: "any",
  title: "all ordinary memory can have guard regions",
  source: "272f37d3e99a (6.15)",
  known: true,
  marks: false,
  fits: (vma) => (vma.flags & (VM_SPECIAL | VM_HUGETLB)) === 0,
};
