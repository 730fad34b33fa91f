/**
 * `munmap.lock = downgradeUnlessStack`: the lock is downgraded unless the VMA behind the hole grows down.
 *
 * Models 246c320a8cfe (5.8) to 6.4.
 */

import type { MunmapLock } from "../../decisions.ts";
import { VM_GROWSDOWN } from "../../vma.ts";

export const munmapDowngradeUnlessStack: MunmapLock = {
  point: "munmap.lock",
  name: "downgradeUnlessStack",
  title: "yes, unless a stack could grow into the hole",
  source: "246c320a8cfe (5.8)",
  downgrades: (next) => next === null || (next.flags & VM_GROWSDOWN) === 0,
};
