/**
 * Files and their i_mmap: every VMA that maps a file is reachable from the file, whatever the state of its mm.
 *
 * Kernel counterpart: struct address_space (i_mmap, i_mmap_rwsem, i_pages), mm/mmap.c, mm/filemap.c, mm/shmem.c (6.12).
 */
import {
  type Atomic,
  atomic,
  bool,
  type List,
  type Lock,
  list,
  num,
  type Path,
  type Row,
  ref,
  refcount,
  rwsem,
  type Slab,
  type Sparse,
  slab,
  sparse,
} from "../sched/index.ts";
import type { Kernel } from "./kernel.ts";
import { pages, putPage } from "./page.ts";
import type { Vma } from "./vma.ts";

/** What a file is: an immutable value. */
export interface FileFacts {
  /** As maps prints it, ` (deleted)` included. */
  readonly name: string;
  /** `major:minor` and inode number as maps prints them. */
  readonly device: string;
  readonly inode: string;
  /** Its file system places large mappings at huge-page boundaries (thp_get_unmapped_area: ext4, xfs, btrfs ...). */
  readonly alignsHuge: boolean;
  /** Memory that goes with its last description: shared anonymous memory, memfd. */
  readonly temporary: boolean;
  /** In memory only: shared anonymous memory, memfd, tmpfs (vma_is_shmem). */
  readonly shmem: boolean;
}

/** struct address_space: the pages and mappings of one file. Lives as long as the machine. */
export interface Mapping extends Row {
  facts: FileFacts;
  readonly rwsem: Lock;
  /** i_mmap. Guarded by rwsem. */
  readonly vmas: List<Vma>;
  /** Shared mappings that may be written through (i_mmap_writable). Guarded by rwsem write. */
  writable: number;
  /** i_size in pages, rounded up. Announced: faults look at it without a lock. */
  readonly size: Atomic;
  /** i_pages: index -> serial of the page + 1. Announced. Each page in it is referenced. */
  readonly pages: Sparse;
}

export const mappings: Slab<Mapping> = slab<Mapping>(
  "address_space",
  {
    facts: ref("immutable"),
    rwsem: rwsem(),
    vmas: list("i_mmap_rwsem"),
    writable: num("i_mmap_rwsem write"),
    size: atomic(),
    pages: sparse(),
  },
  { permanent: true },
);

/** struct file: an open file description. */
export interface File extends Row {
  readonly refs: Atomic;
  mapping: Mapping;
  /** FMODE_READ and FMODE_WRITE. */
  readable: boolean;
  writable: boolean;
  /** Held open by somebody besides its mappings. */
  open: boolean;
}

export const files: Slab<File> = slab<File>(
  "file",
  {
    refs: refcount(),
    mapping: ref("immutable"),
    readable: bool("immutable"),
    writable: bool("immutable"),
    open: bool("immutable"),
  },
  { permanent: true },
);

/** A file without end: whatever is mapped of it can be touched. */
export const ENDLESS: number = Number.MAX_SAFE_INTEGER;

/** A new file of that many pages. */
export function newMapping(k: Kernel, facts: FileFacts, pages: number): Mapping {
  const mapping = k.alloc(mappings);
  k.label(mapping, facts.name);
  mapping.facts = facts;
  k.init(mapping.size, pages);
  return mapping;
}

/** Opens a file: a new description with one reference, the opener's. */
export function openFile(k: Kernel, mapping: Mapping, readable: boolean, writable: boolean): File {
  const file = k.alloc(files);
  k.label(file, mapping.facts.name);
  file.mapping = mapping;
  file.readable = readable;
  file.writable = writable;
  file.open = true;
  k.init(file.refs, 1);
  return file;
}

/** The file behind MAP_SHARED | MAP_ANONYMOUS (shmem_zero_setup): its one reference is the mapping's. */
export function shmemFile(k: Kernel, pages: number): File {
  const mapping = k.alloc(mappings);
  mapping.facts = {
    name: "/dev/zero (deleted)",
    device: "00:01",
    inode: String(FIRST_SHMEM_INODE + mapping.serial),
    alignsHuge: false,
    temporary: true,
    shmem: true,
  };
  k.init(mapping.size, pages);
  const file = openFile(k, mapping, true, true);
  file.open = false;
  return file;
}

/** Behind MAP_SHARED | MAP_ANONYMOUS (vma_is_anon_shmem). */
export function isAnonShmem(file: File): boolean {
  return file.mapping.facts.temporary;
}

const FIRST_SHMEM_INODE = 1025;

/** One reference less to a file (fput). The last one gives it back, and its pages when nobody can open it again. */
export function* fput(k: Kernel, file: File, site: string): Path {
  if (k.decAndTest(file.refs, site)) yield;
  if (k.result === 0) return;
  const mapping = file.mapping;
  k.recycle(file);
  if (!mapping.facts.temporary) return;
  yield* truncateInodePages(k, mapping, 0, Number.MAX_SAFE_INTEGER);
  k.recycle(mapping);
}

/** Takes pages `[first, end)` out of the page cache (truncate_inode_pages_range). */
export function* truncateInodePages(k: Kernel, mapping: Mapping, first: number, end: number): Path {
  for (;;) {
    if (k.rmw(mapping.pages, "truncate_inode_pages_range")) yield;
    const index = mapping.pages.next(first);
    if (index < 0 || index >= end) return;
    const page = k.rowOf(pages, mapping.pages.get(index) - 1);
    // A fault that has the page locked is about to map it: the unmapping behind this one finds that.
    if (k.lock(page.lock, "truncate_inode_pages_range")) yield;
    if (k.rmw(mapping.pages, "truncate_inode_pages_range")) yield;
    const still = mapping.pages.get(index) === page.serial + 1;
    if (still) mapping.pages.set(index, 0);
    if (k.unlock(page.lock, "truncate_inode_pages_range")) yield;
    if (still) yield* putPage(k, page, "truncate_inode_pages_range");
  }
}
