/**
 * `fork.uprobeGate = aroundMmput`: registration of uprobes is kept out until a half-copied child is torn down as well.
 * 8ac662f5da19, 6.13.
 */
import type { ForkUprobeGate } from "../../decisions.ts";

export const aroundMmput: ForkUprobeGate = {
  point: "fork.uprobeGate",
  name: "aroundMmput",
  title: "registration of uprobes waits until a child that failed is gone",
  source: "8ac662f5da19 (6.13)",
  aroundMmput: true,
};
