/**
 * Files and their i_mmap: every VMA that maps a file is reachable from the file, whatever the state of its mm.
 *
 * Kernel counterpart: struct address_space (i_mmap, i_mmap_rwsem), mm/mmap.c and mm/rmap.c (6.12).
 */
import {
  type Atomic,
  type List,
  type Lock,
  list,
  num,
  type Row,
  ref,
  refcount,
  rwsem,
  type Slab,
  slab,
} from "../sched/index.ts";
import type { Vma } from "./vma.ts";

/** struct address_space: the pages and mappings of one file. Lives as long as the machine. */
export interface Mapping extends Row {
  readonly rwsem: Lock;
  /** i_mmap. Guarded by rwsem. */
  readonly vmas: List<Vma>;
  /** Writable shared mappings (i_mmap_writable). Guarded by rwsem write. */
  writable: number;
}

export const mappings: Slab<Mapping> = slab<Mapping>(
  "address_space",
  { rwsem: rwsem(), vmas: list("i_mmap_rwsem"), writable: num("i_mmap_rwsem write") },
  { permanent: true },
);

/** struct file: an open file description. */
export interface File extends Row {
  readonly refs: Atomic;
  mapping: Mapping;
}

export const files: Slab<File> = slab<File>(
  "file",
  { refs: refcount(), mapping: ref("immutable") },
  { permanent: true },
);
