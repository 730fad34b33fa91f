/**
 * `oom.queue = now`: at once.
 *
 * Models kernels up to 5.17 (5.10.y and 5.15.y took the delay back).
 */
import type { OomQueue } from "../../decisions.ts";

export const queueNow: OomQueue = {
  point: "oom.queue",
  name: "now",
  title: "at once",
  source: "up to 5.17",
  delayed: false,
};
