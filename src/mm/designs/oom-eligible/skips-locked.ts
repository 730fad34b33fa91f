/**
 * `oom.eligible = skipsLocked`: VM_LOCKED areas are left alone.
 *
 * Models kernels up to 5.17.
 */
import type { OomEligible } from "../../decisions.ts";

export const skipsLocked: OomEligible = {
  point: "oom.eligible",
  name: "skipsLocked",
  title: "yes",
  source: "can_madv_lru_vma() in mm/internal.h, up to 5.17",
  skipsLocked: true,
};
