import { readProcMaps } from "../mm/index.ts";
import { forking } from "./fork-fails.ts";
import { kill, neverReached } from "./fork-vs-reaper.ts";
import type { Scenario } from "./scenario.ts";
import { describeLayout, type ForkLayout, type ForkWorld, forkWorld, kernelFor, settle } from "./world.ts";

const LAYOUT: ForkLayout = { others: ["maps", "kill"] };
/** With more, somebody reads the maps of the process to be. */
const LARGER: ForkLayout = { others: ["maps", "kill", "early"] };

/** A failing fork against a reader of /proc/PID/maps: it finds the parent only. */
export const forkVsMaps: Scenario = {
  id: "fork-vs-maps",
  title: "a reader of /proc/PID/maps meets a forking process",
  story:
    "While a process forks, somebody reads its /proc/PID/maps. The reader gets to an mm through a task, and the child's " +
    "task has its mm only once the copy is complete: the reader sees the parent, before or after, never the half-copied " +
    "child.",
  seed: "000",
  faults: 1,
  failures: "any",
  witnesses: ["a fork failed", "maps reads parent"],
  program: (input) => ({
    name: "fork-vs-maps",
    machine: () => kernelFor(input),
    setup: (k) => forkWorld(k, input, input.larger ? LARGER : LAYOUT),
    tasks: (k, state) => {
      const world = state as ForkWorld;
      return [
        { name: "fork", run: () => forking(k, world) },
        { name: "maps", run: () => readProcMaps(k, world.parent) },
        { name: "kill", run: () => kill(k, 0) },
        ...(input.larger ? [{ name: "early", run: () => readProcMaps(k, world.child) }] : []),
      ];
    },
    after: (k, state) => {
      if (!input.larger) neverReached(k, "maps reads child");
      settle(k, state as ForkWorld);
    },
    leaks: true,
    witnesses: forkVsMaps.witnesses,
  }),
  layout: (input) => describeLayout(input, LAYOUT),
};
