/**
 * struct vm_area_struct: one mapped range.
 *
 * Guards: everything is written under mm.mmapLock held for writing; `anonVma` is also installed under
 * mm.pageTableLock by a fault that holds mmapLock for reading.
 *
 * Kernel counterpart: include/linux/mm_types.h, include/linux/mm.h (6.12; flags of 6.18).
 */
import {
  type Atomic,
  atomic,
  bool,
  type List,
  type Lock,
  list,
  num,
  type Row,
  ref,
  rwsem,
  type Slab,
  slab,
} from "../sched/index.ts";
import type { AnonVma, AnonVmaChain } from "./anon-vma.ts";
import type { File } from "./file.ts";
import type { Mm } from "./mm-struct.ts";
import type { UserfaultCtx } from "./userfault-ctx.ts";

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
  /** vm_lock_seq: the hold of mmap_lock that has it write-locked; see paths/vma-lock.ts. Under the VMA lock. */
  lockSeq: number;
  /** The VMA lock, where it is an rwsem of its own (6.4 to 6.14). */
  readonly lock: Lock;
  /** vm_refcnt: readers, and WRITER while somebody waits for them (6.15+). */
  readonly refcnt: Atomic;
  /** Name of a mapping the kernel itself put there (vm_special_mapping), such as `[vdso]`; null for all others. */
  special: string | null;
  /** Name that the program gave anonymous memory (anon_name); null for none. */
  anonName: string | null;
  /** Where its pages shall be (vm_policy), as paths/mbind.ts writes it; 0 = nothing said. */
  policy: number;
  /** Registered with this userfaultfd (vm_userfaultfd_ctx); null for none. */
  uffd: UserfaultCtx | null;
  /** What for: UFFD_* modes (VM_UFFD_MISSING and its kin). 0 exactly where `uffd` is null. */
  uffdModes: number;
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
  lockSeq: num(GUARD),
  lock: rwsem(),
  refcnt: atomic(),
  special: ref("immutable"),
  anonName: ref(GUARD),
  policy: num(GUARD),
  uffd: ref(GUARD),
  uffdModes: num(GUARD),
});

/**
 * VM_* bits by the kernel's names. Up to bit 30 the values are the kernel's; the few above take places of flags that
 * are not modelled, so that all fit a small integer.
 */
export const VM_READ: number = 1 << 0;
export const VM_WRITE: number = 1 << 1;
export const VM_EXEC: number = 1 << 2;
export const VM_SHARED: number = 1 << 3;
export const VM_MAYREAD: number = 1 << 4;
export const VM_MAYWRITE: number = 1 << 5;
export const VM_MAYEXEC: number = 1 << 6;
export const VM_MAYSHARE: number = 1 << 7;
export const VM_GROWSDOWN: number = 1 << 8;
export const VM_PFNMAP: number = 1 << 10;
/** Has, or once had, guard regions. */
export const VM_MAYBE_GUARD: number = 1 << 11;
export const VM_LOCKED: number = 1 << 13;
export const VM_IO: number = 1 << 14;
export const VM_SEQ_READ: number = 1 << 15;
export const VM_RAND_READ: number = 1 << 16;
export const VM_DONTCOPY: number = 1 << 17;
export const VM_DONTEXPAND: number = 1 << 18;
export const VM_LOCKONFAULT: number = 1 << 19;
export const VM_ACCOUNT: number = 1 << 20;
export const VM_NORESERVE: number = 1 << 21;
export const VM_HUGETLB: number = 1 << 22;
/** Bit 40 in the kernel. */
export const VM_DROPPABLE: number = 1 << 23;
/** Bit 42 in the kernel. */
export const VM_SEALED: number = 1 << 24;
export const VM_WIPEONFORK: number = 1 << 25;
export const VM_DONTDUMP: number = 1 << 26;
/** Bit 31 in the kernel. */
export const VM_MERGEABLE: number = 1 << 27;
export const VM_MIXEDMAP: number = 1 << 28;
export const VM_HUGEPAGE: number = 1 << 29;
export const VM_NOHUGEPAGE: number = 1 << 30;

/** Any of these makes memory accessible at all (VM_ACCESS_FLAGS). */
export const VM_ACCESS_FLAGS: number = VM_READ | VM_WRITE | VM_EXEC;
export const VM_MAY_FLAGS: number = VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC;
export const VM_LOCKED_MASK: number = VM_LOCKED | VM_LOCKONFAULT;
/** Areas that never merge and cannot be treated as ordinary memory. */
export const VM_SPECIAL: number = VM_IO | VM_DONTEXPAND | VM_PFNMAP | VM_MIXEDMAP;

/** VMA that may become writable for all who share it (vma_is_shared_maywrite, include/linux/mm.h). */
export function isSharedMaywrite(flags: number): boolean {
  return (flags & (VM_SHARED | VM_MAYWRITE)) === (VM_SHARED | VM_MAYWRITE);
}

/** No file behind it (vma_is_anonymous): private anonymous memory. Special mappings of the kernel are not. */
export function isAnonymous(vma: Vma): boolean {
  return vma.file === null && vma.special === null;
}

/** Pages of the area. */
export function vmaPages(vma: Vma): number {
  return vma.end - vma.start;
}

/** Private: a copy must be made before a write (is_cow_mapping, include/linux/mm.h). */
export function isCowMapping(vma: Vma): boolean {
  return (vma.flags & VM_SHARED) === 0;
}
