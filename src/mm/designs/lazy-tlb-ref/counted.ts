/**
 * `lazyTlb.ref = counted`: a kernel thread that borrows page tables holds an mm_count, dropped behind the next switch to a user task.
 *
 * Models all kernels; since 6.4 those configured with MMU_LAZY_TLB_REFCOUNT, which is the default.
 */
import type { LazyTlbRef } from "../../decisions.ts";

export const counted: LazyTlbRef = {
  point: "lazyTlb.ref",
  name: "counted",
  title: "yes: mmgrab_lazy_tlb() when they are borrowed, mmdrop_lazy_tlb() when they are given back",
  source: "context_switch() in kernel/sched/core.c, 6.12",
  counts: true,
};
