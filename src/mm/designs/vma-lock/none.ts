/** `vma.lock = none`: VMAs have no lock of their own; mmap_lock is all there is. Up to 6.3. */
import type { VmaLock } from "../../decisions.ts";

export const noVmaLock: VmaLock = {
  point: "vma.lock",
  name: "none",
  title: "VMAs have no lock of their own",
  source: "include/linux/mm_types.h, up to 6.3",
  counted: false,
  perVma: false,
  allocations: [],
};
