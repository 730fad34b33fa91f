/** `oom.notifier = sleepAndGiveUp`: an mm with notifiers is not reaped, since they might block. 4.14 to 4.18. */
import type { OomNotifier } from "../../decisions.ts";

export const sleepAndGiveUp: OomNotifier = {
  point: "oom.notifier",
  name: "sleepAndGiveUp",
  title: "an mm with notifiers is not reaped",
  source: "mm/oom_kill.c, 4.14 to 4.18",
  givesUp: true,
  asks: false,
};
