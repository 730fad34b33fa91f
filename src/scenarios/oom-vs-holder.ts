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
