/**
 * Allocations that may fail: each names its place and its gfp class; a failure model says which may fail.
 *
 *   any         every one, as fault injection (failslab) does
 *   memcg       those charged to a memory cgroup, and those that may always fail
 *   realistic   GFP_NOWAIT and limits may always fail; small GFP_KERNEL fails only in a task marked as OOM victim,
 *               because the allocator retries for ever otherwise (too small to fail, mm/page_alloc.c)
 *
 * In a path:
 *
 *     if (k.allocating(VM_AREA)) yield;              // announces what the decision depends on; no step under `any`
 *     if (k.refused(VM_AREA)) return ENOMEM;
 */

/** What may fail when memory or a budget runs out. */
export type FailureModel = "any" | "memcg" | "realistic";

/** Names of the failure models, for messages. */
export const FAILURE_MODELS: readonly FailureModel[] = ["any", "memcg", "realistic"];

/**
 * kernel: GFP_KERNEL. account: GFP_KERNEL_ACCOUNT. nowait: GFP_NOWAIT. highuser: GFP_HIGHUSER_MOVABLE, charged.
 * percpu: per-CPU memory, GFP_KERNEL. limit: no memory at all, a limit such as the commit charge.
 */
export type GfpClass = "kernel" | "account" | "nowait" | "highuser" | "percpu" | "limit";

/** One place in the kernel where an allocation may fail. */
export interface Allocation {
  /** `function: what`, e.g. `vm_area_dup: vm_area_struct`. Part of the trace. */
  readonly site: string;
  readonly gfp: GfpClass;
}

/** May the allocation sleep and enter reclaim? GFP_NOWAIT may not, and a limit is no memory. */
export function mayReclaim(gfp: GfpClass): boolean {
  return gfp !== "nowait" && gfp !== "limit";
}

/** May this allocation fail under the model? `victim` = the task is an OOM victim. */
export function mayFail(model: FailureModel, gfp: GfpClass, victim: boolean): boolean {
  switch (model) {
    case "any":
      return true;
    case "memcg":
      return gfp !== "kernel" && gfp !== "percpu";
    case "realistic":
      return gfp === "nowait" || gfp === "limit" || victim;
  }
}
