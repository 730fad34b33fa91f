/**
 * `fault.unstable = none`: a fault behind the reaper maps a page of zeros where data was.
 *
 * Before 6b31d5955cb2 (4.13).
 */
import type { FaultUnstable } from "../../decisions.ts";

export const unstableIgnored: FaultUnstable = {
  point: "fault.unstable",
  name: "none",
  title: "yes: nobody looks",
  source: "before 6b31d5955cb2 (4.13)",
  looks: false,
};
