/**
 * `swapoff.guard = unstable`: unuse_mm() leaves an mm alone that is flagged MMF_UNSTABLE. It only helps if a failed
 * fork sets the flag.
 *
 * Models 1367da7eb875 (6.18; 6.17.1, 6.16.11, 6.12.51).
 */
import type { SwapoffGuard } from "../../decisions.ts";

export const unstable: SwapoffGuard = {
  point: "swapoff.guard",
  name: "unstable",
  title: "unuse_mm() skips an unstable mm",
  source: "1367da7eb875 (6.18)",
  look: (k, mm) => k.read(mm.unstable, "unuse_mm"),
  skips: (_k, mm) => mm.unstable.value !== 0,
};
