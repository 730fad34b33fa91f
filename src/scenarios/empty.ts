/** An address space without any VMA, and those who begin at the first one. */
import {
  type Kernel,
  migratePages,
  readProcMaps,
  readSmapsRollup,
  sysMunmap,
  type TaskStruct,
  taskNumaWork,
} from "../mm/index.ts";
import type { Path } from "../sched/index.ts";
import { aboutProcess } from "./about-process.ts";
import type { Scenario } from "./scenario.ts";
import { smallestAreas } from "./world.ts";

const PAGE = 4096;
/** Behind the last area of both layouts. */
const END = 0x1000;

/** The process unmaps everything it has, with one call. */
function* unmapAll(k: Kernel, process: TaskStruct): Path {
  yield* sysMunmap(k, process.mm!, 0, END * PAGE);
}

/** And then its task work for NUMA balancing comes round. */
function* unmapAllAndScan(k: Kernel, process: TaskStruct): Path {
  yield* unmapAll(k, process);
  yield* taskNumaWork(k, process, 0);
}

const areas = (larger: boolean) => smallestAreas({}, larger).slice(0, larger ? 3 : 1);

const STORY =
  "A process unmaps everything, which is legal, and whoever walks its VMAs finds none. Destroying the tree of a half-copied child makes " +
  "such address spaces more common.";

/** migrate_pages() on an address space that is being emptied. */
export const emptyVsMigrate: Scenario = aboutProcess({
  id: "empty-vs-migrate",
  title: "migrate_pages() meets an address space without VMAs",
  story: STORY,
  seed: "000",
  catalogue: "24",
  areas,
  tasks: [
    { name: "process", run: unmapAll },
    { name: "migrate", run: migratePages },
  ],
  witnesses: ["migrate_to_node finds no VMA"],
});

/** The NUMA scan of a task that has just unmapped everything. */
export const emptyVsNuma: Scenario = aboutProcess({
  id: "empty-vs-numa",
  title: "the NUMA scan meets an address space without VMAs",
  story: STORY,
  seed: "000",
  catalogue: "25",
  areas,
  tasks: (larger) => [
    { name: "process", run: unmapAllAndScan },
    ...(larger ? [{ name: "maps", run: readProcMaps }] : []),
  ],
  witnesses: ["task_numa_work finds no VMA"],
});

/** A reader of /proc/PID/smaps_rollup. */
export const emptyVsRollup: Scenario = aboutProcess({
  id: "empty-vs-rollup",
  title: "a reader of /proc/PID/smaps_rollup meets an address space without VMAs",
  story: STORY,
  seed: "000",
  catalogue: "26",
  areas,
  tasks: [
    { name: "process", run: unmapAll },
    { name: "rollup", run: readSmapsRollup },
  ],
  witnesses: ["show_smaps_rollup finds no VMA"],
});
