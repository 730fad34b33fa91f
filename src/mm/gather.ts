/**
 * mmu_gather: what a zap collects between clearing entries and letting the pages go. Whoever begins one must finish it.
 *
 *     begin        whose address space; one VMA, or all of it
 *     zap          an entry is cleared, its page noted: other CPUs may still reach it through their TLBs
 *     finish       flush the TLBs, then drop the references
 *
 * Kernel counterpart: tlb_gather_mmu(), tlb_finish_mmu() in mm/mmu_gather.c (6.12; up to 4.20 in mm/memory.c).
 * Simplified: a gather holds any number of pages (the kernel flushes early when a batch is full, or when it gets no page for
 * another). unmap_vmas() and free_pgtables() of an exiting mm have one each; page tables go at once, not with the gather.
 * A gather that cleared nothing flushes nothing, even beside another one (mm_tlb_flush_nested): whoever relies on that
 * may read old data for a moment, but no page that is free.
 */
import { type Path, type Row, ref, type Slab, slab } from "../sched/index.ts";
import type { Kernel } from "./kernel.ts";
import type { Mm } from "./mm-struct.ts";
import { type Page, putPage } from "./page.ts";
import { flushTlb } from "./tlb.ts";

/** struct mmu_gather, on the stack of who began it. */
export interface Gather {
  readonly mm: Mm;
  /** tlb->fullmm: all of the address space is taken down. */
  readonly fullMm: boolean;
  /** Range of the entries that were cleared; empty while `start >= end`. */
  start: number;
  end: number;
  /** Pages whose entries were cleared: each with the reference of its entry. */
  readonly pages: Page[];
}

/** Begins a gather for a part of the address space, or for all of it (tlb_gather_mmu). */
export function beginGather(mm: Mm, fullMm: boolean): Gather {
  return { mm, fullMm, start: Number.MAX_SAFE_INTEGER, end: 0, pages: [] };
}

/** Notes that the entry of `at` was cleared, and its page if it had one (tlb_remove_page). */
export function gatherEntry(gather: Gather, at: number, page: Page | null): void {
  if (at < gather.start) gather.start = at;
  if (at >= gather.end) gather.end = at + 1;
  if (page !== null) gather.pages.push(page);
}

/** Flushes the TLBs, then drops the pages (tlb_finish_mmu). */
export function* finishGather(k: Kernel, gather: Gather): Path {
  const { tlbFlush } = k.designs;
  const flushes = k.tlbs.length > 0 && gather.start < gather.end && tlbFlush.flushes(gather);
  if (flushes && !tlbFlush.pagesFirst)
    yield* flushTlb(k, gather.mm, gather.start, gather.end, "tlb_finish_mmu");
  for (const page of gather.pages) yield* putPage(k, page, "tlb_finish_mmu");
  if (flushes && tlbFlush.pagesFirst)
    yield* flushTlb(k, gather.mm, gather.start, gather.end, "tlb_finish_mmu");
}

/** A gather that the books follow until it is finished: where a notifier may stop it half-way. */
export interface OpenGather extends Row {
  mm: Mm;
}

export const openGathers: Slab<OpenGather> = slab<OpenGather>("mmu_gather", {
  mm: ref("the task that began it"),
});
