import { doExit, processMrelease, readProcMaps } from "../mm/index.ts";
import { aboutProcess } from "./about-process.ts";
import type { Scenario } from "./scenario.ts";
import { smallestAreas } from "./world.ts";

/** process_mrelease() against the exit of the process that it is to release. */
export const mreleaseVsExit: Scenario = aboutProcess({
  id: "mrelease-vs-exit",
  title: "process_mrelease() reaps a process that is exiting",
  story:
    "A management daemon kills a process and calls process_mrelease() to have its memory back soon. The process gets round to exiting " +
    "at the same time. No OOM killer is involved, so nothing marks the mm as a victim's, and exit_mmap() waits for nobody " +
    "who is not told apart by other means.",
  catalogue: "8",
  areas: (larger) => smallestAreas({}, false).slice(0, larger ? 2 : 1),
  tasks: (larger) => [
    { name: "victim", run: doExit },
    { name: "mrelease", run: processMrelease },
    ...(larger ? [{ name: "maps", run: readProcMaps }] : []),
  ],
  witnesses: ["process_mrelease reaps victim", "victim tears victim down"],
  notApplicable: (designs) =>
    designs.mreleaseRef.exists ? undefined : "this kernel has no process_mrelease()",
});
