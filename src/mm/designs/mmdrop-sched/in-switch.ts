/**
 * `mmdrop.sched = inSwitch`: finish_task_switch() frees the mm itself.
 *
 * Models all kernels but PREEMPT_RT.
 */
import type { MmdropSched } from "../../decisions.ts";

export const inSwitch: MmdropSched = {
  point: "mmdrop.sched",
  name: "inSwitch",
  title: "at once, in finish_task_switch()",
  source: "kernel/sched/core.c, 4.13 to 7.1",
  delayed: false,
};
