/**
 * `reuse = on`: a freed page table is an ordinary page, and the next who allocates one gets it. What touches it afterwards reads the
 * data of its new owner as entries. For what a kernel without KASAN prints then.
 *
 * Models the per-CPU lists of mm/page_alloc.c: the page freed last is the first to be taken. Only scenarios with such a next owner
 * (exit-vs-reaper) change; areas and everything else stay recognisable.
 */
import type { Reuse } from "../../decisions.ts";

export const reuseOn: Reuse = {
  point: "reuse",
  name: "on",
  title: "a freed page table becomes somebody else's page",
  source: "free_unref_page() in mm/page_alloc.c",
  atOnce: true,
};
