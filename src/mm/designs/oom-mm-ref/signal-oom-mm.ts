/**
 * `oom.mmRef = signalOomMm`: through signal->oom_mm, a reference that lives as long as the process.
 *
 * Models e2fe14564d33 (4.7) and later.
 */
import type { OomMmRef } from "../../decisions.ts";

export const signalOomMm: OomMmRef = {
  point: "oom.mmRef",
  name: "signalOomMm",
  title: "through signal->oom_mm, which keeps the structure",
  source: "e2fe14564d33 (4.7)",
  kept: true,
};
