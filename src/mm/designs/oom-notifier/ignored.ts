/** `oom.notifier = ignored`: the reaper does not think of mmu notifiers. 4.13. */
import type { OomNotifier } from "../../decisions.ts";

export const ignored: OomNotifier = {
  point: "oom.notifier",
  name: "ignored",
  title: "the reaper tells no notifier",
  source: "mm/oom_kill.c, 4.13",
  givesUp: false,
  asks: false,
};
