/**
 * User space touches memory on a CPU whose TLB is followed: through the TLB, and only where that has nothing by way of the page
 * tables. No lock stands between the CPU and a page that its TLB still holds.
 *
 * Kernel counterpart: none but copy_to_user(), which is a user access as any other; the rest is hardware.
 */
import type { Path } from "../../sched/index.ts";
import type { Kernel } from "../kernel.ts";
import type { Mm } from "../mm-struct.ts";
import { entryPage, isPresent, isWritable } from "../page-table.ts";
import { cachedEntry, ownTlb, TLB_SLOTS } from "../tlb.ts";
import { access } from "./fault.ts";

/**
 * Touches `page`; with `data` it writes. 0, or SEGV_MAPERR, SEGV_ACCERR, SIGBUS, -ENOMEM. Requires that the task has a TLB
 * (`newTlb`).
 */
export function* touch(k: Kernel, mm: Mm, page: number, data?: number): Path<number> {
  const tlb = ownTlb(k, mm);
  if (tlb === null) throw new Error("touch: the task has no TLB for this mm; call newTlb() at set-up");
  // What the CPU cached itself, it knows; whether a flush has taken it back meanwhile, the step will say.
  const entry = cachedEntry(tlb, page);
  if (isPresent(entry) && (data === undefined || isWritable(entry))) {
    const target = entryPage(k, entry);
    // One instruction finds the translation and uses it: no flush comes between.
    if (k.readTogether([tlb.valid, target.refs], "copy_to_user")) yield;
    if (((tlb.valid.value >> (page % TLB_SLOTS)) & 1) === 1) {
      k.witness("an access through the TLB");
      if (target.refs.value === 0) {
        k.find("use-after-free", {
          message: `${k.rowName(target)} was given back to the page allocator, and is still touched through ${k.rowName(tlb)}`,
          objects: [k.rowName(target), k.rowName(tlb)],
        });
      }
      return 0;
    }
  }
  const seen = yield* access(k, mm, page, data);
  return Math.min(seen, 0);
}
