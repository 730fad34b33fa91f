/**
 * Those who go without mmap_lock: page faults under the lock of one VMA (6.4+), against a thread that changes the map.
 *
 *     munmap-vs-fault   one thread unmaps half an area, another faults in both halves; an allocation may fail
 *     map-fixed-hole    one thread replaces a mapping, a visitor looks at its address without the lock
 *     fork-vs-sibling   one thread forks; another faults in a page, unmaps an area, exits
 */
import {
  type AreaSpec,
  access,
  contentOf,
  copyProcess,
  doExit,
  isMappedLockless,
  type Kernel,
  layOut,
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_PRIVATE,
  type Mm,
  PROT_READ,
  SEGV_MAPERR,
  sysMmap,
  sysMunmap,
  type TaskStruct,
} from "../mm/index.ts";
import { type Path, sequentially } from "../sched/index.ts";
import type { Scenario, ScenarioInput } from "./scenario.ts";
import { beforeCall, mustBeUntouched, userMap } from "./user-map.ts";
import { checkBooks, kernelFor, letGo } from "./world.ts";

const PAGE = 4096;
const HEAP = 0x10;
const DATA = 0x20;
/** What the second thread writes. */
const WRITTEN = 7_000_000;

/** Two threads that share an address space. */
interface Threads {
  readonly first: TaskStruct;
  readonly second: TaskStruct;
  readonly mm: Mm;
}

function twoThreads(k: Kernel, names: readonly [string, string], areas: readonly AreaSpec[]): Threads {
  k.lockless = true;
  const mm = layOut(k, "process", areas);
  const first = k.newTask(names[0], mm);
  const second = k.newTask(names[1], mm);
  k.init(mm.users, 2);
  return { first, second, mm };
}

// =======================================================================================================
// munmap against a fault

/** Two areas side by side; the range that goes begins inside the first and covers the second. */
function munmapAreas(input: ScenarioInput): AreaSpec[] {
  const areas: AreaSpec[] = [
    { start: HEAP, end: HEAP + 2, perms: "rw-p", name: "[heap]", noreserve: true, written: [HEAP, HEAP + 1] },
    { start: HEAP + 2, end: HEAP + 3, perms: "rw-p", name: "[data]", written: [HEAP + 2] },
  ];
  if (input.larger)
    areas.push({ start: HEAP + 3, end: HEAP + 5, perms: "rw-p", name: "more", written: [HEAP + 3] });
  return areas;
}

/** A page that stays, the first that goes, and one in the area that goes as a whole. */
const STAYING = HEAP;
const GOING = HEAP + 1;
const WHOLE = HEAP + 2;

/** munmap: gather, detach, reattach where it fails, the lock downgraded at the end; meanwhile a fault. */
export const munmapVsFault: Scenario = {
  id: "munmap-vs-fault",
  title: "a page fault under a VMA's lock meets munmap()",
  story:
    "One thread unmaps the end of an area and the whole next one: the first is cut, both are taken out of the tree, the lock " +
    "is downgraded, entries, page tables and VMAs go. Another thread writes to a page that goes and to one that stays, under " +
    "the lock of the VMA where the kernel has one. One allocation may fail: then the areas are attached again, and everything " +
    "is as it was but for the cut.",
  faults: 1,
  failures: "any",
  witnesses: ["munmap succeeds", "munmap fails", "the fault finds nothing mapped", "the fault writes"],
  program: (input) => ({
    name: "munmap-vs-fault",
    machine: () => kernelFor(input),
    setup: (k) => twoThreads(k, ["unmapper", "writer"], munmapAreas(input)),
    tasks: (k, state) => {
      const { mm } = state as Threads;
      return [
        { name: "unmapper", run: () => unmapping(k, mm, input.larger ? 3 : 2) },
        { name: "writer", run: () => writing(k, mm, [WHOLE, STAYING]) },
        k.rcuCallbacks(k.global.rcu),
      ];
    },
    after: (k, state) => {
      const { mm, first, second } = state as Threads;
      if (checkBooks(k, "all tasks have ended")) {
        const seen = sequentially(access(k, mm, STAYING));
        if (seen !== WRITTEN + STAYING && seen !== contentOf(STAYING)) {
          k.note("parent-changed", {
            message: `page ${STAYING.toString(16)}, which nobody unmapped, reads as ${seen}`,
            objects: [k.rowName(mm)],
          });
        }
      }
      letGo(k, [second, first]);
    },
    leaks: true,
    witnesses: hasVmaLocks(input)
      ? [...munmapVsFault.witnesses, "a fault under a VMA lock", "a fault falls back to mmap_lock"]
      : munmapVsFault.witnesses,
  }),
  layout: (input) =>
    `an area of two pages, another of one page behind it${input.larger ? ", a third that is cut as well" : ""}; two threads`,
};

/** This kernel has a lock per VMA. */
function hasVmaLocks(input: ScenarioInput): boolean {
  return input.designs.vmaLock.perVma;
}

function* unmapping(k: Kernel, mm: Mm, pages: number): Path {
  const noted = beforeCall(k, mm, 0, 2 * DATA);
  const result = yield* sysMunmap(k, mm, GOING * PAGE, pages * PAGE);
  k.witness(result === 0 ? "munmap succeeds" : "munmap fails");
  if (result !== 0) mustBeUntouched(k, "munmap", result, noted);
}

function* writing(k: Kernel, mm: Mm, pages: readonly number[]): Path {
  for (const page of pages) {
    const seen = yield* access(k, mm, page, WRITTEN + page);
    if (seen === SEGV_MAPERR) k.witness("the fault finds nothing mapped");
    else if (seen >= 0) k.witness("the fault writes");
  }
}

// =======================================================================================================
// The hole under MAP_FIXED

function holeAreas(input: ScenarioInput): AreaSpec[] {
  const pages = input.larger ? 3 : 1;
  const areas: AreaSpec[] = [
    { start: DATA, end: DATA + pages, perms: "rw-p", name: "[data]", written: [DATA] },
  ];
  if (input.larger)
    areas.push({ start: DATA + 3, end: DATA + 4, perms: "r--p", name: "text", file: "program" });
  return areas;
}

/** MAP_FIXED over a mapping, seen by somebody who does not wait for the lock. */
export const mapFixedHole: Scenario = {
  id: "map-fixed-hole",
  title: "mmap() replaces a mapping: does a look without the lock find a hole?",
  story:
    "One thread maps something over an existing mapping. A visitor looks the address up in the tree under RCU, without " +
    "mmap_lock, and believes what it sees. Something was mapped there before and is afterwards. Kernels that unmap first " +
    "show a moment with nothing. The visitors that exist take mmap_lock when they find nothing, so no kernel has exactly " +
    "this one.",
  hypothetical: true,
  faults: 0,
  failures: "realistic",
  witnesses: ["the probe finds something mapped", "mmap replaces a mapping"],
  notApplicable: (designs) =>
    designs.vmaLock.perVma ? undefined : "nobody looks areas up without mmap_lock in this kernel",
  program: (input) => ({
    name: "map-fixed-hole",
    machine: () => kernelFor(input),
    setup: (k) => twoThreads(k, ["mapper", "probe"], holeAreas(input)),
    tasks: (k, state) => {
      const { mm } = state as Threads;
      return [
        { name: "mapper", run: () => replacing(k, mm, input.larger ? DATA + 1 : DATA, input.larger ? 3 : 1) },
        { name: "probe", run: () => probing(k, mm, input.larger ? DATA + 2 : DATA) },
      ];
    },
    after: (k, state) => {
      const { first, second } = state as Threads;
      checkBooks(k, "all tasks have ended");
      letGo(k, [second, first]);
    },
    leaks: true,
    witnesses: mapFixedHole.witnesses,
  }),
  layout: (input) =>
    input.larger
      ? "the range covers the end of one area and a whole other"
      : "the range is one area of one page",
};

function* replacing(k: Kernel, mm: Mm, at: number, pages: number): Path {
  const flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
  const result = yield* sysMmap(k, mm, at * PAGE, pages * PAGE, PROT_READ, flags, null, 0);
  if (result >= 0) k.witness("mmap replaces a mapping");
}

function* probing(k: Kernel, mm: Mm, page: number): Path {
  if (yield* isMappedLockless(k, mm, page)) {
    k.witness("the probe finds something mapped");
    return;
  }
  k.note("map-hole", {
    message: `nothing is mapped at page ${page.toString(16)} of ${k.rowName(mm)}, where something was before and is afterwards`,
    objects: [k.rowName(mm)],
    site: "probe",
  });
}

// =======================================================================================================
// fork against a sibling thread

interface Family extends Threads {
  readonly child: TaskStruct;
}

function siblingAreas(input: ScenarioInput): AreaSpec[] {
  const areas: AreaSpec[] = [
    { start: HEAP, end: HEAP + 1, perms: "rw-p", name: "[heap]", noreserve: true, written: [HEAP] },
    { start: DATA, end: DATA + 1, perms: "rw-p", name: "[data]", noreserve: true, written: [DATA] },
  ];
  if (input.larger) {
    areas.push({ start: DATA + 2, end: DATA + 3, perms: "r--p", name: "text", file: "program" });
  }
  return areas;
}

/** fork() in one thread; its sibling goes on meanwhile. */
export const forkVsSibling: Scenario = {
  id: "fork-vs-sibling",
  title: "a sibling of the forking thread faults, unmaps and exits meanwhile",
  story:
    "One thread forks. Its sibling writes to two pages, unmaps the area of one and exits, at any time. The fork holds mmap_lock for " +
    "writing, but faults may do with the lock of one VMA: the fork must lock the parent's VMAs one by one, and may be " +
    "cut short by a signal while it waits. The child has the areas as they were at one moment, and sees a page as it " +
    "was before the write, or after.",
  faults: 1,
  failures: "realistic",
  witnesses: ["a fork succeeded", "the child has both areas", "the child has one area"],
  program: (input) => ({
    name: "fork-vs-sibling",
    machine: () => kernelFor(input),
    setup: (k): Family => {
      k.signalsFromOutside = true;
      const threads = twoThreads(k, ["fork", "sibling"], siblingAreas(input));
      return { ...threads, child: k.newTask("child", null) };
    },
    tasks: (k, state) => {
      const family = state as Family;
      return [
        { name: "fork", run: () => forkingThread(k, family) },
        { name: "sibling", run: () => sibling(k, family) },
      ];
    },
    after: (k, state) => settleFamily(k, state as Family, input),
    leaks: true,
    witnesses: [
      ...forkVsSibling.witnesses,
      ...(hasVmaLocks(input) ? ["a fault under a VMA lock", "a fault falls back to mmap_lock"] : []),
      ...(hasVmaLocks(input) && input.designs.forkSignal.killableWait
        ? ["a wait for the reader of a VMA is cut short"]
        : []),
    ],
  }),
  layout: (input) =>
    `[heap] and [data] of one written page each${input.larger ? ", a mapped file" : ""}; two threads`,
};

function* forkingThread(k: Kernel, { first, child }: Family): Path {
  const error = yield* copyProcess(k, first, child, "child");
  k.witness(error === 0 ? "a fork succeeded" : "a fork failed");
}

function* sibling(k: Kernel, { second, mm }: Family): Path {
  yield* writing(k, mm, [HEAP, DATA]);
  yield* sysMunmap(k, mm, DATA * PAGE, PAGE);
  yield* doExit(k, second);
}

function settleFamily(k: Kernel, family: Family, input: ScenarioInput): void {
  const { child, first, second } = family;
  if (checkBooks(k, "all tasks have ended") && child.mm !== null) checkChild(k, child.mm, input);
  letGo(k, [child, first, second]);
}

/** The child has the areas of one moment; the page is as it was before the write, or after. */
function checkChild(k: Kernel, mm: Mm, input: ScenarioInput): void {
  const areas = userMap(k, mm, 0, 2 * DATA);
  const all = siblingAreas(input).length;
  if (areas.length === all) k.witness("the child has both areas");
  else k.witness("the child has one area");
  const seen = sequentially(access(k, mm, HEAP));
  const allowed = [contentOf(HEAP), WRITTEN + HEAP];
  if (!allowed.includes(seen) || areas.length < all - 1) {
    k.note("child-changed", {
      message: `page ${HEAP.toString(16)} of the child reads as ${seen}; it has the areas ${areas.join(", ")}`,
      objects: [k.rowName(mm)],
    });
  }
}
