/**
 * Freed page tables that become pages of somebody else: what a use after free looks like to those who cannot see one.
 *
 *     free_pte_range      the page is given back; its memory stays as it is
 *     alloc_page          the next owner takes it, and writes
 *     zap_pte_range       whoever still has the table reads what was written as entries: "Bad page map"
 *
 * Where a scenario has a zone, a freed table is no finding by itself; without one (nearly always) the first touch is.
 *
 * Kernel counterpart: free_unref_page(), alloc_pages() in mm/page_alloc.c (4.14).
 * Simplified: one page waits, the one that was freed last; only page tables change hands.
 */
import {
  type Atomic,
  atomic,
  kinds,
  type List,
  list,
  type Path,
  type Row,
  type Slab,
  slab,
} from "../sched/index.ts";
import type { Kernel } from "./kernel.ts";
import { type PteTable, pteTables, REGION_PAGES } from "./page-table.ts";

const { READ } = kinds;

export interface Zone extends Row {
  /** Serial number of the table that was freed last, plus 1; 0 = no page waits. */
  readonly free: Atomic;
  /** All that were given back. Changed together with `free`. */
  readonly given: List<PteTable>;
}

const zones: Slab<Zone> = slab<Zone>(
  "zone",
  { free: atomic(), given: list("zone.free") },
  { permanent: true },
);

/** Freed page tables get a next owner from here on. At set-up. */
export function newZone(k: Kernel): void {
  const zone = k.alloc(zones);
  k.label(zone, "zone");
  k.zone = zone;
}

/** A page table is a page again (pte_free). */
export function* giveBack(k: Kernel, zone: Zone, table: PteTable): Path {
  if (k.rmw(zone.free, "free_unref_page")) yield;
  zone.free.value = table.serial + 1;
  zone.given.push(table);
}

/** What the next owner writes: words as they stand in the log of the mail. */
const FOREIGN_DATA = 0x63538263 * 2 ** 32;

/** Another process gets a fresh page, and writes to all of it. */
export function* writeToFreshPage(k: Kernel): Path {
  const { zone } = k;
  if (zone === null) throw new Error("writeToFreshPage: nothing is reused; call newZone() at set-up");
  if (k.await({ name: "a page is free", holds: (free) => free !== 0 }, [zone.free], "alloc_page")) yield;
  if (k.rmw(zone.free, "alloc_page")) yield;
  const table = k.rowOf(pteTables, zone.free.value - 1);
  zone.free.value = 0;
  // The writer knows of no lock of page tables: it is a race, and none that the writer could see.
  if (k.step(READ, table.ptl, 0, "clear_user_highpage")) yield;
  for (let at = 0; at < REGION_PAGES; at++) k.memory.setNum(table.entries.word + at, FOREIGN_DATA);
  k.witness("a freed page table is somebody else's page");
}

/** Everything that was given back is free for good: for the books, when all is over. */
export function* emptyZone(k: Kernel): Path {
  for (const table of k.zone?.given.items() ?? []) {
    if (k.free(table, "emptyZone")) yield;
  }
}
