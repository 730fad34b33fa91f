/**
 * mremap() to a named place: the destination is unmapped, the tail of the source too, and only then is it certain
 * whether the move itself can be done. What is left when it cannot?
 *
 *     limit   the number of areas stands so near max_map_count that the move is refused
 *     late    there is room, but an allocation fails behind the unmapping
 *     race    there was room at the look; another thread takes it
 *     multi   several areas in one call, and the second cannot be moved
 */
import {
  type AreaSpec,
  access,
  contentOf,
  type Kernel,
  layOut,
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_NORESERVE,
  MAP_PRIVATE,
  type Mm,
  MREMAP_FIXED,
  MREMAP_MAYMOVE,
  PROT_READ,
  sysMmap,
  sysMremap,
  type TaskStruct,
} from "../mm/index.ts";
import { type Path, sequentially } from "../sched/index.ts";
import type { Scenario, ScenarioInput } from "./scenario.ts";
import { beforeCall, mustBeUntouched } from "./user-map.ts";
import { checkBooks, kernelFor, letGo } from "./world.ts";

const PAGE = 4096;
/** vm.max_map_count of these scenarios: small, so that layouts stay small. */
const MAX_MAP_COUNT = 16;

/** One call, in pages, on a process laid out for it. */
interface Move {
  readonly from: number;
  readonly oldPages: number;
  readonly newPages: number;
  readonly to: number;
}

/** A process that is to call mremap(). */
interface Caller {
  readonly task: TaskStruct;
  readonly mm: Mm;
  readonly move: Move;
  /** Pages written before the start. */
  readonly written: readonly number[];
}

interface RemapWorld {
  readonly callers: readonly Caller[];
}

const SOURCE = 0x10;
const TARGET = 0x20;
const FILLER = 0x40;

/** The destination is the end of an area: unmapping it leaves the number of areas as it is. */
const PLAIN: { readonly areas: readonly AreaSpec[]; readonly move: Move } = {
  areas: [area(SOURCE, 1, "source"), area(TARGET, 2, "target")],
  move: { from: SOURCE, oldPages: 1, newPages: 1, to: TARGET + 1 },
};

/** The worst case: the destination lies inside an area, and the tail that goes lies inside the source. Two areas more. */
const CUTTING: { readonly areas: readonly AreaSpec[]; readonly move: Move } = {
  areas: [area(SOURCE, 4, "source"), area(TARGET, 3, "target")],
  move: { from: SOURCE, oldPages: 2, newPages: 1, to: TARGET + 1 },
};

function area(start: number, pages: number, name: string): AreaSpec {
  const written = Array.from({ length: pages }, (_, i) => start + i);
  return { start, end: start + pages, perms: "rw-p", name, noreserve: true, written };
}

/** Areas that only count, with holes between them. */
function filler(count: number): AreaSpec[] {
  return Array.from({ length: count }, (_, i) => {
    const start = FILLER + 2 * i;
    return { start, end: start + 1, perms: "r--p", name: `filler ${i}` };
  });
}

/** A process with so many areas in all. */
function caller(
  k: Kernel,
  name: string,
  shape: { readonly areas: readonly AreaSpec[]; readonly move: Move },
  count: number,
): Caller {
  const areas = [...shape.areas, ...filler(count - shape.areas.length)];
  const mm = layOut(k, name, areas);
  const task = k.newTask(name, mm);
  return { task, mm, move: shape.move, written: shape.areas.flatMap((a) => a.written ?? []) };
}

/** The call, and what it leaves when it fails. */
function* remapping(k: Kernel, { mm, move }: Caller): Path<number> {
  const noted = beforeCall(k, mm, 0, FILLER);
  const result = yield* sysMremap(
    k,
    mm,
    move.from * PAGE,
    move.oldPages * PAGE,
    move.newPages * PAGE,
    MREMAP_MAYMOVE | MREMAP_FIXED,
    move.to * PAGE,
  );
  k.witness(result < 0 ? "mremap fails" : "mremap succeeds");
  if (result < 0) mustBeUntouched(k, "mremap", result, noted);
  return result;
}

/** The books are right, and no page that is still mapped has lost what was written to it, wherever it is now. */
function settleCallers(k: Kernel, { callers }: RemapWorld): void {
  if (checkBooks(k, "all tasks have ended")) {
    for (const { mm, move, written } of callers) {
      const allowed = new Set(written.map(contentOf));
      for (const page of [...written, move.to]) {
        const seen = sequentially(access(k, mm, page));
        if (seen < 0 || allowed.has(seen)) continue;
        k.note("parent-changed", {
          message: `page ${page.toString(16)} of ${k.rowName(mm)} reads as ${seen}: nobody wrote that`,
          objects: [k.rowName(mm)],
        });
      }
    }
  }
  letGo(
    k,
    callers.map(({ task }) => task),
  );
}

/** Numbers of areas at which the early checks of one kernel or another say no, or no longer do. */
const DISTANCES = [7, 6, 5, 4, 3, 2, 1, 0];

/** Row 51: the number of areas makes the move impossible. */
export const mremapAtLimit: Scenario = {
  id: "mremap-at-limit",
  title: "mremap() at max_map_count: what is left when it says ENOMEM?",
  story:
    "A process has all but three of the areas it may have and calls mremap() with MREMAP_FIXED over a mapping. Moving " +
    "an area needs room for more than that. Whether this is noticed before or after the destination was unmapped " +
    "decides what the caller finds behind the error: the map as it was, or a hole. With more processes: other " +
    "distances from the limit, and unmaps that cut areas in three.",
  seed: "003",
  catalogue: "51",
  faults: 0,
  failures: "realistic",
  witnesses: ["mremap fails"],
  program: (input) => ({
    name: "mremap-at-limit",
    machine: () => kernelFor(input, { maxMapCount: MAX_MAP_COUNT }),
    setup: (k): RemapWorld => {
      if (!input.larger) return { callers: [caller(k, "caller", PLAIN, MAX_MAP_COUNT - 3)] };
      const shapes = [PLAIN, CUTTING];
      const callers = DISTANCES.flatMap((distance) =>
        shapes.map((shape, i) =>
          caller(k, `${i === 0 ? "plain" : "cutting"} ${distance}`, shape, MAX_MAP_COUNT - distance),
        ),
      );
      return { callers };
    },
    tasks: (k, state) => {
      const { callers } = state as RemapWorld;
      return [{ name: "caller", run: () => remappingAll(k, callers) }];
    },
    after: (k, state) => settleCallers(k, state as RemapWorld),
    leaks: true,
    witnesses: mremapAtLimit.witnesses,
  }),
  layout: (input) =>
    input.larger
      ? `16 processes with 9 to 16 areas each, under max_map_count ${MAX_MAP_COUNT}`
      : `a process with ${MAX_MAP_COUNT - 3} areas, under max_map_count ${MAX_MAP_COUNT}`,
};

function* remappingAll(k: Kernel, callers: readonly Caller[]): Path {
  for (const one of callers) yield* remapping(k, one);
}

function oneCaller(k: Kernel, input: ScenarioInput): RemapWorld {
  return { callers: [caller(k, "caller", input.larger ? CUTTING : PLAIN, input.larger ? 3 : 2)] };
}

/** Row 51b: there is room, but an allocation fails. */
export const mremapLateFailure: Scenario = {
  id: "mremap-late-failure",
  title: "mremap() fails for want of memory behind the unmapping",
  story:
    "A process far from any limit calls mremap() with MREMAP_FIXED over a mapping, and one allocation fails: for the " +
    "area at the new place, a page table, a node of the tree. The destination is gone by then. The patch of 2019 says " +
    "so itself: it settles the number of areas only.",
  seed: "003",
  catalogue: "51b",
  faults: 1,
  failures: "any",
  witnesses: ["mremap fails", "mremap succeeds"],
  program: (input) => ({
    name: "mremap-late-failure",
    machine: () => kernelFor(input),
    setup: (k) => oneCaller(k, input),
    tasks: (k, state) => {
      const { callers } = state as RemapWorld;
      return [{ name: "caller", run: () => remapping(k, callers[0]!) }];
    },
    after: (k, state) => settleCallers(k, state as RemapWorld),
    leaks: true,
    witnesses: mremapLateFailure.witnesses,
  }),
  layout: (input) =>
    input.larger
      ? "source and destination inside areas of four and three pages, one area more"
      : "a source of one page; the destination is the end of an area",
};

/** The other thread of `mremap-race` maps so many areas. */
const MAPPED_MEANWHILE = 3;

/** Row 52: another thread takes the room between the look and the lock. */
export const mremapRace: Scenario = {
  id: "mremap-race",
  title: "another thread maps something between mremap()'s look at the number of areas and its lock",
  story:
    "Two threads share an address space near max_map_count. One calls mremap() with MREMAP_FIXED: there is just room " +
    "enough for the worst case. The other maps three areas. A kernel that looks at the number before it has the lock " +
    "may find out only when the destination and the tail of the source are unmapped.",
  seed: "003",
  catalogue: "52",
  faults: 0,
  failures: "realistic",
  witnesses: ["mremap fails", "mremap succeeds"],
  notApplicable: (designs) =>
    designs.mremapCountCheck.looksEarly
      ? undefined
      : "it looks at the number of areas too late even without a second thread: see mremap-at-limit",
  program: (input) => ({
    name: "mremap-race",
    machine: () => kernelFor(input, { maxMapCount: MAX_MAP_COUNT }),
    setup: (k): RemapWorld => {
      const one = caller(k, "caller", CUTTING, MAX_MAP_COUNT - 6);
      const names = input.larger ? ["mapper", "second mapper"] : ["mapper"];
      for (const name of names) k.newTask(name, null);
      return { callers: [one] };
    },
    tasks: (k, state) => {
      const { callers } = state as RemapWorld;
      const [one] = callers;
      const mappers = [{ name: "mapper", run: () => mapping(k, one!.mm, FILLER + 0x40) }];
      if (input.larger)
        mappers.push({ name: "second mapper", run: () => mapping(k, one!.mm, FILLER + 0x60) });
      return [{ name: "caller", run: () => remapping(k, one!) }, ...mappers];
    },
    after: (k, state) => settleCallers(k, state as RemapWorld),
    leaks: true,
    witnesses: mremapRace.witnesses,
  }),
  layout: () =>
    `a process with ${MAX_MAP_COUNT - 6} areas, under max_map_count ${MAX_MAP_COUNT}; both unmaps cut an area in three`,
};

function* mapping(k: Kernel, mm: Mm, at: number): Path {
  for (let i = 0; i < MAPPED_MEANWHILE; i++) {
    const flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE;
    yield* sysMmap(k, mm, (at + 2 * i) * PAGE, PAGE, PROT_READ, flags, null, 0);
  }
}

/** Several areas in one call. */
export const mremapMulti: Scenario = {
  id: "mremap-multi",
  title: "mremap() of several areas stops half-way",
  story:
    "One call moves two areas to an empty place. The first is moved, then an allocation for the second fails. The " +
    "call returns an error, and the first area is not where it was.",
  seed: "003",
  catalogue: "51b",
  faults: 1,
  failures: "any",
  witnesses: ["mremap fails", "mremap succeeds"],
  notApplicable: (designs) =>
    designs.mremapMulti.several ? undefined : "one mremap() of this kernel moves one area",
  program: (input) => ({
    name: "mremap-multi",
    machine: () => kernelFor(input),
    setup: (k): RemapWorld => {
      const areas = [area(SOURCE, 1, "first"), area(SOURCE + 2, 1, "second")];
      if (input.larger) areas.push(area(SOURCE + 4, 1, "third"));
      const pages = 2 * areas.length - 1;
      const move = { from: SOURCE, oldPages: pages, newPages: pages, to: TARGET };
      return { callers: [caller(k, "caller", { areas, move }, areas.length)] };
    },
    tasks: (k, state) => {
      const { callers } = state as RemapWorld;
      return [{ name: "caller", run: () => remapping(k, callers[0]!) }];
    },
    after: (k, state) => settleCallers(k, state as RemapWorld),
    leaks: true,
    witnesses: mremapMulti.witnesses,
  }),
  layout: (input) => `${input.larger ? "three" : "two"} areas of one page with a hole between`,
};
