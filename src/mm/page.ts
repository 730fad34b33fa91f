/**
 * Pages. They are never freed as structures (struct page is permanent): "free" is a reference count of 0.
 *
 * Kernel counterpart: struct page/folio, include/linux/mm_types.h; __folio_put() and its bad-page checks,
 * mm/page_alloc.c (6.12).
 */
import {
  type Atomic,
  type Lock,
  mutex,
  num,
  type Path,
  type Row,
  ref,
  refcount,
  type Slab,
  slab,
  type Tally,
  tally,
} from "../sched/index.ts";
import type { AnonVma } from "./anon-vma.ts";
import type { Kernel } from "./kernel.ts";

export interface Page extends Row {
  /** _refcount: everybody who holds the page; each page-table entry holds one. */
  readonly refs: Atomic;
  /**
   * _mapcount, counted from 0: page-table entries that map it. Changes together with the entry, under its lock.
   * Simplified: kept for the checks at unmap and free only; nothing is decided by it.
   */
  readonly mapcount: Tally;
  /** Folio lock. */
  readonly lock: Lock;
  /** folio->mapping of an anonymous page: its creator's anon_vma. Set before the page is mapped. */
  anonVma: AnonVma | null;
  /** Page offset inside its VMA's object (folio->index). Set before the page is mapped. */
  index: number;
  /** What user space wrote there: a number that stands for the contents; 0 = zeros. Guarded by the page-table lock. */
  data: number;
}

export const pages: Slab<Page> = slab<Page>(
  "page",
  {
    refs: refcount(),
    mapcount: tally(),
    lock: mutex(),
    anonVma: ref("folio lock"),
    index: num("folio lock"),
    data: num("page-table lock"),
  },
  { permanent: true },
);

/** Drops a reference (folio_put). The last one frees the page: it must not be mapped any more. */
export function* putPage(k: Kernel, page: Page, site: string): Path {
  if (k.decAndTest(page.refs, site)) yield;
  if (k.result === 0) return;
  if (page.mapcount.total !== 0) {
    k.find("bad-page", {
      message: `${k.rowName(page)} is freed while ${page.mapcount.total} page-table entries still map it`,
      objects: [k.rowName(page)],
    });
  }
}
