/**
 * `fault.unstable = underPtl`: a fault in an mm that is being reaped answers with SIGBUS, decided under the page-table lock.
 *
 * Models 6b31d5955cb2 (4.13) and later.
 */
import type { FaultUnstable } from "../../decisions.ts";

export const unstableUnderPtl: FaultUnstable = {
  point: "fault.unstable",
  name: "underPtl",
  title: "no: it looks at MMF_UNSTABLE, and answers with SIGBUS",
  source: "6b31d5955cb2 (4.13)",
  looks: true,
};
