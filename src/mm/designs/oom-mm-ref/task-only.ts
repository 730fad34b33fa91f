/**
 * `oom.mmRef = taskOnly`: through the task: where that has let go of its mm, the reaper gives up, and nobody tells the OOM killer to look elsewhere.
 *
 * Models kernels before e2fe14564d33 (4.7).
 */
import type { OomMmRef } from "../../decisions.ts";

export const taskOnly: OomMmRef = {
  point: "oom.mmRef",
  name: "taskOnly",
  title: "through the task, while it has one",
  source: "up to 4.6",
  kept: false,
};
