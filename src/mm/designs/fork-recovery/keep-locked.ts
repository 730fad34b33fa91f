/**
 * `fork.recovery = keepLocked` (proposal): a half-copied mm is not unlocked. The parent is; then the child is torn down
 * under the write lock it has had from the start, and whoever waits for that lock finds an empty tree.
 *
 * From the discussion of the crash in swapoff (August 2025).
 * Simplified: exit_mmap() proper runs afterwards, on the empty tree, where the proposal would hand the lock on to it. With
 * another user of the mm left, exit_mmap() does not run yet, and the lock could not be handed on.
 */
import type { Path } from "../../../sched/index.ts";
import type { ForkFailure, ForkRecovery } from "../../decisions.ts";
import type { Kernel } from "../../kernel.ts";
import type { Mm } from "../../mm-struct.ts";
import { emptyBelow } from "./teardown.ts";

function* recoverChild(k: Kernel, mm: Mm, failure: ForkFailure): Path {
  if (failure.noTree) return;
  yield* emptyBelow(k, mm, failure.vma === null ? Number.MAX_SAFE_INTEGER : failure.start);
  mm.tree.destroy();
  k.say(`${k.rowName(mm)} is empty before it is unlocked`);
}

export const keepLocked: ForkRecovery = {
  point: "fork.recovery",
  name: "keepLocked",
  title: "unlock the parent first, tear the child down before it is ever unlocked (proposal)",
  source: "linux-mm, August 2025",
  requires: { "fork.copy": ["dup"] },
  *recover() {},
  recoverChild,
};
