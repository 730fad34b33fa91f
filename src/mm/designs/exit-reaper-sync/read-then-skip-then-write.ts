/**
 * `exit.reaperSync = readThenSkipThenWrite`: exit_mmap() zaps under the read lock, beside the reaper; then MMF_OOM_SKIP,
 * then the write lock for page tables and VMAs. A reaper that is inside holds the write lock up, a later one sees
 * the flag.
 *
 * Models bf3980c85212 (6.1) and later.
 */
import type { Path } from "../../../sched/index.ts";
import type { ExitReaperSync } from "../../decisions.ts";
import type { Kernel } from "../../kernel.ts";
import type { Mm } from "../../mm-struct.ts";
import { freeAddressSpace, unmapVmas } from "../../paths/exit.ts";
import { hideMm, reapUnlessSkipped } from "../../paths/oom.ts";

function* exitMmap(k: Kernel, mm: Mm): Path {
  if (k.readLock(mm.mmapLock, "exit_mmap")) yield;
  const first = mm.tree.find(0);
  if (k.designs.exitMarker.endsAt(k, first)) {
    // Nothing to unmap: a fork that failed at its first VMA, or an empty address space.
    if (k.readUnlock(mm.mmapLock, "exit_mmap")) yield;
    if (k.writeLock(mm.mmapLock, "exit_mmap")) yield;
    k.assertHeld(mm.mmapLock, true); // mt_root_locked()
    mm.tree.destroy();
    if (k.writeUnlock(mm.mmapLock, "exit_mmap")) yield;
    return;
  }
  yield* unmapVmas(k, mm, Number.MAX_SAFE_INTEGER);
  if (k.readUnlock(mm.mmapLock, "exit_mmap")) yield;
  // The reaper keeps out from here on: page tables and VMAs go next.
  yield* hideMm(k, mm, "exit_mmap");
  if (k.writeLock(mm.mmapLock, "exit_mmap")) yield;
  yield* freeAddressSpace(k, mm);
  if (k.writeUnlock(mm.mmapLock, "exit_mmap")) yield;
}

export const readThenSkipThenWrite: ExitReaperSync = {
  point: "exit.reaperSync",
  name: "readThenSkipThenWrite",
  title: "exit_mmap() zaps under the read lock, sets MMF_OOM_SKIP, frees under the write lock",
  source: "bf3980c85212 (6.1)",
  marksMm: false,
  emptiesTree: true,
  exitMmap,
  reap: reapUnlessSkipped,
};
