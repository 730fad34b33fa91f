/**
 * `swapoff.guard = trial-skipMarker`: unuse_mm() steps over markers and goes on. What is behind them are VMAs of another
 * mm. A trial that must fail wherever a marker is not the last entry.
 */
import type { SwapoffGuard } from "../../decisions.ts";
import { markerOf } from "../../vma-tree.ts";

export const trialSkipMarker: SwapoffGuard = {
  point: "swapoff.guard",
  name: "trial-skipMarker",
  title: "unuse_mm() steps over markers (trial: must fail)",
  source: "the second thought after the fix that stopped at the marker, August 2025",
  look: () => false,
  skips: () => false,
  stepsOver: (k, entry) => entry === markerOf(k),
};
