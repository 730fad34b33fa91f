/**
 * `oom.eligible = takesLocked`: VM_LOCKED areas are reaped like others.
 *
 * Models 5.18 and later.
 */
import type { OomEligible } from "../../decisions.ts";

export const takesLocked: OomEligible = {
  point: "oom.eligible",
  name: "takesLocked",
  title: "no",
  source: "5.18",
  skipsLocked: false,
};
