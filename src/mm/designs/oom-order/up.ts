/** `oom.order = up`: the reaper goes through the VMAs from the lowest address. Up to 6.17. */
import type { OomOrder } from "../../decisions.ts";

export const up: OomOrder = {
  point: "oom.order",
  name: "up",
  title: "the reaper starts at the lowest VMA",
  source: "mm/oom_kill.c, up to 6.17",
  down: false,
};
