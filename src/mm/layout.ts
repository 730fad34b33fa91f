/**
 * Laying out a process: the address space a scenario starts from, built by the model's own paths, sequentially.
 *
 *     const parent = layOut(k, "parent", [
 *       { start: 0x10, end: 0x11, perms: "rw-p", name: "[heap]", noreserve: true, written: [0x10] },
 *     ]);
 *     swapOutPage(k, parent, 0x10);
 */
import { sequentially } from "../sched/index.ts";
import { vmStatAccount } from "./accounting.ts";
import { ENDLESS, type File, newMapping, openFile } from "./file.ts";
import type { Image, ImageVma } from "./image.ts";
import type { Kernel } from "./kernel.ts";
import { type Mm, newMm } from "./mm-struct.ts";
import { type Page } from "./page.ts";
import { entryAt, entryPage, isPresent, presentEntry, pteTables, REGION_PAGES } from "./page-table.ts";
import { access } from "./paths/fault.ts";
import { removeMapping, swapOut } from "./paths/rmap.ts";
import type { SwapDevice } from "./swap.ts";
import {
  isSharedMaywrite,
  VM_ACCOUNT,
  VM_DONTCOPY,
  VM_EXEC,
  VM_HUGETLB,
  VM_IO,
  VM_LOCKED,
  VM_MAY_FLAGS,
  VM_MAYSHARE,
  VM_PFNMAP,
  VM_READ,
  VM_SHARED,
  VM_WIPEONFORK,
  VM_WRITE,
  type Vma,
  vmaPages,
  vmas,
} from "./vma.ts";

/** One area to lay out. Pages are page numbers. */
export interface AreaSpec {
  readonly start: number;
  readonly end: number;
  /** As in maps: `rw-p`. */
  readonly perms: string;
  readonly name: string;
  /** Maps this file; areas with the same file share its i_mmap. */
  readonly file?: string;
  readonly pgoff?: number;
  /** MAP_NORESERVE: not charged to the commit limit. */
  readonly noreserve?: boolean;
  /** Further VM_* bits. */
  readonly flags?: number;
  /** Pages written before the scenario starts. */
  readonly written?: readonly number[];
}

/** Builds an address space out of the areas, which must be in ascending order. */
export function layOut(k: Kernel, label: string, areas: readonly AreaSpec[]): Mm {
  const mm = newMm(k, label);
  const opened = new Map<string, File>();
  for (const area of areas) {
    const vma = addArea(k, mm, area, opened);
    const { flags } = vma;
    // What is read-only now was written before it became so, as a linker does it.
    if (area.written !== undefined && area.written.length > 0) vma.flags = flags | VM_WRITE;
    for (const page of area.written ?? []) {
      const seen = sequentially(access(k, mm, page, contentOf(page)));
      if (seen < 0)
        throw new Error(`layout: page ${page.toString(16)} of ${k.rowName(vma)} cannot be written (${seen})`);
      if ((flags & VM_WRITE) === 0) makeReadOnly(k, mm, page);
    }
    vma.flags = flags;
  }
  return mm;
}

/** As mprotect() leaves an entry that may not be written any more. */
function makeReadOnly(k: Kernel, mm: Mm, page: number): void {
  const table = k.rowOf(pteTables, mm.directory.get(Math.floor(page / REGION_PAGES)) - 1);
  table.entries.set(page % REGION_PAGES, presentEntry(pageAt(k, mm, page)!, false));
}

/** What the layout writes into a page: a number that no other page has. */
export function contentOf(page: number): number {
  return page + 1;
}

function addArea(k: Kernel, mm: Mm, area: AreaSpec, opened: Map<string, File>): Vma {
  let file: File | null = null;
  if (area.file !== undefined) {
    file = opened.get(area.file) ?? opening(k, area.file);
    opened.set(area.file, file);
  }
  const vma = placeVma(k, mm, {
    start: area.start,
    end: area.end,
    flags: flagsOf(area),
    pgoff: area.pgoff ?? area.start,
    file,
    special: null,
  });
  k.label(vma, area.name);
  return vma;
}

/** One VMA as it shall stand in the tree. */
export interface PlacedVma {
  readonly start: number;
  readonly end: number;
  readonly flags: number;
  readonly pgoff: number;
  readonly file: File | null;
  /** Name of a mapping of the kernel's own. */
  readonly special: string | null;
  /** Name that the program gave it; none when left out. */
  readonly anonName?: string | null;
}

/**
 * Puts a VMA into an address space as it is, without merging and without limits: for set-up. The file gets one more
 * reference.
 */
export function placeVma(k: Kernel, mm: Mm, spec: PlacedVma): Vma {
  const vma = k.alloc(vmas);
  vma.start = spec.start;
  vma.end = spec.end;
  vma.mm = mm;
  vma.flags = spec.flags;
  vma.pgoff = spec.pgoff;
  vma.special = spec.special;
  vma.anonName = spec.anonName ?? null;
  vma.attached = true;
  const { file } = spec;
  if (file !== null) {
    vma.file = file;
    k.init(file.refs, file.refs.value + 1);
    file.mapping.vmas.push(vma);
    if (isSharedMaywrite(vma.flags)) file.mapping.writable = file.mapping.writable + 1;
  }
  if (!mm.tree.store(vma.start, vma.end, vma)) throw new Error("layout: the tree refused a node");
  mm.mapCount = mm.mapCount + 1;
  const pages = vmaPages(vma);
  vmStatAccount(mm, vma.flags, pages);
  if ((vma.flags & VM_LOCKED) !== 0) mm.lockedVm = mm.lockedVm + pages;
  if ((vma.flags & VM_ACCOUNT) !== 0) k.global.committed.add(pages);
  return vma;
}

function opening(k: Kernel, name: string): File {
  const facts = { name, device: "08:01", inode: "1", alignsHuge: true, temporary: false, shmem: false };
  return openFile(k, newMapping(k, facts, ENDLESS), true, true);
}

function flagsOf(area: AreaSpec): number {
  let flags = (area.flags ?? 0) | VM_MAY_FLAGS;
  if (area.perms[0] === "r") flags |= VM_READ;
  if (area.perms[1] === "w") flags |= VM_WRITE;
  if (area.perms[2] === "x") flags |= VM_EXEC;
  if (area.perms[3] === "s") flags |= VM_SHARED | VM_MAYSHARE;
  const writablePrivate = (flags & (VM_WRITE | VM_SHARED)) === VM_WRITE;
  if (writablePrivate && !(area.noreserve ?? false)) flags |= VM_ACCOUNT;
  return flags;
}

/** The page that maps `page` in `mm`, or null. For set-up and for looks from outside. */
export function pageAt(k: Kernel, mm: Mm, page: number): Page | null {
  const entry = entryAt(k, mm, page);
  return isPresent(entry) ? entryPage(k, entry) : null;
}

/** Swaps a written page out; it stays in the swap cache, as right after a write-out, or has left it, as reclaim will have it. */
export function swapOutPage(
  k: Kernel,
  mm: Mm,
  page: number,
  device: SwapDevice = k.swap,
  stays: boolean = true,
): void {
  const mapped = pageAt(k, mm, page);
  if (mapped === null)
    throw new Error(`layout: page ${page.toString(16)} of ${k.rowName(mm)} is not present`);
  const slot = sequentially(swapOut(k, mapped, device));
  // The swap cache holds it now; the mapping's reference went with the entry.
  if (slot !== null && !stays) sequentially(removeMapping(k, mapped, slot));
}

/** Which pages of an image are planted, and how: part of every report of a run on an image. */
export interface Planting {
  readonly areas: readonly AreaSpec[];
  /** Pages written, and of those the ones that are swapped out. */
  readonly written: readonly number[];
  readonly swapped: readonly number[];
  /** One sentence for the report. */
  readonly said: string;
}

/**
 * Turns an image into areas with planted pages: where smaps tells of anonymous pages, private areas with some (among
 * them those that were written and then made read-only, as a linker does); otherwise every private writable area.
 * `perArea` pages each, at its start.
 * @param swap swap one page out: of the first area that smaps says has swapped pages, else of the first planted one
 */
export function plant(image: Image, perArea: number, swap: boolean): Planting {
  const told = image.areas.some((a) => a.anonPages !== undefined);
  const written: number[] = [];
  const swapped: number[] = [];
  let swapIn: ImageVma | undefined;
  const areas = image.areas.map((area): AreaSpec => {
    const flags = imageFlags(area);
    const special = (flags & (VM_PFNMAP | VM_IO | VM_HUGETLB)) !== 0;
    const canHold = !area.shared && !special;
    const holds = canHold && (told ? (area.anonPages ?? 0) + (area.swapPages ?? 0) > 0 : area.write);
    const pages: number[] = [];
    if (holds) {
      const count = Math.min(perArea, area.endPage - area.startPage);
      for (let i = 0; i < count; i++) pages.push(area.startPage + i);
      written.push(...pages);
      if (swapIn === undefined || ((swapIn.swapPages ?? 0) === 0 && (area.swapPages ?? 0) > 0)) swapIn = area;
    }
    return {
      start: area.startPage,
      end: area.endPage,
      perms: `${area.read ? "r" : "-"}${area.write ? "w" : "-"}${area.exec ? "x" : "-"}${area.shared ? "s" : "p"}`,
      name: nameOf(area),
      ...(area.inode !== "0" ? { file: fileOf(area) } : {}),
      pgoff: area.inode !== "0" ? area.offsetPages : area.startPage,
      noreserve: !accounted(area),
      flags,
      written: pages,
    };
  });
  if (swap && swapIn !== undefined) swapped.push(swapIn.startPage);
  const said =
    `${areas.length} areas of ${image.source}; planted ${written.length} written page${written.length === 1 ? "" : "s"} ` +
    `(${perArea} in each private ${told ? "area that holds anonymous pages" : "writable area"})` +
    (swapped.length > 0 && swapIn ? `, 1 of them swapped out (in ${nameOf(swapIn)})` : "");
  return { areas, written, swapped, said };
}

/** Device and inode tell files apart; several deleted ones may have the same name. */
function fileOf(area: ImageVma): string {
  return `${area.name} (${area.device} inode ${area.inode})`;
}

function nameOf(area: ImageVma): string {
  return area.name !== "" ? area.name : `anon ${area.startPage.toString(16)}`;
}

function has(area: ImageVma, code: string): boolean {
  return area.vmFlags?.includes(code) ?? false;
}

/** VM_ACCOUNT: told by smaps (`ac`); otherwise private writable areas are taken to be charged. */
function accounted(area: ImageVma): boolean {
  return area.vmFlags ? has(area, "ac") : area.write && !area.shared;
}

function imageFlags(area: ImageVma): number {
  let flags = 0;
  if (has(area, "dc")) flags |= VM_DONTCOPY;
  if (has(area, "wf")) flags |= VM_WIPEONFORK;
  if (has(area, "lo")) flags |= VM_LOCKED;
  if (has(area, "pf")) flags |= VM_PFNMAP;
  if (has(area, "io")) flags |= VM_IO;
  if (has(area, "ht")) flags |= VM_HUGETLB;
  if (accounted(area)) flags |= VM_ACCOUNT;
  return flags;
}
