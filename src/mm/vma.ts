/**
 * struct vm_area_struct: one mapped range.
 *
 * Guards: everything is written under mm.mmapLock held for writing; `anonVma` is also installed under
 * mm.pageTableLock by a fault that holds mmapLock for reading.
 *
 * Kernel counterpart: include/linux/mm_types.h (6.12).
 */
import { bool, type List, list, num, type Row, ref, type Slab, slab } from "../sched/index.ts";
import type { AnonVma, AnonVmaChain } from "./anon-vma.ts";
import type { File } from "./file.ts";
import type { Mm } from "./mm-struct.ts";

export interface Vma extends Row {
  /** First page. */
  start: number;
  /** First page after it. */
  end: number;
  /** The address space it belongs to. Immutable once set; the way back from rmap to an mm. */
  mm: Mm;
  /** VM_* bits. */
  flags: number;
  /** Offset into the file in pages; for private anonymous memory the page number it was made at. */
  pgoff: number;
  file: File | null;
  anonVma: AnonVma | null;
  /** Links to the own anon_vma and those of the ancestors. Guarded by mmap_lock and the anon_vma root. */
  readonly anonVmaChain: List<AnonVmaChain>;
  /** In a tree (vma_mark_attached). */
  attached: boolean;
}

const GUARD = "vm_mm.mmap_lock";

export const vmas: Slab<Vma> = slab<Vma>("vm_area_struct", {
  start: num(GUARD),
  end: num(GUARD),
  mm: ref("immutable"),
  flags: num(GUARD),
  pgoff: num(GUARD),
  file: ref(GUARD),
  anonVma: ref(`${GUARD} and page_table_lock`),
  anonVmaChain: list(`${GUARD} and the anon_vma root`),
  attached: bool(GUARD),
});

/** VM_* bits, by the kernel's names; the values are ours. */
export const VM_READ: number = 1 << 0;
export const VM_WRITE: number = 1 << 1;
export const VM_EXEC: number = 1 << 2;
export const VM_SHARED: number = 1 << 3;
export const VM_LOCKED: number = 1 << 4;
export const VM_ACCOUNT: number = 1 << 5;
export const VM_DONTCOPY: number = 1 << 6;
export const VM_WIPEONFORK: number = 1 << 7;
export const VM_PFNMAP: number = 1 << 8;
export const VM_HUGETLB: number = 1 << 9;
export const VM_STACK: number = 1 << 10;
export const VM_IO: number = 1 << 11;

/** Pages of the area. */
export function vmaPages(vma: Vma): number {
  return vma.end - vma.start;
}

/** Private and possibly writable: a copy must be made before a write (is_cow_mapping, include/linux/mm.h). */
export function isCowMapping(vma: Vma): boolean {
  return (vma.flags & VM_SHARED) === 0;
}
