/**
 * `mmdrop.sched = inCallback`: the mm is freed by an RCU callback, because a context switch must not take the locks that freeing takes
 * when spinlocks sleep.
 *
 * Models PREEMPT_RT (mmdrop_sched() in include/linux/sched/mm.h).
 */
import type { MmdropSched } from "../../decisions.ts";

export const inCallback: MmdropSched = {
  point: "mmdrop.sched",
  name: "inCallback",
  title: "later, in an RCU callback (PREEMPT_RT)",
  source: "include/linux/sched/mm.h, 6.12, CONFIG_PREEMPT_RT",
  delayed: true,
};
