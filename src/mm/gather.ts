/**
 * mmu_gather: what a zap collects between clearing entries and flushing the TLB. Whoever begins one must finish it.
 *
 * Kernel counterpart: tlb_gather_mmu() and tlb_finish_mmu() in mm/mmu_gather.c (6.12).
 * Simplified: pages are batched by the zap of one page table and dropped at its end; without a TLB, when that happens
 * makes no difference. The structure stands for the pending flush and the nesting count of the mm.
 */
import { type Row, ref, type Slab, slab } from "../sched/index.ts";
import type { Mm } from "./mm-struct.ts";

export interface Gather extends Row {
  mm: Mm;
}

export const gathers: Slab<Gather> = slab<Gather>("mmu_gather", { mm: ref("the task that began it") });
