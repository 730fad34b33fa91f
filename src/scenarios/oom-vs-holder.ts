import { doExit, getTaskMm, type Kernel, mmput, oomKill, oomReaper, type TaskStruct } from "../mm/index.ts";
import { type Path, sequentially } from "../sched/index.ts";
import { aboutProcess } from "./about-process.ts";
import type { Scenario } from "./scenario.ts";
import { smallestAreas } from "./world.ts";

/** Somebody who gets a user of the mm and keeps it. */
function* holding(k: Kernel, process: TaskStruct): Path {
  const mm = yield* getTaskMm(k, process);
  if (mm !== null) k.witness("somebody holds a user of the victim's mm");
}

/** A victim that is gone while its memory stays. */
export const oomVsHolder: Scenario = aboutProcess({
  id: "oom-vs-holder",
  title: "an OOM victim has let go of its mm, but somebody else has not",
  story:
    "The OOM killer waits for the memory of its victim. The victim exits, but another process holds a user of its mm for long, so nothing is " +
    "torn down. The reaper must take what it can, and tell the OOM killer not to wait any more.",
  catalogue: "6",
  areas: (larger) => smallestAreas({}, false).slice(0, larger ? 2 : 1),
  tasks: (larger) => [
    { name: "victim", run: doExit },
    { name: "oom", run: oomKill },
    { name: "reaper", run: oomReaper, daemon: true },
    { name: "holder", run: holding },
    ...(larger ? [{ name: "second", run: holding }] : []),
  ],
  witnesses: ["the reaper reaps victim", "somebody holds a user of the victim's mm"],
  finish(k, process, mm) {
    const own = process.mm === null ? 0 : 1;
    while (mm.users.value > own) sequentially(mmput(k, mm, "holder"));
  },
});

/** The reaper alone against a subscriber that may refuse it. */
export const reaperVsNotifier: Scenario = aboutProcess({
  id: "reaper-vs-notifier",
  title: "somebody who subscribed to changes of a victim's mm refuses the reaper",
  story:
    "A virtual machine's page tables follow those of its process, by way of an mmu notifier. The reaper must not wait, so the notifier may " +
    "refuse it. What was begun for that area must be finished all the same, and another attempt is made; the exit releases " +
    "the notifier, and nobody asks it from then on.",
  catalogue: "5",
  faults: 1,
  areas: (larger) => smallestAreas({}, false).slice(0, larger ? 2 : 1),
  prepare(k, _process, mm) {
    mm.hasNotifiers = true;
    k.init(mm.notifiers, 1);
  },
  tasks: [
    { name: "victim", run: doExit },
    { name: "oom", run: oomKill },
    { name: "reaper", run: oomReaper, daemon: true },
  ],
  witnesses: ["a notifier refuses the reaper in victim", "victim tears victim down"],
  notApplicable: (designs) =>
    designs.oomNotifier.asks ? undefined : "the reaper of this kernel asks no notifier",
});
