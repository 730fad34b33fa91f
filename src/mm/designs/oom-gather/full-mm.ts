/**
 * `oom.gather = fullMm`: the reaper gathers as exit_mmap() does, once for the whole address space. Architectures may take that for a
 * promise that nobody runs there any more, and the victim's threads do.
 *
 * Models __oom_reap_task_mm() in mm/oom_kill.c, 4.6 to 4.14.
 */
import type { OomGather } from "../../decisions.ts";

export const fullMm: OomGather = {
  point: "oom.gather",
  name: "fullMm",
  title: "one gather for the whole address space",
  source: "aac453635549 (4.6)",
  wholeMm: true,
};
