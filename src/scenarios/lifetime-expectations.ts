/** What history says of the scenarios about who may still use an mm: see `expectations.ts`. */
import { ALL, type Expectation, fails, holds, kernels } from "./expectation.ts";

export const LIFETIME_EXPECTATIONS: readonly Expectation[] = [
  ...holds(
    "mmdrop-lazy",
    ALL,
    "each mmgrab has its mmdrop, and only the one that reaches zero frees (include/linux/sched/mm.h)",
  ),

  ...fails(
    "empty-vs-migrate",
    kernels("4.13", "6.12"),
    "bad-pointer",
    "migrate_to_node",
    "CVE-2024-56611: 39743889aaf7 (2.6.16) takes a first VMA for granted",
  ),
  ...holds("empty-vs-migrate", kernels("6.14", "7.1"), "091c1dd2d4df (6.13) looks first"),
  ...holds("empty-vs-numa", kernels("4.13", "6.1"), "before 214dbc428137 (6.3) the loop looked first"),
  ...fails(
    "empty-vs-numa",
    kernels("6.6", "6.10"),
    "bad-pointer",
    "task_numa_work",
    "CVE-2024-50223: 214dbc428137 (6.3) does not look again after wrapping around",
  ),
  ...holds("empty-vs-numa", kernels("6.12", "7.1"), "9c70b2a33cd2 (6.12) looks again"),
  ...holds(
    "empty-vs-rollup",
    kernels("4.13", "4.15"),
    "before 258f669e7e88 (4.19) each VMA was shown by itself",
  ),
  ...fails(
    "empty-vs-rollup",
    kernels("4.19", "6.0"),
    "bad-pointer",
    "show_smaps_rollup",
    "CVE-2022-50380: 258f669e7e88 (4.19) takes a first VMA for granted",
  ),
  ...holds("empty-vs-rollup", kernels("6.1", "7.1"), "c4c84f06285e (6.1) looks first"),

  ...holds(
    "fork-vs-swapoff-two",
    kernels("4.13", "6.6"),
    "a half-copied child holds nothing but finished VMAs of its own",
  ),
  ...fails(
    "fork-vs-swapoff-two",
    kernels("6.8", "6.17"),
    "bad-pointer",
    "unuse_mm",
    "CVE-2025-39992: any swap entry puts the child on the list, whatever its device",
  ),
  ...holds(
    "fork-vs-swapoff-two",
    kernels("6.18", "6.19"),
    "1367da7eb875: unuse_mm looks at the flag under the lock",
  ),
  ...holds(
    "fork-vs-swapoff-two",
    kernels("7.0", "7.1"),
    "43873af772f8: the tree is empty before it is unlocked",
  ),

  ...holds(
    "swapin-vs-swapoff",
    ALL,
    "do_swap_page() and unuse_pte() compare the entry under the page-table lock; the cache takes one page per slot",
  ),
  ...holds(
    "swapin-twice",
    ALL,
    "do_swap_page() compares the entry under the page-table lock; swapcache_prepare() lets one page in per slot",
  ),
  ...holds(
    "oom-vs-holder",
    ALL,
    "e2fe14564d33 (4.7): the reaper has a reference of its own, and always sets MMF_OOM_SKIP",
  ),
  ...holds(
    "reaper-vs-notifier",
    kernels("4.19", "7.1"),
    "79cc81057eef finishes the gather of an area that a notifier refuses",
  ),
  ...holds("reaper-vs-munlock", ["4.13"], "the reaper holds a user of the mm: no exit runs beside it"),
  ...fails(
    "reaper-vs-munlock",
    kernels("4.14", "4.15"),
    "data-race",
    "__oom_reap_task_mm",
    "CVE-2018-1000200: nothing orders the reaper's look at VM_LOCKED and the clearing of it (27ae357fa82b)",
  ),
  ...holds(
    "reaper-vs-munlock",
    kernels("4.19", "5.15"),
    "27ae357fa82b (4.17): the exit reaps first, and waits",
  ),
  ...holds("reaper-vs-munlock", kernels("6.0", "7.1"), "5.19: pages are unlocked when they are unmapped"),

  ...holds("munmap-fails", kernels("4.13", "6.0"), "nothing is allocated behind the cuts"),
  ...fails(
    "munmap-fails",
    ["6.1"],
    "map-count",
    "",
    "606c812eb1d5: locked_vm is counted off while gathering, and not counted back (763ecb035029)",
  ),
  ...holds("munmap-fails", kernels("6.6", "7.1"), "606c812eb1d5 (6.4) counts when nothing can fail any more"),

  ...holds(
    "munmap-killed",
    ALL,
    "down_write_killable(), since 5.8 mmap_write_lock_killable(), says -EINTR before anything is changed",
  ),

  ...holds("munmap-vs-stack", kernels("4.13", "4.19"), "mmap_lock is held for writing to the end"),
  ...fails(
    "munmap-vs-stack",
    ["5.3"],
    "lock-misuse",
    "free_pte_range",
    "CVE-2020-29369: dd2283f2605e (4.20) frees page tables under the read lock, under which stacks grow",
  ),
  ...holds("munmap-vs-stack", kernels("5.10", "6.1"), "246c320a8cfe (5.8): no downgrade below a stack"),
  ...holds("munmap-vs-stack", kernels("6.6", "7.1"), "8d7071af8907 (6.5): growing takes the write lock"),

  ...holds("mmap-abort", ALL, "14611508cb5b: before 6.12 was released, the store could no longer fail"),
  ...holds("mmap-vs-truncate", ALL, "79f3d123caed: before 6.12 was released, entries went first again"),

  ...holds("reaper-vs-fault", ALL, "6b31d5955cb2 (4.13): a fault looks at MMF_UNSTABLE"),
  ...fails(
    "reaper-vs-tlb",
    kernels("4.13", "4.14"),
    "use-after-free",
    "copy_to_user",
    "CVE-2017-18202: one gather for the whole mm (aac453635549, 4.6), for which arm64 flushes nothing",
  ),
  ...holds("reaper-vs-tlb", kernels("4.15", "7.1"), "687cb0884a71 (4.15): a gather for each area"),
  ...holds("mrelease-vs-exit", ["5.15"], "337546e83fc7: a user of the mm is held while it is reaped"),
  ...holds(
    "mrelease-vs-exit",
    kernels("6.0", "7.1"),
    "ba535c1caf3e (5.17): exit_mmap() keeps everybody out who looks at MMF_OOM_SKIP under the lock",
  ),
];
