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
  audit,
  contentOf,
  emptySwapCache,
  emptyZone,
  entryAt,
  exitMm,
  isSwap,
  Kernel,
  layOut,
  type Mm,
  mmput,
  plant,
  putTaskStruct,
  REGION_PAGES,
  SIGBUS,
  type System,
  swapOutPage,
  type TaskStruct,
  VM_DONTCOPY,
  VM_WIPEONFORK,
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
  /** Processes that are only there; they exit at the end. */
  readonly bystanders?: readonly TaskStruct[];
}

/** What a scenario wants laid out. */
export interface ForkLayout {
  /** Swap the first written page out. */
  readonly swapped?: boolean;
  /** Map a file shared, before or behind the private areas. */
  readonly file?: "first" | "last";
  /** A program's text, private and executable, right below [heap]. */
  readonly text?: boolean;
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

/**
 * The areas of the smallest layout, or of the one with one more of each role: a second page in [data], an area with a
 * page table of its own, a second mapping of the file.
 */
export function smallestAreas(layout: ForkLayout, larger: boolean): AreaSpec[] {
  const areas: AreaSpec[] = [];
  let at = BASE;
  const add = (name: string, perms: string, more: Partial<AreaSpec>, count = 1): void => {
    areas.push({ start: at, end: at + count, perms, name, ...more });
    at += count + 1; // a hole between areas: they stay what they are
  };
  if (layout.file === "first") add("lib", "rw-s", { file: "lib", pgoff: 0 });
  if (layout.text) {
    areas.push({ start: at, end: at + 1, perms: "r-xp", name: "text", file: "program", pgoff: 0 });
    at += 1; // no hole: the heap is its neighbour
  }
  add("[heap]", "rw-p", { noreserve: true, written: [at] });
  if (layout.dontCopy) add("ring", "rw-p", { noreserve: true, flags: VM_DONTCOPY, written: [at] });
  const dataPages = larger ? [at, at + 1] : [at];
  add("[data]", "rw-p", layout.dataUntouched ? {} : { written: dataPages }, dataPages.length);
  if (larger) {
    at = REGION_PAGES;
    add("[far]", "rw-p", { written: [at] });
  }
  if (layout.file === "last") add("lib", "rw-s", { file: "lib", pgoff: 0 });
  if (larger && layout.text) add("text2", "r-xp", { file: "program", pgoff: 0 });
  if (larger && layout.file !== undefined) add("lib2", "rw-s", { file: "lib", pgoff: 1 });
  return areas;
}

/** One sentence on the layout, for reports. */
export function describeLayout(input: ScenarioInput, layout: ForkLayout): string {
  if (input.image) return plant(input.image, input.pages ?? 1, layout.swapped ?? false).said;
  const areas = smallestAreas(layout, input.larger ?? false);
  return `parent with ${areas.length} areas (${areas.map((a) => a.name).join(", ")})${layout.swapped ? ", the page of [heap] swapped out" : ""}`;
}

/** A kernel built for a scenario. @param system what its administrator set, where that matters */
export function kernelFor(input: ScenarioInput, system: Partial<System> = {}): Kernel {
  return new Kernel(input.designs, input.failures, system);
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
 * When all tasks have ended: the books are right, and what user space sees is what it wrote, parent and child; then both
 * exit, and nothing is left: no page, no slot, no charge. (Rows that are still there are leaks; the checker looks.)
 */
export function settle(k: Kernel, world: ForkWorld): void {
  const { parent, child } = world;
  // User space looks only where the books are right: a fault on broken ones may go in circles.
  if (checkBooks(k, "all tasks have ended")) {
    if (parent.mm !== null) checkProcess(k, world, parent.mm, "parent", world.areas);
    if (child.mm !== null) checkProcess(k, world, child.mm, "child", inherited(world));
    if (parent.mm !== null && child.mm !== null) checkApart(k, world, parent.mm, child.mm);
  }
  letGo(k, [child, parent, ...(world.bystanders ?? [])]);
}

/** These processes exit; afterwards nothing is left: no page, no slot, no charge, no list entry. */
export function letGo(k: Kernel, processes: readonly TaskStruct[]): void {
  for (const task of processes) {
    const exited = task.exited || (task.mm === null && task.oomMm !== null);
    if (exited && task.usage.value > 0) {
      k.note("leak", {
        message: `${k.rowName(task)} has exited, but has ${task.usage.value} references left${task.oomMm === null ? "" : ", and with them its mm"}`,
        objects: [k.rowName(task)],
      });
    }
    const mm = sequentially(exitMm(k, task));
    if (mm !== null) sequentially(mmput(k, mm, "exit_mm"));
    if (task.usage.value > 0) sequentially(putTaskStruct(k, task));
  }
  sequentially(emptySwapCache(k));
  sequentially(emptySwapCache(k, k.otherSwap));
  if (k.lockless) k.runCallbacks(k.global.rcu);
  sequentially(emptyZone(k));
  checkBooks(k, "everything has exited");
  const still = [...k.global.mmlist.items(), ...k.global.oomReaperList.items()];
  if (still.length > 0) {
    const names = still.map((row) => k.rowName(row));
    k.note("leak", {
      message: `everything has exited, but a list still holds ${names.join(", ")}`,
      objects: names,
    });
  }
}

/** The areas of the parent that its child gets. */
function inherited(world: ForkWorld): readonly AreaSpec[] {
  return world.areas.filter((area) => ((area.flags ?? 0) & VM_DONTCOPY) === 0);
}

/** The books of the kernel, counted again. Are they right? */
export function checkBooks(k: Kernel, when: string): boolean {
  const wrong = audit(k);
  for (const { code, message, objects } of wrong) k.note(code, { message: `${when}: ${message}`, objects });
  return wrong.length === 0;
}

/** The process has these areas, and sees what was written there. */
function checkProcess(
  k: Kernel,
  world: ForkWorld,
  mm: Mm,
  who: "parent" | "child",
  areas: readonly AreaSpec[],
): void {
  const now: string[] = [];
  for (let vma = mm.tree.find(0); vma !== null; vma = mm.tree.find(vma.end))
    now.push(`${vma.start}-${vma.end}`);
  const expected = areas.map((a) => `${a.start}-${a.end}`);
  if (now.join(" ") !== expected.join(" ")) {
    k.note(`${who}-changed`, {
      message: `the ${who} should have the areas ${expected.join(" ")} and has ${now.join(" ")}`,
      objects: [k.rowName(mm)],
    });
  }
  for (const page of world.written) {
    const area = areas.find((a) => a.start <= page && page < a.end);
    if (area === undefined) continue; // left out of the child
    const wiped = who === "child" && ((area.flags ?? 0) & VM_WIPEONFORK) !== 0;
    const content = wiped ? 0 : contentOf(page);
    const wasSwapped = isSwap(entryAt(k, mm, page));
    const seen = sequentially(access(k, mm, page));
    // A reaped address space may refuse, but must not show zeros where something was.
    if (seen === content || (seen === SIGBUS && mm.unstable.value !== 0)) continue;
    k.note(`${who}-changed`, {
      message: `page ${page.toString(16)} of the ${who} should read as ${content} and reads as ${seen}${wasSwapped ? " (from swap)" : ""}`,
      objects: [k.rowName(mm)],
    });
  }
}

/** Added to what a page held when one of the two processes writes to it after the fork. */
const WRITTEN_AFTER = 1_000_000;

/** What one of them writes, the other does not see. */
function checkApart(k: Kernel, world: ForkWorld, parent: Mm, child: Mm): void {
  if (parent.unstable.value !== 0 || child.unstable.value !== 0) return;
  const shared = inherited(world);
  for (const [n, page] of world.written.entries()) {
    const area = shared.find((a) => a.start <= page && page < a.end);
    if (area === undefined || area.perms[1] !== "w" || area.perms[3] === "s") continue;
    const [writer, reader] = n % 2 === 0 ? [child, parent] : [parent, child];
    const before = sequentially(access(k, reader, page));
    sequentially(access(k, writer, page, WRITTEN_AFTER + contentOf(page)));
    const seen = sequentially(access(k, reader, page));
    if (seen !== before) {
      k.note("shared-write", {
        message: `a write of ${k.rowName(writer)} to page ${page.toString(16)} shows in ${k.rowName(reader)}, which read ${before} before and ${seen} now`,
        objects: [k.rowName(writer), k.rowName(reader)],
      });
    }
  }
}
