/**
 * struct mm_struct: one address space.
 *
 * Two counts: `users` of the mappings (reaching 0 unmaps everything) and `count` of the structure itself; all users
 * together hold one `count`.
 *
 * Kernel counterpart: include/linux/mm_types.h, mm_init() in kernel/fork.c (6.12).
 */
import {
  type Atomic,
  atomic,
  bool,
  type Lock,
  num,
  type Row,
  ref,
  refcount,
  rwsem,
  type Slab,
  type Sparse,
  slab,
  sparse,
  spinlock,
  type Tally,
  tally,
} from "../sched/index.ts";
import type { Kernel } from "./kernel.ts";
import { type Limits, MMAP_BASE, NO_LIMITS } from "./system.ts";
import { VmaTree } from "./vma-tree.ts";

export interface Mm extends Row {
  /** mm_users. Atomic. */
  readonly users: Atomic;
  /** mm_count. Atomic. */
  readonly count: Atomic;
  /** CPUs whose page tables these are (mm_cpumask, as a number). */
  readonly cpus: Atomic;
  /** mmap_lock: guards the set of VMAs. */
  readonly mmapLock: Lock;
  /** Guard word of the tree; never read as a number. */
  treeGuard: number;
  /** mm_mt. Written under mmapLock (write), read under mmapLock. */
  tree: VmaTree;
  /** The root pointer of the tree, for those who look without mmapLock: a store into the tree writes it. */
  readonly treeRoot: Atomic;
  /** mm_lock_seq: number of the hold of mmapLock for writing that is under way or comes next. Announced. */
  readonly lockSeq: Atomic;
  /** Number of VMAs. mmapLock (write). */
  mapCount: number;
  /** Pages, by VMA flags (vm_stat_account). mmapLock (write). */
  totalVm: number;
  dataVm: number;
  execVm: number;
  stackVm: number;
  lockedVm: number;
  /**
   * Pages of it that no area has: MREMAP_DONTUNMAP unlocks its source without counting it out (VmLck shows it). For the
   * audit.
   */
  lockedTwice: number;
  /** Flags every new mapping gets (mlockall(MCL_FUTURE)). mmapLock (write). */
  defFlags: number;
  /** First page above the area where mappings are placed from the top down. Immutable after exec. */
  mmapBase: number;
  /** Heap: bytes, not pages, because brk() takes any byte. mmapLock (write). */
  startBrk: number;
  brk: number;
  /** Bytes of the program's own data (end_data - start_data), which count as heap for RLIMIT_DATA. */
  dataBytes: number;
  /** Stack pointer at exec, in bytes: tells which area is `[stack]`. */
  startStack: number;
  /**
   * Resource limits, an immutable value.
   * Simplified: they belong to the process (signal_struct); processes that share an mm share them here.
   */
  limits: Limits;
  /** Installing vma.anonVma. */
  readonly pageTableLock: Lock;
  /** Region -> page table; see page-table.ts. Announced. */
  readonly directory: Sparse;
  /** rss_stat: pages and swap entries, added to as a vector (see `rssOf`). check_mm() looks when all is over. */
  readonly rss: Tally;
  /**
   * A fault would have been served by a huge page: from then on the model does not know which pages are there. Told to those
   * who look from outside; kept only where nothing is explored.
   */
  hugeFaults: boolean;
  /** On the list of mms that may hold swap entries. mmlistLock; the last user may look without it. */
  onMmlist: boolean;
  /** MMF_OOM_SKIP. */
  readonly oomSkip: Atomic;
  /** The OOM killer picked a process of it: for the books, nobody in the kernel looks. */
  killed: boolean;
  /** MMF_UNSTABLE. */
  readonly unstable: Atomic;
  /** Somebody subscribed to changes of this mm. Simplified: at set-up; nobody subscribes while tasks run. */
  hasNotifiers: boolean;
  /** mmu notifiers that are still to be told: exit_mmap() releases them. */
  readonly notifiers: Atomic;
  /** MMF_OOM_VICTIM (4.15 to 6.0). */
  readonly oomVictim: Atomic;
  /** No kernel has it: exit_mmap() has begun to unmap. For designs that tell this apart from `oomSkip`. */
  readonly exiting: Atomic;
}

const LOCK = "mmap_lock write";

export const mms: Slab<Mm> = slab<Mm>("mm_struct", {
  users: refcount(),
  count: refcount(),
  cpus: atomic(),
  mmapLock: rwsem(),
  treeGuard: num("mmap_lock"),
  tree: ref("immutable"),
  treeRoot: atomic(),
  lockSeq: atomic(),
  mapCount: num(LOCK),
  totalVm: num(LOCK),
  dataVm: num(LOCK),
  execVm: num(LOCK),
  stackVm: num(LOCK),
  lockedVm: num(LOCK),
  lockedTwice: num(LOCK),
  defFlags: num(LOCK),
  mmapBase: num("immutable"),
  startBrk: num(LOCK),
  brk: num(LOCK),
  dataBytes: num("immutable"),
  startStack: num("immutable"),
  limits: ref("task_lock"),
  pageTableLock: spinlock(),
  directory: sparse(),
  rss: tally(),
  hugeFaults: bool("nobody"),
  onMmlist: bool("mmlist_lock"),
  oomSkip: atomic(),
  killed: bool("task_lock"),
  unstable: atomic(),
  hasNotifiers: bool("immutable"),
  notifiers: atomic(),
  oomVictim: atomic(),
  exiting: atomic(),
});

/**
 * Lock subclass of the second lock of a class: the child's mmap_lock and the parent's page-table lock at fork
 * (SINGLE_DEPTH_NESTING).
 */
export const NESTED: number = 1;

/** rss_stat as a vector in one word: three counters side by side, each far from its neighbour's range. */
export const ANON_PAGES = 1;
export const SWAP_ENTRIES: number = 2 ** 17;
export const FILE_PAGES: number = 2 ** 34;

/** The three counters of an rss word. */
export function rssOf(word: number): { anon: number; swap: number; file: number } {
  const file = Math.round(word / FILE_PAGES);
  const rest = word - file * FILE_PAGES;
  const swap = Math.round(rest / SWAP_ENTRIES);
  return { anon: rest - swap * SWAP_ENTRIES, swap, file };
}

/** A new, empty address space with one user (the plain part of mm_init). */
export function newMm(k: Kernel, label: string): Mm {
  const mm = k.alloc(mms);
  if (k.naming) k.label(mm, label);
  k.init(mm.users, 1);
  k.init(mm.count, 1);
  mm.tree = new VmaTree(k, treeGuardWord(mm));
  k.init(mm.lockSeq, 1); // no VMA is marked with it
  mm.mmapBase = MMAP_BASE;
  mm.limits = NO_LIMITS;
  return mm;
}

function treeGuardWord(mm: Mm): number {
  return mm.at + mm.slab.fields.find((f) => f.name === "treeGuard")!.offset;
}
