/** `mm.init = plain`: what mm_init() allocates up to 6.16: pgd, arch context, per-CPU cid, per-CPU rss counters. */
import type { MmInit } from "../../decisions.ts";

export const plain: MmInit = {
  point: "mm.init",
  name: "plain",
  title: "pgd, arch context, cid, rss counters",
  source: "kernel/fork.c, 6.4 to 6.16",
  allocations: [
    { site: "mm_alloc_pgd: pgd", gfp: "account" },
    { site: "init_new_context: arch context", gfp: "kernel" },
    { site: "mm_alloc_cid: per-CPU cid", gfp: "percpu" },
    // per-CPU memory too, but charged: GFP_KERNEL_ACCOUNT
    { site: "percpu_counter_init_many: rss counters", gfp: "account" },
  ],
};
