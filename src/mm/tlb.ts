/**
 * A minimal TLB: which pages a CPU reaches without looking at the page tables any more.
 *
 *     slot = page % 16        pages, entries    what the owner cached there: its own business
 *                             valid             one bit per slot; the flush of another CPU clears bits
 *
 * Scenarios that follow it give a TLB to each task that touches memory (`newTlb`) and let it touch with `touch`
 * (paths/user-access.ts). Everywhere else there is none, and nothing here costs a step.
 *
 * Invariants: only its owner fills a slot, under the lock of the page table; a flush may drop more than it was asked for, never less.
 *
 * Kernel counterpart: the hardware, and flush_tlb_mm_range() in arch/x86/mm/tlb.c (6.12).
 * Simplified: 16 slots, one page each; the walk of the hardware that fills a slot is the fault path, which takes mmap_lock where
 * the hardware does not; what is written through a slot is not followed, only that the page may be touched; flushes come
 * where entries are cleared, write-protected or replaced, each at once (no batching in try_to_unmap).
 */
import {
  type Atomic,
  atomic,
  num,
  type Path,
  type Row,
  ref,
  type Slab,
  slab,
  type Table,
  table,
} from "../sched/index.ts";
import type { Kernel, TaskStruct } from "./kernel.ts";
import type { Mm } from "./mm-struct.ts";

/** Translations that a CPU keeps. */
export const TLB_SLOTS = 16;
const ALL_SLOTS = 2 ** TLB_SLOTS - 1;
const GUARD = "its CPU";

export interface Tlb extends Row {
  /** Whose translations: a task has one address space here. */
  mm: Mm;
  /** Number of the task that runs on this CPU. */
  cpu: number;
  /** Bit per slot: may be used. Announced. */
  readonly valid: Atomic;
  /** Page in each slot, plus 1. */
  readonly pages: Table;
  /** Its page-table entry, as it was when it was cached. */
  readonly entries: Table;
}

const tlbs: Slab<Tlb> = slab<Tlb>(
  "tlb",
  {
    mm: ref("immutable"),
    cpu: num("immutable"),
    valid: atomic(),
    pages: table(TLB_SLOTS, GUARD),
    entries: table(TLB_SLOTS, GUARD),
  },
  { permanent: true },
);

/** The task runs on a CPU whose TLB is followed. At set-up. */
export function newTlb(k: Kernel, task: TaskStruct, mm: Mm): void {
  const tlb = k.alloc(tlbs);
  k.label(tlb, `${k.rowName(task)}'s TLB`);
  tlb.mm = mm;
  tlb.cpu = k.taskStructs.indexOf(task);
  k.tlbs.push(tlb);
}

/** The TLB of the running task, if it is followed and holds translations of this mm. */
export function ownTlb(k: Kernel, mm: Mm): Tlb | null {
  for (const tlb of k.tlbs) if (tlb.cpu === k.current && tlb.mm === mm) return tlb;
  return null;
}

/** What the running task cached for a page, whether it is still valid or not; 0 for nothing. */
export function cachedEntry(tlb: Tlb, page: number): number {
  const slot = page % TLB_SLOTS;
  return tlb.pages.get(slot) === page + 1 ? tlb.entries.get(slot) : 0;
}

/** The running task's CPU caches a translation. Requires the lock of the page table that holds the entry. */
export function* fillTlb(k: Kernel, mm: Mm, page: number, entry: number): Path {
  const tlb = ownTlb(k, mm);
  if (tlb === null) return;
  const slot = page % TLB_SLOTS;
  if (k.rmw(tlb.valid, "update_mmu_cache")) yield;
  tlb.pages.set(slot, page + 1);
  tlb.entries.set(slot, entry);
  tlb.valid.value = tlb.valid.value | (1 << slot);
}

/** Drops the translations of pages `[start, end)` from every CPU, one after the other (flush_tlb_mm_range). */
export function* flushTlb(k: Kernel, mm: Mm, start: number, end: number, site: string): Path {
  for (const tlb of k.tlbs) {
    if (tlb.mm !== mm) continue;
    if (k.rmw(tlb.valid, site)) yield;
    const before = tlb.valid.value;
    tlb.valid.value = before & ~slotMask(start, end);
    if (before !== tlb.valid.value) k.witness(`a flush takes a translation of ${k.rowName(mm)} away`);
  }
}

/** The same for the whole address space (flush_tlb_mm). */
export function* flushTlbMm(k: Kernel, mm: Mm, site: string): Path {
  yield* flushTlb(k, mm, 0, Number.MAX_SAFE_INTEGER, site);
}

function slotMask(start: number, end: number): number {
  if (end - start >= TLB_SLOTS) return ALL_SLOTS;
  let slots = 0;
  for (let page = start; page < end; page++) slots |= 1 << (page % TLB_SLOTS);
  return slots;
}
