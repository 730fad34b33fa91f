/** `mm.init = early`: pgd and arch context; the rss counters are plain atomics inside the structure. Up to 6.2. */
import type { MmInit } from "../../decisions.ts";

export const earlyInit: MmInit = {
  point: "mm.init",
  name: "early",
  title: "pgd, arch context",
  source: "kernel/fork.c, up to 6.1",
  allocations: [
    { site: "mm_alloc_pgd: pgd", gfp: "account" },
    { site: "init_new_context: arch context", gfp: "kernel" },
  ],
};
