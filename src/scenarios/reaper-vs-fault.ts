import {
  access,
  contentOf,
  doExit,
  type Kernel,
  oomKill,
  oomReaper,
  SIGBUS,
  type TaskStruct,
} from "../mm/index.ts";
import type { Path } from "../sched/index.ts";
import { aboutProcess } from "./about-process.ts";
import type { Scenario } from "./scenario.ts";
import { smallestAreas } from "./world.ts";

/** Pages of the layout that hold data. */
const HEAP = 0x10;
const DATA = 0x12;

/** The victim looks at its data: it must be there, or the access is refused. */
function* reading(k: Kernel, process: TaskStruct, pages: readonly number[]): Path {
  const mm = process.mm!;
  for (const page of pages) {
    const seen = yield* access(k, mm, page);
    if (seen === SIGBUS) k.witness("the fault is answered with SIGBUS");
    else if (seen === contentOf(page)) k.witness("the data is there");
    else {
      k.note("lost-data", {
        message: `page ${page.toString(16)} of ${k.rowName(mm)} held ${contentOf(page)} and reads as ${seen}`,
        objects: [k.rowName(mm)],
      });
    }
  }
}

/** A thread of the victim that still runs while the reaper takes its memory. */
export const reaperVsFault: Scenario = aboutProcess({
  id: "reaper-vs-fault",
  title: "a victim reads its memory while the OOM reaper takes it",
  story:
    "A killed process goes on running until it notices: it may be in the middle of a system call that copies its memory to a file. " +
    "Meanwhile the reaper zaps that memory. A fault behind it must not answer with a page of zeros.",
  catalogue: "4",
  areas: (larger) => smallestAreas({}, false).slice(0, larger ? 2 : 1),
  tasks: (larger) => [
    {
      name: "victim",
      *run(k, process) {
        yield* reading(k, process, larger ? [HEAP, DATA] : [HEAP]);
        yield* doExit(k, process);
      },
    },
    { name: "oom", run: oomKill },
    { name: "reaper", run: oomReaper, daemon: true },
  ],
  witnesses: ["the reaper reaps victim", "the fault is answered with SIGBUS", "the data is there"],
});
