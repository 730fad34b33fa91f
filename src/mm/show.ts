/**
 * Showing an address space: the areas as /proc/PID/maps lists them, flags as smaps does.
 *
 * Kernel counterpart: show_map_vma, get_vma_name, show_smap_vma_flags in fs/proc/task_mmu.c; vma_is_initial_heap,
 * vma_is_initial_stack in include/linux/mm.h (6.18).
 */
import type { Image, ImageVma } from "./image.ts";
import type { Mm } from "./mm-struct.ts";
import { UFFD_MINOR, UFFD_MISSING, UFFD_WP } from "./userfault-ctx.ts";
import {
  VM_ACCOUNT,
  VM_DONTCOPY,
  VM_DONTDUMP,
  VM_DONTEXPAND,
  VM_DROPPABLE,
  VM_EXEC,
  VM_GROWSDOWN,
  VM_HUGEPAGE,
  VM_HUGETLB,
  VM_IO,
  VM_LOCKED,
  VM_LOCKONFAULT,
  VM_MAYBE_GUARD,
  VM_MAYEXEC,
  VM_MAYREAD,
  VM_MAYSHARE,
  VM_MAYWRITE,
  VM_MERGEABLE,
  VM_MIXEDMAP,
  VM_NOHUGEPAGE,
  VM_NORESERVE,
  VM_PFNMAP,
  VM_RAND_READ,
  VM_READ,
  VM_SEALED,
  VM_SEQ_READ,
  VM_SHARED,
  VM_WIPEONFORK,
  VM_WRITE,
  type Vma,
} from "./vma.ts";

const PAGE = 4096;

/** Two-letter codes in the kernel's order of bits, without those of a userfaultfd. */
const CODES: readonly (readonly [flag: number, code: string])[] = [
  [VM_READ, "rd"],
  [VM_WRITE, "wr"],
  [VM_EXEC, "ex"],
  [VM_SHARED, "sh"],
  [VM_MAYREAD, "mr"],
  [VM_MAYWRITE, "mw"],
  [VM_MAYEXEC, "me"],
  [VM_MAYSHARE, "ms"],
  [VM_GROWSDOWN, "gd"],
  [VM_PFNMAP, "pf"],
  [VM_MAYBE_GUARD, "gu"],
  [VM_LOCKED, "lo"],
  [VM_IO, "io"],
  [VM_SEQ_READ, "sr"],
  [VM_RAND_READ, "rr"],
  [VM_DONTCOPY, "dc"],
  [VM_DONTEXPAND, "de"],
  [VM_LOCKONFAULT, "lf"],
  [VM_ACCOUNT, "ac"],
  [VM_NORESERVE, "nr"],
  [VM_HUGETLB, "ht"],
  [VM_WIPEONFORK, "wf"],
  [VM_DONTDUMP, "dd"],
  [VM_MIXEDMAP, "mm"],
  [VM_HUGEPAGE, "hg"],
  [VM_NOHUGEPAGE, "nh"],
  [VM_MERGEABLE, "mg"],
  [VM_DROPPABLE, "dp"],
  [VM_SEALED, "sl"],
];

/** Codes of a userfaultfd, by the one they stand in front of. */
const BEFORE: Readonly<Record<string, string>> = { pf: "um", lo: "uw", sl: "ui" };

/** All codes in the order of bits. */
const ORDER: readonly string[] = CODES.map(([, code]) => code).flatMap((code) =>
  BEFORE[code] === undefined ? [code] : [BEFORE[code], code],
);

/** What an area is registered for. */
const UFFD_CODES: readonly (readonly [mode: number, code: string])[] = [
  [UFFD_MISSING, "um"],
  [UFFD_WP, "uw"],
  [UFFD_MINOR, "ui"],
];

/** Flags as the two-letter codes of smaps, in the order of bits there. */
export function flagCodes(flags: number, uffdModes: number = 0): string[] {
  const codes = CODES.filter(([flag]) => (flags & flag) !== 0).map(([, code]) => code);
  if (uffdModes === 0) return codes;
  const all = UFFD_CODES.filter(([mode]) => (uffdModes & mode) !== 0).map(([, code]) => code);
  return ORDER.filter((code) => codes.includes(code) || all.includes(code));
}

/** The flags behind two-letter codes; unknown ones are left out. */
export function flagsOfCodes(codes: readonly string[]): number {
  let flags = 0;
  for (const [flag, code] of CODES) if (codes.includes(code)) flags |= flag;
  return flags;
}

/** Last column of maps. `[heap]` needs an overlap with the heap, `[stack]` the first stack pointer. */
export function nameOfVma(mm: Mm, vma: Vma): string {
  if (vma.file !== null) {
    return vma.anonName === null ? vma.file.mapping.facts.name : `[anon_shmem:${vma.anonName}]`;
  }
  return labelOf(mm, vma);
}

/** The name of an area that has no file. */
export function labelOf(mm: Mm, vma: Vma): string {
  if (vma.special !== null) return vma.special;
  const start = vma.start * PAGE;
  const end = vma.end * PAGE;
  if (start < mm.brk && end > mm.startBrk) return "[heap]";
  if (start <= mm.startStack && end >= mm.startStack) return "[stack]";
  return vma.anonName === null ? "" : `[anon:${vma.anonName}]`;
}

/** One area as maps shows it. @param withFlags its VmFlags, too, as smaps shows them */
export function imageOfVma(mm: Mm, vma: Vma, withFlags: boolean = true): ImageVma {
  const { flags, file } = vma;
  return {
    startPage: vma.start,
    endPage: vma.end,
    read: (flags & VM_READ) !== 0,
    write: (flags & VM_WRITE) !== 0,
    exec: (flags & VM_EXEC) !== 0,
    shared: (flags & VM_MAYSHARE) !== 0,
    offsetPages: file === null ? 0 : vma.pgoff,
    device: file === null ? "00:00" : file.mapping.facts.device,
    inode: file === null ? "0" : file.mapping.facts.inode,
    name: nameOfVma(mm, vma),
    ...(withFlags ? { vmFlags: flagCodes(flags, vma.uffdModes) } : {}),
  };
}

/** The whole address space. Nothing may be under way. */
export function imageOf(mm: Mm, source: string): Image {
  const areas: ImageVma[] = [];
  for (let vma = mm.tree.find(0); vma !== null; vma = mm.tree.find(vma.end)) areas.push(imageOfVma(mm, vma));
  return { source, areas };
}

/** A page number as maps prints its address: hex, at least eight digits. */
function address(page: number): string {
  return (page === 0 ? "" : page.toString(16)).concat("000").padStart(8, "0");
}

/** One line of maps, without the line end. */
export function mapsLine(area: ImageVma): string {
  const flag = (set: boolean, letter: string): string => (set ? letter : "-");
  const permissions = `${flag(area.read, "r")}${flag(area.write, "w")}${flag(area.exec, "x")}${area.shared ? "s" : "p"}`;
  const fields = `${address(area.startPage)}-${address(area.endPage)} ${permissions} ${address(area.offsetPages)} ${area.device} ${area.inode} `;
  return area.name === "" ? fields : `${fields.padEnd(NAME_COLUMN)}${area.name}`;
}

/** Column in which a 64-bit kernel begins names. */
const NAME_COLUMN = 73;
