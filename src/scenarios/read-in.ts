import { type AreaSpec, access, type Kernel, type TaskStruct } from "../mm/index.ts";
import { type Path, sequentially } from "../sched/index.ts";
import { aboutProcess } from "./about-process.ts";
import type { Scenario } from "./scenario.ts";

const SHARED = 0x10;
const PRIVATE = 0x20;
const WRITTEN = 11_000_000;

/** A file mapped twice, none of it read in yet. */
function areasOf(larger: boolean): readonly AreaSpec[] {
  const pages = larger ? 2 : 1;
  return [
    { start: SHARED, end: SHARED + pages, perms: "rw-s", name: "shared", file: "lib", pgoff: 0 },
    { start: PRIVATE, end: PRIVATE + 1, perms: "rw-p", name: "private", file: "lib", pgoff: 0 },
  ];
}

function* sharing(k: Kernel, process: TaskStruct): Path {
  yield* access(k, process.mm!, SHARED, WRITTEN);
}

function* copying(k: Kernel, process: TaskStruct): Path {
  yield* access(k, process.mm!, PRIVATE, WRITTEN + 1);
  yield* access(k, process.mm!, SHARED);
}

/** Two faults that want the same page of a file. */
export const readInTwice: Scenario = aboutProcess({
  id: "read-in-twice",
  title: "two threads touch the same page of a file for the first time",
  story:
    "A file is mapped shared and private, and nothing of it is in memory. One thread writes through the shared mapping; another " +
    "writes to its private copy of the same page, then reads the shared one. Both read the page in; one of them is first, and " +
    "the other drops its own and takes that.",
  areas: areasOf,
  tasks: [
    { name: "process", run: sharing },
    { name: "sibling", run: copying },
  ],
  holds(k, _process, mm) {
    for (const [page, expected] of [
      [SHARED, WRITTEN],
      [PRIVATE, WRITTEN + 1],
    ] as const) {
      const seen = sequentially(access(k, mm, page));
      if (seen === expected) continue;
      k.note("lost-write", {
        message: `page ${page.toString(16)} of ${k.rowName(mm)} should read as ${expected} and reads as ${seen}`,
        objects: [k.rowName(mm)],
      });
    }
  },
});
