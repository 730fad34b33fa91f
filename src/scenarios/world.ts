/**
 * What the fork scenarios share: a parent with written and swapped pages, a child-to-be, and what must be true when
 * all is over.
 *
 *     [heap]   rw-p  1 page, MAP_NORESERVE, written (and swapped out where a scenario asks for it)
 *     [data]   rw-p  1 page, charged, written unless a scenario wants it untouched
 *     lib      rw-s  1 page of a file                 where a scenario asks for it
 */

import {
  type AreaSpec,
  access,
  contentOf,
  emptySwapCache,
  entryAt,
  exitMm,
  isSwap,
  Kernel,
  layOut,
  type Mm,
  mmput,
  pages,
  plant,
  putTaskStruct,
  swapOutPage,
  swapSlots,
  type TaskStruct,
} from "../mm/index.ts";
import { sequentially } from "../sched/index.ts";
import type { ScenarioInput } from "./scenario.ts";

/** State that the tasks of a fork scenario share. */
export interface ForkWorld {
  readonly parent: TaskStruct;
  readonly child: TaskStruct;
  /** The parent's mm, even after the parent let go of it. */
  readonly mm: Mm;
  /** Pages written before the start, and the areas the parent had. */
  readonly written: readonly number[];
  readonly areas: readonly AreaSpec[];
}

/** What a scenario wants laid out. */
export interface ForkLayout {
  /** Swap the first written page out. */
  readonly swapped?: boolean;
  /** Map a file shared, before or behind the private areas. */
  readonly file?: "first" | "last";
  /** [data] is never written: it has neither an anon_vma nor a page table. */
  readonly dataUntouched?: boolean;
  /** Leave one area out of the child. */
  readonly dontCopy?: boolean;
  /** No task sends signals: a fatal one may come from outside, as a fault. */
  readonly signalsFromOutside?: boolean;
  /** Names of the other tasks of the scenario, in order, behind the forking one. */
  readonly others?: readonly string[];
}

/** First page of the smallest layout. */
const BASE = 0x10;

/** The areas of the smallest layout, or of the one with one more of each role. */
export function smallestAreas(layout: ForkLayout, larger: boolean): AreaSpec[] {
  const areas: AreaSpec[] = [];
  let at = BASE;
  const add = (name: string, perms: string, more: Partial<AreaSpec>, count = 1): void => {
    areas.push({ start: at, end: at + count, perms, name, ...more });
    at += count + 1; // a hole between areas: they stay what they are
  };
  if (layout.file === "first") add("lib", "rw-s", { file: "lib", pgoff: 0 });
  add("[heap]", "rw-p", { noreserve: true, written: [at] });
  if (larger) add("[heap2]", "rw-p", { noreserve: true, written: [at] });
  if (layout.dontCopy) add("ring", "rw-p", { noreserve: true, flags: DONTCOPY, written: [at] });
  add("[data]", "rw-p", layout.dataUntouched ? {} : { written: [at] });
  if (larger) add("[data2]", "rw-p", { written: [at, at + 1] }, 2);
  if (layout.file === "last") add("lib", "rw-s", { file: "lib", pgoff: 0 });
  if (larger && layout.file !== undefined) add("lib2", "rw-s", { file: "lib", pgoff: 1 });
  return areas;
}

const DONTCOPY = 1 << 6;

/** One sentence on the layout, for reports. */
export function describeLayout(input: ScenarioInput, layout: ForkLayout): string {
  if (input.image) return plant(input.image, input.pages ?? 1, layout.swapped ?? false).said;
  const areas = smallestAreas(layout, input.larger ?? false);
  return `parent with ${areas.length} areas (${areas.map((a) => a.name).join(", ")})${layout.swapped ? ", the page of [heap] swapped out" : ""}`;
}

/** A kernel built for a scenario. */
export function kernelFor(input: ScenarioInput): Kernel {
  return new Kernel(input.designs, input.failures);
}

/** Lays the parent out. */
export function forkWorld(k: Kernel, input: ScenarioInput, layout: ForkLayout): ForkWorld {
  k.signalsFromOutside = layout.signalsFromOutside ?? false;
  let areas: readonly AreaSpec[];
  let swapped: readonly number[] = [];
  if (input.image) {
    const planting = plant(input.image, input.pages ?? 1, layout.swapped ?? false);
    areas = planting.areas;
    swapped = planting.swapped;
  } else {
    areas = smallestAreas(layout, input.larger ?? false);
    if (layout.swapped) swapped = areas.find((a) => a.name === "[heap]")!.written!.slice(0, 1);
  }
  const mm = layOut(k, "parent", areas);
  for (const page of swapped) swapOutPage(k, mm, page);
  const parent = k.newTask("parent", mm);
  for (const name of layout.others ?? []) k.newTask(name, null);
  const child = k.newTask("child", null);
  return { parent, child, mm, written: areas.flatMap((a) => a.written ?? []), areas };
}

/**
 * When all tasks have ended: what user space sees is what it wrote, parent and child; then both exit, and nothing is
 * left: no page, no slot, no charge. (Rows that are still there are leaks; the checker looks.)
 */
export function settle(k: Kernel, world: ForkWorld): void {
  const { parent, child } = world;
  if (parent.mm !== null) checkParent(k, world, parent.mm);
  if (child.mm !== null) checkContents(k, world, child.mm, "child");
  if (parent.mm !== null && child.mm !== null) checkApart(k, world, parent.mm, child.mm);
  for (const task of [child, parent]) {
    const mm = sequentially(exitMm(k, task));
    if (mm !== null) sequentially(mmput(k, mm, "exit_mm"));
    if (task.usage.value > 0) sequentially(putTaskStruct(k, task));
  }
  sequentially(emptySwapCache(k));
  const committed = k.global.committed.total;
  if (committed !== 0) {
    k.note("commit-charge", {
      message: `everything has exited, but ${committed} page${committed === 1 ? " is" : "s are"} still charged`,
      objects: ["committed"],
    });
  }
  const mapped = k.rowsOf(pages).filter((page) => page.refs.value !== 0);
  if (mapped.length > 0) {
    k.note("leak", {
      message: `everything has exited, but ${mapped
        .map(
          (page) => `${k.rowName(page)} has ${page.refs.value} reference${page.refs.value === 1 ? "" : "s"}`,
        )
        .slice(0, 3)
        .join(", ")}`,
      objects: mapped.slice(0, 3).map((page) => k.rowName(page)),
    });
  }
  const slots = k.rowsOf(swapSlots).filter((slot) => slot.map.value !== 0);
  if (slots.length > 0 || k.swap.inuse.value !== 0) {
    k.note("leak", {
      message: `everything has exited, but ${slots.length} swap slot${slots.length === 1 ? " is" : "s are"} in use (the device counts ${k.swap.inuse.value})`,
      objects: slots.slice(0, 3).map((slot) => k.rowName(slot)),
    });
  }
}

/** The parent has the areas it had, and sees what it wrote. */
function checkParent(k: Kernel, world: ForkWorld, mm: Mm): void {
  const now: string[] = [];
  for (let vma = mm.tree.find(0); vma !== null; vma = mm.tree.find(vma.end))
    now.push(`${vma.start}-${vma.end}`);
  const before = world.areas.map((a) => `${a.start}-${a.end}`);
  if (now.join(" ") !== before.join(" ") || mm.mapCount !== before.length) {
    k.note("parent-changed", {
      message: `the parent had the areas ${before.join(" ")} and now has ${now.join(" ")} (map_count ${mm.mapCount})`,
      objects: [k.rowName(mm)],
    });
  }
  checkContents(k, world, mm, "parent");
}

function checkContents(k: Kernel, world: ForkWorld, mm: Mm, who: string): void {
  for (const page of world.written) {
    if (mm.tree.find(page, page + 1) === null) continue; // left out of the child
    if (k.aside(() => mm.unstable.value) !== 0) continue; // reaped: nobody may look any more
    const wasSwapped = isSwap(entryAt(k, mm, page));
    const seen = sequentially(access(k, mm, page));
    if (seen !== contentOf(page)) {
      k.note("parent-changed", {
        message: `page ${page.toString(16)} of the ${who} held ${contentOf(page)} and now reads as ${seen}${wasSwapped ? " (from swap)" : ""}`,
        objects: [k.rowName(mm)],
      });
    }
  }
}

/** What the child writes, the parent does not see. */
function checkApart(k: Kernel, world: ForkWorld, parent: Mm, child: Mm): void {
  for (const page of world.written) {
    if (child.tree.find(page, page + 1) === null) continue;
    if (k.aside(() => parent.unstable.value + child.unstable.value) !== 0) return;
    sequentially(access(k, child, page, 0));
    const seen = sequentially(access(k, parent, page));
    if (seen !== contentOf(page)) {
      k.note("parent-changed", {
        message: `the child's write to page ${page.toString(16)} shows in the parent, which reads ${seen}`,
        objects: [k.rowName(parent)],
      });
    }
  }
}
