/** `uprobe.guard = unstable`: under mmap_lock, an unstable mm is passed over. 64c37e134b12, 6.14. */
import type { UprobeGuard } from "../../decisions.ts";

export const stableMm: UprobeGuard = {
  point: "uprobe.guard",
  name: "unstable",
  title: "registration passes over an unstable mm",
  source: "64c37e134b12 (6.14)",
  look: (k, mm) => k.read(mm.unstable, "register_for_each_vma"),
  skips: (_k, mm) => mm.unstable.value !== 0,
};
