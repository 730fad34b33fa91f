/**
 * Words for the tests of the model kernel: a machine, processes, forks that fail where a test says, and portraits of
 * an address space to compare with later ones. Everything here runs sequentially; interleavings are the business of
 * test/scenarios.
 */
import {
  type AreaSpec,
  access,
  audit,
  copyProcess,
  designsFor,
  dupMmap,
  entryAt,
  exitMm,
  type FailureModel,
  isDesignProblem,
  isPresent,
  isSwap,
  Kernel,
  layOut,
  type Mm,
  markerOf,
  mmput,
  newMm,
  pageAt,
  putTaskStruct,
  REGION_PAGES,
  rssOf,
  type TaskStruct,
  type Variant,
  VM_DONTCOPY,
  VM_WIPEONFORK,
} from "../../src/mm/index.ts";
import { sequentially } from "../../src/sched/index.ts";

/** A kernel of this version, with some variants replaced. */
export function kernel(
  version: string,
  replacements: readonly string[] = [],
  options: { failures?: FailureModel; extra?: readonly Variant[] } = {},
): Kernel {
  const designs = designsFor(version, replacements, options.extra);
  if (isDesignProblem(designs)) throw new Error(designs.problem);
  return new Kernel(designs, options.failures ?? "any");
}

/** A process with these areas. */
export function process(k: Kernel, areas: readonly AreaSpec[], name = "parent"): TaskStruct {
  return k.newTask(name, layOut(k, name, areas));
}

/** The address space of a process that has one. */
export function mmOf(task: TaskStruct): Mm {
  if (task.mm === null) throw new Error("the process has no address space");
  return task.mm;
}

/** Pages of 1 GiB and 512 GiB: what one pmd page and one pud page map. */
export const GIB = 512 * REGION_PAGES;
export const PUD = 512 * GIB;

/**
 * A parent with one area of each kind.
 *
 *     10   12 14   16   18  1b    200     1 GiB   512 GiB
 *     heap ring wipe text data lib  |far  ||higher |||highest
 *          dontcopy               regions of their own
 */
export const EVERY_KIND: readonly AreaSpec[] = [
  { start: 0x10, end: 0x11, perms: "rw-p", name: "[heap]", noreserve: true, written: [0x10] },
  { start: 0x12, end: 0x13, perms: "rw-p", name: "ring", flags: VM_DONTCOPY, written: [0x12] },
  { start: 0x14, end: 0x15, perms: "rw-p", name: "wipe", flags: VM_WIPEONFORK, written: [0x14] },
  { start: 0x16, end: 0x17, perms: "r-xp", name: "text", file: "program", pgoff: 0 },
  { start: 0x18, end: 0x1a, perms: "rw-p", name: "[data]", written: [0x18, 0x19] },
  { start: 0x1b, end: 0x1c, perms: "rw-s", name: "lib", file: "lib", pgoff: 0 },
  { start: 0x200, end: 0x203, perms: "rw-p", name: "far", written: [0x202] },
  { start: GIB, end: GIB + 1, perms: "rw-p", name: "higher", written: [GIB] },
  { start: PUD + 8, end: PUD + 9, perms: "rw-p", name: "highest", written: [PUD + 8] },
  { start: PUD + 10, end: PUD + 12, perms: "rw-p", name: "untouched" },
];

/** What came of a fork. */
export interface Forked {
  readonly result: number;
  readonly child: TaskStruct;
  /** Sites of the allocations that were asked for, in order. */
  readonly asked: readonly string[];
}

/**
 * Forks. The n-th allocation of the fork (from 0) is refused, none when left out. `inWindow` runs when dup_mmap() has
 * let go of the half-copied mm, before anybody tears it down.
 */
export function fork(k: Kernel, parent: TaskStruct, n = -1, name = "child"): Forked {
  const child = k.newTask(name, null);
  const asked: string[] = [];
  k.sequentialChoice = (site) => (asked.push(site) - 1 === n ? 1 : 0);
  const result = sequentially(copyProcess(k, parent, child, name));
  k.sequentialChoice = () => 0;
  return { result, child, asked };
}

/** A child whose dup_mmap() has just failed and let go of the locks: nobody has torn it down yet. */
export interface Window {
  readonly mm: Mm;
  readonly error: number;
}

/** Runs dup_mmap() alone, refusing its n-th allocation, and stops in the window. */
export function failInto(k: Kernel, parent: TaskStruct, n: number): Window {
  const mm = newMm(k, "half-copied");
  let asked = 0;
  k.sequentialChoice = () => (asked++ === n ? 1 : 0);
  const error = sequentially(dupMmap(k, mm, mmOf(parent)));
  k.sequentialChoice = () => 0;
  return { mm, error };
}

/** Allocations of dup_mmap() alone, in order. */
export function sitesOfDupMmap(k: Kernel, parent: TaskStruct): string[] {
  const sites: string[] = [];
  k.sequentialChoice = (site) => {
    sites.push(site);
    return 0;
  };
  const mm = newMm(k, "copied");
  sequentially(dupMmap(k, mm, mmOf(parent)));
  k.sequentialChoice = () => 0;
  sequentially(mmput(k, mm, "test"));
  return sites;
}

/** What stands in a tree, in order: whose VMA, or the marker. */
export function treeOf(k: Kernel, mm: Mm): string[] {
  const seen: string[] = [];
  for (let entry = mm.tree.find(0); entry !== null; entry = mm.tree.find(mm.tree.foundEnd)) {
    const range = `${mm.tree.foundStart.toString(16)}-${mm.tree.foundEnd.toString(16)}`;
    seen.push(`${range} ${entry === markerOf(k) ? "marker" : entry.mm === mm ? "own" : "stale"}`);
  }
  return seen;
}

/** The process exits and is forgotten. */
export function exit(k: Kernel, task: TaskStruct): void {
  const mm = sequentially(exitMm(k, task));
  if (mm !== null) sequentially(mmput(k, mm, "exit_mm"));
  if (task.usage.value > 0) sequentially(putTaskStruct(k, task));
}

export function read(k: Kernel, task: TaskStruct, page: number): number {
  return sequentially(access(k, mmOf(task), page));
}

export function write(k: Kernel, task: TaskStruct, page: number, data: number): number {
  return sequentially(access(k, mmOf(task), page, data));
}

/** What an address space looks like to its owner and to the accountants, as text lines to compare. */
export function portrait(k: Kernel, mm: Mm): string[] {
  const lines: string[] = [];
  for (let vma = mm.tree.find(0); vma !== null; vma = mm.tree.find(vma.end)) {
    const { start, end, flags, pgoff } = vma;
    const links = vma.anonVmaChain.items().length;
    const counts = vma.anonVma === null ? "none" : `${vma.anonVma.numActiveVmas}/${vma.anonVma.numChildren}`;
    lines.push(
      `${start.toString(16)}-${end.toString(16)} flags ${flags} pgoff ${pgoff} links ${links} anon ${counts}`,
    );
    for (let page = start; page < end; page++) {
      const entry = entryAt(k, mm, page);
      // Write protection is left out: a failed fork may leave it behind.
      if (isPresent(entry))
        lines.push(
          `  ${page.toString(16)} ${k.rowName(pageAt(k, mm, page)!)} holds ${pageAt(k, mm, page)!.data}`,
        );
      else if (isSwap(entry)) lines.push(`  ${page.toString(16)} in swap, entry ${entry}`);
    }
  }
  const { anon, swap, file } = rssOf(mm.rss.total);
  lines.push(
    `map_count ${mm.mapCount} total_vm ${mm.totalVm} rss ${anon}+${swap}+${file} users ${mm.users.value}`,
  );
  lines.push(`committed ${k.global.committed.total}`);
  return lines;
}

/** Ranges of the areas of a process, in order. */
export function areasOf(mm: Mm): string[] {
  const areas: string[] = [];
  for (let vma = mm.tree.find(0); vma !== null; vma = mm.tree.find(vma.end)) {
    areas.push(`${vma.start.toString(16)}-${vma.end.toString(16)}`);
  }
  return areas;
}

/** What the books of the machine have to say against it: empty when they are right. */
export function complaints(k: Kernel): string[] {
  return audit(k).map(({ code, message }) => `${code}: ${message}`);
}

/** Names of the rows that can leak and are still there. */
export function leftOver(k: Kernel): string[] {
  return k
    .alive()
    .map((row) => k.rowName(row))
    .sort();
}
