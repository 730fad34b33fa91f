/**
 * `madvise.sealed = anonymousOnly`: discarding is refused for sealed anonymous memory that the caller could not write
 * anyway; files are let through.
 */
import type { MadviseSealed } from "../../decisions.ts";
import { isAnonymous, VM_WRITE } from "../../vma.ts";

export const anonymousOnly: MadviseSealed = {
  point: "madvise.sealed",
  name: "anonymousOnly",
  title: "pages of sealed read-only anonymous areas cannot be discarded",
  source: "mm/madvise.c, 6.10",
  mayDiscard: (vma) => !isAnonymous(vma) || (vma.flags & VM_WRITE) !== 0,
};
