import { doExit, type Kernel, newTlb, oomKill, oomReaper, type TaskStruct, touch } from "../mm/index.ts";
import type { Path } from "../sched/index.ts";
import { aboutProcess } from "./about-process.ts";
import type { Scenario } from "./scenario.ts";
import { smallestAreas } from "./world.ts";

/** Pages of the layout that the victim writes to. */
const HEAP = 0x10;
const DATA = 0x12;
const FRESH = 99;

/** read(2) goes on filling its buffer: the first write to a page fills the TLB, the second goes through it. */
function* filling(k: Kernel, process: TaskStruct, pages: readonly number[]): Path {
  const mm = process.mm!;
  for (let round = 0; round < 2; round++) {
    for (const page of pages) if ((yield* touch(k, mm, page, FRESH)) !== 0) return;
  }
}

/** A thread of the victim that reaches its pages without looking at the page tables. */
export const reaperVsTlb: Scenario = aboutProcess({
  id: "reaper-vs-tlb",
  title: "a victim goes on through its TLB while the OOM reaper takes its memory",
  story:
    "A thread of a killed process is in a system call that fills a buffer. Its CPU has the translation of the page cached. The reaper clears the " +
    "page-table entry and gives the page back; between the two it must make every CPU forget the translation, or the thread writes " +
    "into memory that belongs to somebody else.",
  catalogue: "3",
  areas: (larger) => smallestAreas({}, false).slice(0, larger ? 2 : 1),
  prepare: (k, process, mm) => newTlb(k, process, mm),
  tasks: (larger) => [
    {
      name: "victim",
      *run(k, process) {
        yield* filling(k, process, larger ? [HEAP, DATA] : [HEAP]);
        yield* doExit(k, process);
      },
    },
    { name: "oom", run: oomKill },
    { name: "reaper", run: oomReaper, daemon: true },
  ],
  witnesses: [
    "the reaper reaps victim",
    "an access through the TLB",
    "a flush takes a translation of victim away",
  ],
});
