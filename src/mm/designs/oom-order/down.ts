/** `oom.order = down`: the reaper goes through the VMAs from the highest address. 6.18+. */
import type { OomOrder } from "../../decisions.ts";

export const down: OomOrder = {
  point: "oom.order",
  name: "down",
  title: "the reaper starts at the highest VMA",
  source: "mm/oom_kill.c, 6.18",
  down: true,
};
