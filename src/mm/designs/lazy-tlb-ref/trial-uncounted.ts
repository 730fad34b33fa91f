/**
 * `lazyTlb.ref = trial-uncounted` (trial, must fail): page tables are borrowed without a reference, and nobody takes them away from
 * the borrower before they are freed. (6.4 can be configured to do without: then __mmdrop() interrupts the borrowers first.)
 */
import type { LazyTlbRef } from "../../decisions.ts";

export const trialUncounted: LazyTlbRef = {
  point: "lazyTlb.ref",
  name: "trial-uncounted",
  title: "no, and nobody asks for them back (trial)",
  source: "what MMU_LAZY_TLB_SHOOTDOWN (6.4) needs its interrupts for",
  counts: false,
};
