/**
 * munmap() and mmap() over something, where they fail half-way and while others are at the same page tables.
 */
import {
  type AreaSpec,
  access,
  doExit,
  EINTR,
  type File,
  type Kernel,
  MAP_FIXED,
  MAP_PRIVATE,
  MAP_SHARED,
  type Mm,
  oomKill,
  oomReaper,
  PROT_READ,
  PROT_WRITE,
  REGION_PAGES,
  readProcMaps,
  sysMmap,
  sysMunmap,
  type TaskStruct,
  unmapMappingRange,
  VM_GROWSDOWN,
  VM_LOCKED,
} from "../mm/index.ts";
import type { Path } from "../sched/index.ts";
import { aboutProcess } from "./about-process.ts";
import { kill } from "./fork-vs-reaper.ts";
import type { Scenario } from "./scenario.ts";
import { beforeCall, mustBeUntouched } from "./user-map.ts";

const PAGE = 4096;
const AT = 0x10;

/** The file behind the area at `page`. */
function fileAt(k: Kernel, mm: Mm, page: number): File {
  return k.aside(() => mm.tree.find(page)!.file!);
}

/** Two locked areas side by side; `larger`: a third. */
function lockedAreas(larger: boolean): readonly AreaSpec[] {
  const area = (name: string, start: number, end: number): AreaSpec => ({
    start,
    end,
    perms: "rw-p",
    name,
    flags: VM_LOCKED,
    written: [start],
  });
  const two = [area("first", AT, AT + 1), area("second", AT + 2, AT + 4)];
  return larger ? [...two, area("third", AT + 5, AT + 6)] : two;
}

/** Unmaps the first area and a part of the second; when that fails, everything is as before. */
function* munmapAcross(k: Kernel, process: TaskStruct): Path {
  const mm = process.mm!;
  const noted = beforeCall(k, mm, 0, REGION_PAGES);
  const result = yield* sysMunmap(k, mm, AT * PAGE, 3 * PAGE);
  if (result === 0) return;
  k.witness("munmap failed");
  mustBeUntouched(k, "munmap", result, noted);
}

/** A munmap() that is refused memory half-way. */
export const munmapFails: Scenario = aboutProcess({
  id: "munmap-fails",
  title: "munmap() over two locked areas is refused memory half-way",
  story:
    "munmap() gathers the areas that are to go, cuts those that stick out, and may be refused memory at each step of it. It " +
    "returns an error then, and whatever it has counted or marked must be as before.",
  catalogue: "35",
  faults: 1,
  failures: "any",
  areas: lockedAreas,
  tasks: [{ name: "process", run: munmapAcross }],
  witnesses: ["munmap failed"],
});

/** As above, where a signal may come instead of a refusal. */
function* munmapKilled(k: Kernel, process: TaskStruct): Path {
  const mm = process.mm!;
  const noted = beforeCall(k, mm, 0, REGION_PAGES);
  const result = yield* sysMunmap(k, mm, AT * PAGE, 3 * PAGE);
  if (result === 0) {
    k.witness("munmap succeeds");
    return;
  }
  if (result === EINTR) k.witness("a signal cuts munmap short");
  mustBeUntouched(k, "munmap", result, noted);
}

/** A munmap() that waits for the lock when the process is killed. */
export const munmapKilledMeanwhile: Scenario = aboutProcess({
  id: "munmap-killed",
  title: "a process is killed while its munmap() waits for the lock",
  story:
    "munmap() waits for mmap_lock, which a reader of /proc/PID/maps has, and the process is killed. The wait may end with the signal: then " +
    "nothing was unmapped, and nothing may be, for the lock was not taken. Behind the lock no signal is looked for any more.",
  areas: lockedAreas,
  tasks: [
    { name: "process", run: munmapKilled },
    { name: "maps", run: readProcMaps },
    { name: "kill", run: (k) => kill(k, 0) },
  ],
  witnesses: ["a signal cuts munmap short", "munmap succeeds", "maps reads process"],
});

/** Ten areas, so that their tree has two leaves and taking one out may need a node. */
function tenAreas(larger: boolean): readonly AreaSpec[] {
  return Array.from({ length: larger ? 11 : 10 }, (_, i) => ({
    start: AT + 2 * i,
    end: AT + 2 * i + 1,
    perms: "rw-s",
    name: `area ${i}`,
    file: `file ${i}`,
    pgoff: 0,
    written: [AT + 2 * i],
  }));
}

/** Maps something else over the fifth area: without it the first leaf has too few entries, and is joined with the second. */
function* mmapOver(k: Kernel, process: TaskStruct): Path {
  const mm = process.mm!;
  const at = AT + 8;
  const other = fileAt(k, mm, AT);
  const result = yield* sysMmap(k, mm, at * PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, other, 0);
  if (result < 0) k.witness("mmap failed");
}

/** A mapping over another that fails when the old one is half gone, and then fails to take it out. */
export const mmapAbort: Scenario = aboutProcess({
  id: "mmap-abort",
  title: "mmap() over an area fails, and so does what it does about it",
  story:
    "MAP_FIXED over an area: its entries are cleared and its page tables freed, then the new area cannot be made. The old one must go now, " +
    "and taking it out of the tree may need memory as well.",
  catalogue: "36",
  faults: 2,
  failures: "any",
  areas: tenAreas,
  tasks: [{ name: "process", run: mmapOver }],
  witnesses: ["mmap failed"],
});

/** Maps the same file over itself. */
function* mmapSame(k: Kernel, process: TaskStruct): Path {
  const mm = process.mm!;
  const flags = MAP_SHARED | MAP_FIXED;
  yield* sysMmap(k, mm, AT * PAGE, PAGE, PROT_READ | PROT_WRITE, flags, fileAt(k, mm, AT), 0);
}

/** A mapping that replaces one of the same file, against truncation of it. */
export const mmapVsTruncate: Scenario = aboutProcess({
  id: "mmap-vs-truncate",
  title: "truncate() walks a file while mmap() replaces one mapping of it by another",
  story:
    "Truncation comes through the file: it finds the old mapping or the new one, and clears the entries below it, without mmap_lock. " +
    "The page tables of the old one must not go while it may be walking them by way of the new one.",
  catalogue: "37",
  areas: (larger) => [
    { start: AT, end: AT + 1, perms: "rw-s", name: "mapped", file: "lib", pgoff: 0, written: [AT] },
    ...(larger
      ? [
          {
            start: REGION_PAGES,
            end: REGION_PAGES + 1,
            perms: "rw-s",
            name: "again",
            file: "lib",
            pgoff: 0,
            written: [REGION_PAGES],
          },
        ]
      : []),
  ],
  tasks: [
    { name: "process", run: mmapSame },
    {
      name: "truncate",
      run: (k, process) => {
        const { mapping } = fileAt(
          k,
          k.aside(() => process.mm!),
          AT,
        );
        return unmapMappingRange(k, mapping);
      },
    },
  ],
  witnesses: ["truncate walks process"],
});

/** First page of the stack, at the start of a page table of its own. */
const STACK = REGION_PAGES;

/** Another thread touches the page below the stack. */
function* growing(k: Kernel, process: TaskStruct): Path {
  const mm = k.aside(() => process.mm!);
  const seen = yield* access(k, mm, STACK - 1, 7);
  k.witness(seen === 7 ? "the stack grew" : "the stack did not grow");
}

/** munmap() below a stack that grows into the hole. */
export const munmapVsStack: Scenario = aboutProcess({
  id: "munmap-vs-stack",
  title: "a stack grows into the hole that munmap() is making",
  story:
    "munmap() takes an area out, lets readers in again, and frees the page tables of the hole. The area behind the hole is a stack; " +
    "another thread pushes something on it, and it grows into the hole, whose page tables it takes for its own.",
  catalogue: "41",
  areas: (larger) => [
    { start: STACK - 4, end: STACK - 2, perms: "rw-p", name: "below", written: [STACK - 4] },
    {
      start: STACK,
      end: STACK + (larger ? 2 : 1),
      perms: "rw-p",
      name: "[stack]",
      flags: VM_GROWSDOWN,
      written: larger ? [STACK, STACK + 1] : [STACK],
    },
  ],
  tasks: [
    {
      name: "process",
      *run(k, process) {
        yield* sysMunmap(k, process.mm!, (STACK - 4) * PAGE, 2 * PAGE);
      },
    },
    { name: "thread", run: growing },
  ],
  witnesses: ["the stack grew"],
});

/** An exit that unlocks its areas while the reaper looks which are locked. */
export const reaperVsMunlock: Scenario = aboutProcess({
  id: "reaper-vs-munlock",
  title: "exit_mmap() unlocks an area that the OOM reaper leaves alone because it is locked",
  story:
    "The reaper leaves locked areas to the exit, which unlocks them page by page; it clears the flag first. A reaper that " +
    "looks behind that zaps pages which the unlocking is walking.",
  catalogue: "2",
  areas: (larger) => [
    { start: AT, end: AT + 1, perms: "rw-p", name: "locked", flags: VM_LOCKED, written: [AT] },
    ...(larger ? [{ start: AT + 2, end: AT + 3, perms: "rw-p", name: "[data]", written: [AT + 2] }] : []),
  ],
  tasks: [
    { name: "victim", run: doExit },
    { name: "oom", run: oomKill },
    { name: "reaper", run: oomReaper, daemon: true },
  ],
  witnesses: ["the reaper reaps victim", "victim tears victim down"],
});
