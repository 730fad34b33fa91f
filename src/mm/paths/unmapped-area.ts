/**
 * Where a mapping goes.
 *
 *     no hint     from the top down below mmap_base; if that fails, from a third of the address space upwards
 *     hint        there, if nothing is in the way; else as without a hint
 *     MAP_FIXED   there
 *
 * All of it is search, without a lock of its own: the caller holds mmap_lock for writing.
 *
 * Kernel counterpart: __get_unmapped_area in mm/mmap.c, unmapped_area* in mm/vma.c, arch_get_unmapped_area* in
 * arch/x86/kernel/sys_x86_64.c, thp_get_unmapped_area in mm/huge_memory.c (6.18).
 * Simplified: no shadow stacks, no five-level page tables, no layout from the bottom up, no randomised base for
 * MAP_32BIT, no huge pages of shmem; nothing here looks at the security module but for the lowest pages.
 */
import { PAGES_64 } from "../bytes.ts";
import { EINVAL, ENOMEM, EPERM } from "../errno.ts";
import type { File } from "../file.ts";
import type { Kernel } from "../kernel.ts";
import type { Mm } from "../mm-struct.ts";
import { MAP_32BIT, MAP_ABOVE4G, MAP_FIXED, MAP_SHARED } from "../mman.ts";
import { HUGE_PAGES, LEGACY_BASE, TASK_PAGES } from "../system.ts";
import { VM_GROWSDOWN } from "../vma.ts";
import { findVma } from "../vma-tree.ts";
import { startGap } from "./stack.ts";

const PAGE = 4096;
/** Bounds of MAP_32BIT. */
const LOW_BEGIN = 0x40000000 / 4096;
const LOW_END = 0x80000000 / 4096;
const FOUR_GIB = 2 ** 32 / 4096;

/**
 * First page for a mapping of `pages` pages, or an error (__get_unmapped_area).
 * @param at wished first page, 0 = none
 * @param rest bytes of the wish behind the page boundary: a fixed address may have none
 */
export function getUnmappedArea(
  k: Kernel,
  mm: Mm,
  file: File | null,
  at: number,
  rest: number,
  pages: number,
  pgoff: number,
  flags: number,
): number {
  if (pages > TASK_PAGES) return ENOMEM;
  // The highest addresses look like error numbers on their way back (IS_ERR_VALUE).
  if ((flags & MAP_FIXED) !== 0 && at === PAGES_64 - 1 && rest !== 0) return rest - PAGE;
  let page: number;
  if (file !== null && file.mapping.facts.alignsHuge) page = alignedArea(k, mm, at, pages, pgoff, flags);
  else if (
    file === null &&
    (flags & MAP_SHARED) === 0 &&
    at === 0 &&
    rest === 0 &&
    k.designs.mmapHugeAlign.aligns(pages)
  ) {
    page = alignedArea(k, mm, 0, pages, 0, flags);
  } else page = plainArea(k, mm, at, pages, flags);
  if (page < 0) return page;
  if (page > TASK_PAGES - pages) return ENOMEM;
  if ((flags & MAP_FIXED) !== 0 && rest !== 0) return EINVAL;
  if (page < k.system.privilegedBelowPage && !mm.limits.mayMapLow) return EPERM;
  return page;
}

/** At a huge-page boundary if there is room for it, with the offset taken into account (__thp_get_unmapped_area). */
function alignedArea(k: Kernel, mm: Mm, at: number, pages: number, pgoff: number, flags: number): number {
  const firstUnit = Math.ceil(pgoff / HUGE_PAGES) * HUGE_PAGES;
  const holdsUnit = pgoff + pages > firstUnit && pgoff + pages - firstUnit >= HUGE_PAGES;
  if (holdsUnit) {
    const found = plainArea(k, mm, at, pages + HUGE_PAGES, flags);
    if (found >= 0) {
      if (found === at) return at; // the wish was granted
      const ahead = modulo(pgoff - found, HUGE_PAGES);
      return ahead === 0 ? found + HUGE_PAGES : found + ahead;
    }
  }
  return plainArea(k, mm, at, pages, flags);
}

function modulo(a: number, b: number): number {
  return ((a % b) + b) % b;
}

/** arch_get_unmapped_area_topdown_vmflags() */
function plainArea(k: Kernel, mm: Mm, at: number, pages: number, flags: number): number {
  if (pages > TASK_PAGES) return ENOMEM;
  if ((flags & MAP_FIXED) !== 0) return at;
  if ((flags & MAP_32BIT) !== 0) return bottomUp(k, mm, at, pages, flags);
  if (at !== 0 && at <= TASK_PAGES - pages && isFree(k, mm, at, pages)) return at;
  const low = (flags & MAP_ABOVE4G) !== 0 ? FOUR_GIB : 1;
  const found = highest(k, mm, low, mm.mmapBase, pages);
  // Without room below the base, the old layout is tried.
  return found >= 0 ? found : bottomUp(k, mm, at, pages, flags);
}

/** arch_get_unmapped_area(): the layout of old, from the bottom up. */
function bottomUp(k: Kernel, mm: Mm, at: number, pages: number, flags: number): number {
  const low = (flags & MAP_32BIT) !== 0;
  const begin = low ? LOW_BEGIN : LEGACY_BASE;
  const end = low ? LOW_END : TASK_PAGES;
  if (pages > end) return ENOMEM;
  if (at !== 0 && end - pages >= at && isFree(k, mm, at, pages)) return at;
  return lowest(k, mm, begin, end, pages);
}

/** Nothing in the way, and the area above may still grow. What lies below is not looked at. */
function isFree(k: Kernel, mm: Mm, at: number, pages: number): boolean {
  const vma = findVma(k, mm, at);
  return vma === null || at + pages <= startGap(k, vma);
}

/** unmapped_area_topdown(): the top of the highest gap; below an area that grows, its guard gap stays free. */
function highest(k: Kernel, mm: Mm, low: number, high: number, pages: number): number {
  const floor = Math.max(low, k.system.minPage);
  let ceiling = high;
  for (;;) {
    const start = mm.tree.highestGap(floor, ceiling, pages);
    if (start < 0) return ENOMEM;
    const next = findVma(k, mm, start + pages);
    if (next === null || (next.flags & VM_GROWSDOWN) === 0) return start;
    const gap = startGap(k, next);
    if (gap >= start + pages) return start;
    ceiling = gap;
  }
}

/** unmapped_area() */
function lowest(k: Kernel, mm: Mm, low: number, high: number, pages: number): number {
  let floor = Math.max(low, k.system.minPage);
  for (;;) {
    const start = mm.tree.lowestGap(floor, high, pages);
    if (start < 0) return ENOMEM;
    const next = findVma(k, mm, start + pages);
    if (next === null || (next.flags & VM_GROWSDOWN) === 0 || startGap(k, next) >= start + pages)
      return start;
    floor = next.end;
  }
}
