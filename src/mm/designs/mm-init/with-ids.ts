/** `mm.init = withIds`: as `plain`, with the private futex state first and the mm id after the pgd. 6.17+. */
import type { MmInit } from "../../decisions.ts";

export const withIds: MmInit = {
  point: "mm.init",
  name: "withIds",
  title: "futex state, pgd, mm id, arch context, cid, rss counters",
  source: "kernel/fork.c, 6.17",
  allocations: [
    { site: "futex_mm_init: futex state", gfp: "kernel" },
    { site: "mm_alloc_pgd: pgd", gfp: "account" },
    { site: "mm_alloc_id: mm id", gfp: "kernel" },
    { site: "init_new_context: arch context", gfp: "kernel" },
    { site: "mm_alloc_cid: per-CPU cid", gfp: "percpu" },
    // per-CPU memory too, but charged: GFP_KERNEL_ACCOUNT
    { site: "percpu_counter_init_many: rss counters", gfp: "account" },
  ],
};
