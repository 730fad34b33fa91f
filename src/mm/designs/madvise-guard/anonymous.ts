/** `madvise.guard = anonymous`: private anonymous memory that may be written can have guard regions. 6.13 and 6.14. */
import type { MadviseGuard } from "../../decisions.ts";
import { isAnonymous, VM_HUGETLB, VM_MAYWRITE, VM_SPECIAL } from "../../vma.ts";

export const anonymousGuards: MadviseGuard = {
  point: "madvise.guard",
  name: "anonymous",
  title: "private anonymous memory can have guard regions",
  source: "662df3e5c376 (6.13)",
  known: true,
  marks: false,
  fits: (vma) => isAnonymous(vma) && (vma.flags & (VM_MAYWRITE | VM_SPECIAL | VM_HUGETLB)) === VM_MAYWRITE,
};
