/** `oom.gather = perVma`: one gather for each area, as munmap() has it. Models 687cb0884a71 (4.15; 4.14.4, 4.9.68). */
import type { OomGather } from "../../decisions.ts";

export const perVma: OomGather = {
  point: "oom.gather",
  name: "perVma",
  title: "one gather for each area",
  source: "687cb0884a71 (4.15)",
  wholeMm: false,
};
