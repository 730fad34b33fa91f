/** `vma.lock = embedded`: the lock is a counter inside the VMA. 6.15+. */
import type { VmaLock } from "../../decisions.ts";

export const embedded: VmaLock = {
  point: "vma.lock",
  name: "embedded",
  title: "the VMA lock is part of the VMA",
  source: "include/linux/mm_types.h, 6.15",
  counted: true,
  perVma: true,
  allocations: [],
};
