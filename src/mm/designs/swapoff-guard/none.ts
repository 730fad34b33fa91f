/** `swapoff.guard = none`: unuse_mm() walks every mm it got hold of. Up to 6.17. */
import type { SwapoffGuard } from "../../decisions.ts";

export const none: SwapoffGuard = {
  point: "swapoff.guard",
  name: "none",
  title: "unuse_mm() walks every mm",
  source: "mm/swapfile.c, up to 6.17",
  look: () => false,
  skips: () => false,
};
