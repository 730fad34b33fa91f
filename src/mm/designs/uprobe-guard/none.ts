/** `uprobe.guard = none`: registration goes into every mm it can get a user of. Up to 6.13. */
import type { UprobeGuard } from "../../decisions.ts";

export const anyMm: UprobeGuard = {
  point: "uprobe.guard",
  name: "none",
  title: "registration looks at no flag",
  source: "kernel/events/uprobes.c, up to 6.13",
  look: () => false,
  skips: () => false,
};
