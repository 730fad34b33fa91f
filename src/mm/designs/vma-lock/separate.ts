/** `vma.lock = separate`: a VMA's lock is a structure of its own, allocated after the VMA. 6.4 to 6.14. */
import type { VmaLock } from "../../decisions.ts";

export const separate: VmaLock = {
  point: "vma.lock",
  name: "separate",
  title: "struct vma_lock is allocated for each VMA",
  source: "kernel/fork.c, 6.4 to 6.14",
  counted: false,
  perVma: true,
  allocations: [{ site: "vma_lock_alloc: vma_lock", gfp: "account" }],
};
