import {
  doExit,
  layOut,
  newZone,
  oomKill,
  oomReaper,
  readProcMaps,
  type TaskStruct,
  writeToFreshPage,
} from "../mm/index.ts";
import type { Scenario, ScenarioInput } from "./scenario.ts";
import { kernelFor, letGo, smallestAreas } from "./world.ts";

interface ExitWorld {
  readonly victim: TaskStruct;
}

function areasOf(input: ScenarioInput) {
  const areas = smallestAreas({}, false);
  return input.larger ? areas : areas.slice(0, 1);
}

/** An exiting OOM victim against the reaper, when somebody else may do the last mmput(). */
export const exitVsReaper: Scenario = {
  id: "exit-vs-reaper",
  title: "the OOM reaper meets exit_mmap(), run by whoever was the last user",
  story:
    "The OOM killer picks a process; the process exits and the reaper zaps its memory. Meanwhile somebody reads the " +
    "process's /proc/PID/maps: the reader holds a user of the mm, so its mmput() may be the last, and then the reader runs " +
    "exit_mmap(). No area is mlocked. Page tables and VMAs must not go while the reaper is at them.",
  seed: "002",
  catalogue: "1",
  faults: 0,
  failures: "realistic",
  witnesses: [
    "the reaper reaps victim",
    "maps reads victim",
    "maps tears victim down",
    "victim tears victim down",
  ],
  program: (input) => ({
    name: "exit-vs-reaper",
    machine: () => kernelFor(input),
    setup: (k): ExitWorld => {
      k.oomPossible = true;
      const victim = k.newTask("victim", layOut(k, "victim", areasOf(input)));
      for (const name of ["oom", "reaper", "maps"]) k.newTask(name, null);
      if (input.designs.reuse.atOnce) {
        newZone(k);
        k.newTask("neighbour", null);
      }
      return { victim };
    },
    tasks: (k, state) => {
      const { victim } = state as ExitWorld;
      const tasks = [
        { name: "victim", run: () => doExit(k, victim) },
        { name: "oom", run: () => oomKill(k, victim) },
        { name: "reaper", run: () => oomReaper(k), daemon: true },
        { name: "maps", run: () => readProcMaps(k, victim) },
      ];
      if (k.zone !== null) tasks.push({ name: "neighbour", run: () => writeToFreshPage(k) });
      return tasks;
    },
    after: (k, state) => letGo(k, [(state as ExitWorld).victim]),
    leaks: true,
    witnesses: exitVsReaper.witnesses,
  }),
  layout: (input) =>
    `a process with ${areasOf(input).length === 1 ? "one area" : `${areasOf(input).length} areas`}, written`,
};
