/**
 * What the calls that change mappings must come to: the part of the table of expectations that is about them. Written
 * down, with its source, before the first run; see `expectations.ts`.
 */
import { ALL, type Expectation, fails, holds, kernels } from "./expectation.ts";

const CHANGED = "changed-by-failure";

export const MAPPING_EXPECTATIONS: readonly Expectation[] = [
  ...fails(
    "mremap-at-limit",
    kernels("4.13", "4.19"),
    CHANGED,
    "mremap",
    "the mail of February 2019: at max_map_count - 3 the destination is unmapped, then move_vma() says -ENOMEM",
  ),
  ...holds(
    "mremap-at-limit",
    kernels("5.3", "6.14"),
    "ea2c3f6f5545 (5.1): mremap_to() looks for two areas more before it unmaps anything",
  ),
  ...holds(
    "mremap-at-limit",
    kernels("6.17", "7.0"),
    "check_mremap_params() looks before anything is unmapped",
  ),
  ...holds("mremap-at-limit", ["7.1"], "every mremap() looks for four areas more, under the lock"),

  ...fails(
    "mremap-late-failure",
    kernels("4.13", "6.14"),
    CHANGED,
    "mremap",
    "the answer to the mail of 2019: other causes of -ENOMEM behind do_munmap() remain",
  ),
  ...fails(
    "mremap-late-failure",
    kernels("6.17", "7.1"),
    CHANGED,
    "mremap",
    "mremap_to() unmaps the destination, then copy_vma() and move_page_tables() allocate",
  ),

  ...holds("mremap-race", kernels("5.3", "6.14"), "ea2c3f6f5545 looks at map_count under mmap_lock"),
  ...fails(
    "mremap-race",
    kernels("6.17", "7.0"),
    CHANGED,
    "mremap",
    "the series in 7.1: check_mremap_params() reads map_count before mmap_lock is taken",
  ),
  ...holds("mremap-race", ["7.1"], "the check is under the lock, and asks for what the worst case needs"),

  ...fails(
    "mremap-multi",
    kernels("6.17", "7.0"),
    CHANGED,
    "mremap",
    "remap_move(): an error in the k-th area leaves k - 1 moved (6.17)",
  ),
  ...fails(
    "mremap-multi",
    ["7.1"],
    CHANGED,
    "mremap",
    "remap_move() of 7.1.3 looks at the number of areas once, before the first, and returns the first error with what it has moved",
  ),

  ...fails(
    "map-fixed-hole",
    kernels("6.6", "6.10"),
    "map-hole",
    "probe",
    "mmap_region() unmaps first: f8d112a4e657 and the series around it say so (6.12)",
  ),
  ...holds("map-fixed-hole", kernels("6.12", "7.1"), "4f87153e82c4 (6.12): one store replaces the old areas"),

  ...holds(
    "munmap-vs-fault",
    kernels("4.13", "6.1"),
    "faults take mmap_lock, and munmap() holds it for writing",
  ),
  ...holds(
    "munmap-vs-fault",
    kernels("6.6", "6.14"),
    "each VMA is write-locked before it is detached; a reader looks at the mark under the VMA lock",
  ),
  ...holds("munmap-vs-fault", kernels("6.17", "7.1"), "the same with a count in the VMA (6.15)"),

  ...holds(
    "fork-vs-sibling",
    kernels("4.13", "6.1"),
    "faults take mmap_lock, and dup_mmap() holds it for writing",
  ),
  ...holds("fork-vs-sibling", kernels("6.6", "6.18"), "fb49c455323f: dup_mmap() locks the parent's VMAs"),
  ...holds(
    "fork-vs-sibling",
    kernels("6.19", "7.1"),
    "vma_start_write_killable(): a signal ends the wait, and the fork fails as it does elsewhere",
  ),

  ...holds(
    "fork-vs-uprobe",
    kernels("4.13", "6.6"),
    "a half-copied child holds nothing but finished VMAs of its own",
  ),
  ...fails(
    "fork-vs-uprobe",
    kernels("6.8", "6.12"),
    "bad-pointer",
    "anon_vma_prepare",
    "syzbot 2d788f4f7cb660dac4b7: the neighbour that anon_vma_prepare() looks at is the marker",
  ),
  ...holds(
    "fork-vs-uprobe",
    kernels("6.14", "6.19"),
    "8ac662f5da19 keeps registrations out until the child is gone, 64c37e134b12 passes over an unstable mm",
  ),
  ...holds("fork-vs-uprobe", kernels("7.0", "7.1"), "43873af772f8: the tree is empty before it is unlocked"),

  ...holds(
    "truncate-vs-munmap",
    ALL,
    "truncate_pagecache(): the second unmap_mapping_range() is for faults that came between; they hold the page's lock",
  ),
  ...holds("truncate-vs-exit", ALL, "free_pgtables() takes a VMA out of i_mmap before its page tables go"),

  ...holds(
    "window-real",
    kernels("4.13", "6.6"),
    "a half-copied child holds nothing but finished VMAs of its own",
  ),
  ...fails(
    "window-real",
    kernels("6.8", "6.12"),
    "bad-pointer",
    "anon_vma_prepare",
    "syzbot 2d788f4f7cb660dac4b7 and CVE-2025-39992: both visitors meet the marker",
  ),
  ...fails(
    "window-real",
    kernels("6.14", "6.17"),
    "bad-pointer",
    "unuse_mm",
    "CVE-2025-39992: uprobes are kept out (6.13, 6.14), swapoff is not",
  ),
  ...holds(
    "window-real",
    kernels("6.18", "6.19"),
    "1367da7eb875: the last of those who exist looks at the flag",
  ),
  ...holds("window-real", kernels("7.0", "7.1"), "43873af772f8: the tree is empty before it is unlocked"),

  ...holds(
    "window-probe",
    kernels("4.13", "6.6"),
    "a half-copied child holds nothing but finished VMAs of its own",
  ),
  ...fails(
    "window-probe",
    kernels("6.8", "6.19"),
    "bad-pointer",
    "probe",
    "the window itself: marker and stale VMAs in a tree that can be locked (6.8 to 6.19)",
  ),
  ...holds("window-probe", kernels("7.0", "7.1"), "43873af772f8: the tree is empty before it is unlocked"),

  ...holds(
    "fault-vs-fault",
    ALL,
    "a fault looks again under the page-table lock; an anon_vma is put in place under page_table_lock",
  ),
  ...holds(
    "read-in-twice",
    ALL,
    "filemap_add_folio() takes one page per index; who comes second drops its own (mm/filemap.c)",
  ),
];
