/**
 * Registering a uprobe: a breakpoint in every address space that maps the probed page of a program.
 *
 *     gate       no fork copies meanwhile (dup_mmap_sem, held for reading by forks)
 *     collect    through i_mmap: each mm that can still be had, with the address of the page in it
 *     install    mm by mm, under its mmap_lock for writing: a private copy of the page with the breakpoint in it
 *
 * The way into an address space is its file, whatever state it is in; preparing an anon_vma looks at the neighbours of
 * the VMA in the tree.
 *
 * Kernel counterpart: register_for_each_vma, build_map_info, install_breakpoint, __replace_page in
 * kernel/events/uprobes.c; uprobe_start_dup_mmap (6.12).
 * Simplified: no probe is ever taken out again; mappings that are made while a probe is registered get none
 * (uprobe_mmap); a number stands for the breakpoint; the page is not locked while it is replaced; forks pass the gate
 * only where a scenario registers probes.
 */
import type { Path, Suspend } from "../../sched/index.ts";
import type { Allocation } from "../allocation.ts";
import { ENOMEM } from "../errno.ts";
import type { Mapping } from "../file.ts";
import type { Kernel } from "../kernel.ts";
import { ANON_PAGES, FILE_PAGES, type Mm } from "../mm-struct.ts";
import { copyContents, putPage } from "../page.ts";
import { entryPage, isPresent, presentEntry, pteAlloc, REGION_PAGES, setEntry } from "../page-table.ts";
import { flushTlb } from "../tlb.ts";
import { VM_HUGETLB, VM_MAYEXEC, VM_MAYSHARE, VM_WRITE, type Vma } from "../vma.ts";
import { findVma } from "../vma-tree.ts";
import { anonVmaPrepare } from "./anon-vma.ts";
import { handleMmFault, newAnonPage } from "./fault.ts";
import { mmgetNotZero, mmput } from "./lifetime.ts";
import { endWriteAll } from "./vma-lock.ts";

const INFO_NOWAIT: Allocation = { site: "build_map_info: map_info", gfp: "nowait" };
const INFO: Allocation = { site: "build_map_info: map_info, second try", gfp: "kernel" };
const PAGE_COPY: Allocation = { site: "uprobe_write_opcode: page", gfp: "highuser" };

/** Added to what the page held: the breakpoint. */
const BREAKPOINT = 500_000;

/** One place where the probed page is mapped (struct map_info). The mm is held. */
interface MapInfo {
  readonly mm: Mm;
  readonly page: number;
}

/** A fork is about to copy VMAs: no registration meanwhile. */
export function uprobeStartDupMmap(k: Kernel, site: string): Suspend {
  if (!k.uprobesPossible) return false;
  return k.readLock(k.global.dupMmapSem, site);
}

/** Registrations may go on. */
export function uprobeEndDupMmap(k: Kernel, site: string): Suspend {
  if (!k.uprobesPossible) return false;
  return k.readUnlock(k.global.dupMmapSem, site);
}

/** Private, executable, not writable (valid_vma for a registration). */
function isValidVma(vma: Vma): boolean {
  return (vma.flags & (VM_HUGETLB | VM_MAYEXEC | VM_MAYSHARE | VM_WRITE)) === VM_MAYEXEC;
}

/** Puts a breakpoint into page `index` of the file, wherever it is mapped (register_for_each_vma). 0 or -ENOMEM. */
export function* registerForEachVma(k: Kernel, mapping: Mapping, index: number): Path<number> {
  if (k.writeLock(k.global.dupMmapSem, "register_for_each_vma")) yield;
  const infos: MapInfo[] = [];
  let error = yield* buildMapInfo(k, mapping, index, infos);
  for (const { mm, page } of infos) {
    if (error === 0) {
      if (k.writeLock(mm.mmapLock, "register_for_each_vma")) yield;
      k.witness(`uprobe registration reaches ${k.rowName(mm)}`);
      error = yield* installAt(k, mm, mapping, page, index);
      if (endWriteAll(k, mm, "register_for_each_vma")) yield;
      if (k.writeUnlock(mm.mmapLock, "register_for_each_vma")) yield;
    }
    yield* mmput(k, mm, "register_for_each_vma");
  }
  if (k.writeUnlock(k.global.dupMmapSem, "register_for_each_vma")) yield;
  return error;
}

/** Collects the places where the page is mapped (build_map_info): holds each mm, or none and -ENOMEM. */
function* buildMapInfo(k: Kernel, mapping: Mapping, index: number, infos: MapInfo[]): Path<number> {
  let spare = 0;
  for (;;) {
    let short = 0;
    if (k.readLock(mapping.rwsem, "build_map_info")) yield;
    for (const vma of mapping.vmas.items()) {
      const page = vma.start + index - vma.pgoff;
      if (!isValidVma(vma) || page < vma.start || page >= vma.end) continue;
      if (spare === 0 && short === 0) {
        if (k.allocating(INFO_NOWAIT)) yield;
        if (!k.refused(INFO_NOWAIT)) spare++;
      }
      if (spare === 0) {
        short++;
        continue;
      }
      if (mmgetNotZero(k, vma.mm, "build_map_info")) yield;
      if (k.result === 0) continue;
      spare--;
      infos.unshift({ mm: vma.mm, page });
    }
    if (k.readUnlock(mapping.rwsem, "build_map_info")) yield;
    if (short === 0) return 0;
    // Not under the lock: let go of all, get memory, and start over.
    spare += infos.length;
    for (const { mm } of infos.splice(0)) yield* mmput(k, mm, "build_map_info");
    for (; short > 0; short--) {
      if (k.allocating(INFO)) yield;
      if (k.refused(INFO)) return ENOMEM;
      spare++;
    }
  }
}

/** Is the page still mapped there? Then it gets its breakpoint. */
function* installAt(k: Kernel, mm: Mm, mapping: Mapping, page: number, index: number): Path<number> {
  const { uprobeGuard } = k.designs;
  if (uprobeGuard.look(k, mm)) yield;
  if (uprobeGuard.skips(k, mm)) return 0;
  const vma = findVma(k, mm, page, page + 1);
  if (vma === null || vma.file === null || vma.file.mapping !== mapping || !isValidVma(vma)) return 0;
  if (vma.start + index - vma.pgoff !== page) return 0;
  return yield* installBreakpoint(k, vma, page);
}

/** A private copy of the page with the breakpoint in it takes its place (uprobe_write_opcode). */
function* installBreakpoint(k: Kernel, vma: Vma, page: number): Path<number> {
  const { mm } = vma;
  const at = page % REGION_PAGES;
  for (;;) {
    // get_user_page_vma_remote: fault it in
    const seen = yield* handleMmFault(k, vma, page, false);
    if (seen < 0) return seen;
    if ((yield* anonVmaPrepare(k, vma)) !== 0) return ENOMEM;
    if (k.allocating(PAGE_COPY)) yield;
    if (k.refused(PAGE_COPY)) return ENOMEM;
    const fresh = newAnonPage(k, vma, page);
    const table = yield* pteAlloc(k, mm, page);
    if (table === null) {
      yield* putPage(k, fresh, "uprobe_write_opcode");
      return ENOMEM;
    }
    if (k.lock(table.ptl, "__replace_page")) yield;
    const entry = table.entries.get(at);
    const present = isPresent(entry);
    if (present) {
      const old = entryPage(k, entry);
      copyContents(k, fresh, old);
      if (old.data < BREAKPOINT) fresh.data = old.data + BREAKPOINT;
      fresh.mapcount.add(1);
      old.mapcount.add(-1);
      setEntry(k, table, at, presentEntry(fresh, false));
      if (k.tlbs.length > 0) yield* flushTlb(k, mm, page, page + 1, "ptep_clear_flush");
      k.witness("a breakpoint is installed");
      if (old.anonVma === null) mm.rss.add(ANON_PAGES - FILE_PAGES);
    }
    if (k.unlock(table.ptl, "__replace_page")) yield;
    if (!present) {
      // Reclaim or truncation took it meanwhile: -EAGAIN, look again.
      yield* putPage(k, fresh, "__replace_page");
      continue;
    }
    yield* putPage(k, entryPage(k, entry), "__replace_page");
    return 0;
  }
}
