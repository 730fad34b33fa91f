/**
 * The machine and its administrator: what the rules of the address space depend on besides the address space itself.
 *
 * Kernel counterpart: arch/x86/include/asm/page_64_types.h, arch/x86/mm/mmap.c, kernel/sysctl.c, kernel/sys.c (6.18,
 * x86-64 with four levels of page tables).
 */

/** Settings of the running kernel. Immutable for the life of a model kernel. */
export interface System {
  /** vm.max_map_count. */
  readonly maxMapCount: number;
  /** vm.mmap_min_addr or CONFIG_LSM_MMAP_MIN_ADDR, whichever is higher: nothing is placed below it. In pages. */
  readonly minPage: number;
  /** vm.mmap_min_addr: below it MAP_FIXED needs CAP_SYS_RAWIO. In pages. */
  readonly privilegedBelowPage: number;
  /** stack_guard_gap: pages kept free below an area that grows down. */
  readonly stackGuardPages: number;
  /** vm.overcommit_memory: 0 = guess, 1 = always, 2 = never. */
  readonly overcommit: 0 | 1 | 2;
  /** RAM and swap in pages: under overcommit 0 a single charge above it is refused. */
  readonly ramPages: number;
  /** Huge pages for anonymous memory (transparent_hugepage/enabled). */
  readonly thp: "always" | "madvise" | "never";
  /** Programs can name anonymous memory (CONFIG_ANON_VMA_NAME). */
  readonly anonNames: boolean;
  /** Memory nodes there are, one bit each: what a policy may name. */
  readonly nodes: number;
}

/** A freshly booted distribution kernel. */
export const DEFAULT_SYSTEM: System = {
  maxMapCount: 65530,
  minPage: 16,
  privilegedBelowPage: 1,
  stackGuardPages: 256,
  overcommit: 0,
  ramPages: Number.POSITIVE_INFINITY,
  thp: "madvise",
  anonNames: true,
  nodes: 1,
};

/** Resource limits and the capabilities that lift them. Sizes in bytes; Infinity = unlimited. */
export interface Limits {
  /** RLIMIT_AS. */
  readonly addressSpace: number;
  /** RLIMIT_DATA. */
  readonly data: number;
  /** Its hard limit, which counts for mappings where `data` is 0. */
  readonly dataHard: number;
  /** RLIMIT_STACK. */
  readonly stack: number;
  /** RLIMIT_MEMLOCK. */
  readonly memlock: number;
  /** CAP_IPC_LOCK: may lock any amount. */
  readonly mayLockAll: boolean;
  /** CAP_SYS_RAWIO: may map the lowest pages. */
  readonly mayMapLow: boolean;
}

/** No limit, every capability. */
export const NO_LIMITS: Limits = {
  addressSpace: Number.POSITIVE_INFINITY,
  data: Number.POSITIVE_INFINITY,
  dataHard: Number.POSITIVE_INFINITY,
  stack: 8 * 2 ** 20,
  memlock: Number.POSITIVE_INFINITY,
  mayLockAll: true,
  mayMapLow: true,
};

/** First page that user space cannot have (TASK_SIZE, and DEFAULT_MAP_WINDOW with four levels). */
export const TASK_PAGES: number = 0x7ffffffff000 / 4096;

/** mmap_base without randomisation, under a stack limit of 8 MiB. In pages. */
export const MMAP_BASE: number = 0x7ffff7fff000 / 4096;

/** TASK_UNMAPPED_BASE: where the search from below starts. In pages. */
export const LEGACY_BASE: number = Math.ceil(TASK_PAGES / 3);

/** Pages of one huge page (PMD_SIZE). */
export const HUGE_PAGES = 512;
