/**
 * `oom.queue = delayed2s`: after two seconds, so that robust futexes can be cleaned up first; not at all if MMF_OOM_SKIP is set by then.
 *
 * Models e4a38402c36e (5.18) and later.
 */
import type { OomQueue } from "../../decisions.ts";

export const delayed2s: OomQueue = {
  point: "oom.queue",
  name: "delayed2s",
  title: "after two seconds, unless MMF_OOM_SKIP is set by then",
  source: "e4a38402c36e (5.18)",
  delayed: true,
};
