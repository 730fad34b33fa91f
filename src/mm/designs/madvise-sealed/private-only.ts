/**
 * `madvise.sealed = privateOnly`: discarding is refused for sealed private memory that the caller could not write anyway, if
 * it is anonymous or has pages of its own. A proposal: the kernel lets files through to this day (measured on 6.18).
 */
import type { MadviseSealed } from "../../decisions.ts";
import { VM_SHARED, VM_WRITE } from "../../vma.ts";

export const privateOnly: MadviseSealed = {
  point: "madvise.sealed",
  name: "privateOnly",
  title: "private pages of sealed read-only areas cannot be discarded, in files either",
  source: "mseal cleanups, v3, July 2025; not merged",
  mayDiscard(vma) {
    if ((vma.flags & (VM_SHARED | VM_WRITE)) !== 0) return true;
    return vma.file !== null && vma.anonVma === null;
  },
};
