/**
 * Pages. They are never freed as structures (struct page is permanent): "free" is a reference count of 0.
 *
 * Kernel counterpart: struct page/folio, include/linux/mm_types.h; __folio_put() and its bad-page checks,
 * mm/page_alloc.c (6.12).
 */
import {
  type Atomic,
  bool,
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
import type { Mapping } from "./file.ts";
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
  /**
   * MADV_FREE: may go without being written anywhere, until it is written to again; in MAP_DROPPABLE memory at any time. Guarded by
   * the page-table lock.
   */
  lazy: boolean;
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
    lazy: bool("page-table lock"),
    data: num("page-table lock"),
  },
  { permanent: true },
);

/**
 * Where the bytes of pages are, for those who want real ones. Called as pages come, are copied and go; a page is known by
 * its serial number.
 */
export interface PageStore {
  /** A page of a file comes into the page cache. */
  load(page: number, mapping: Mapping, index: number): void;
  /** All bytes of a page become those of another (copy on write). */
  copy(to: number, from: number): void;
  /** Nobody refers to the page any more: its number may come back as a page of zeros. */
  drop(page: number): void;
  /** Bytes `[from, to)` of a file are zeros from now on, in what was never loaded. */
  erase(mapping: Mapping, from: number, to: number): void;
  /** The bytes of a page from `from` on become zeros. */
  clear(page: number, from: number): void;
}

/** Copies what user space sees (copy_user_highpage). Under the page-table lock of the entry that is to map `to`. */
export function copyContents(k: Kernel, to: Page, from: Page): void {
  to.data = from.data;
  k.store?.copy(to.serial, from.serial);
}

/** Drops a reference (folio_put). The last one frees the page: it must not be mapped any more. */
export function* putPage(k: Kernel, page: Page, site: string): Path {
  if (k.decAndTest(page.refs, site)) yield;
  if (k.result !== 0) freePage(k, page);
}

/** Nobody refers to the page any more (__folio_put). */
export function freePage(k: Kernel, page: Page): void {
  if (page.mapcount.total !== 0) {
    k.find("bad-page", {
      message: `${k.rowName(page)} is freed while ${page.mapcount.total} page-table entries still map it`,
      objects: [k.rowName(page)],
    });
  }
  k.store?.drop(page.serial);
  k.recycle(page);
}
