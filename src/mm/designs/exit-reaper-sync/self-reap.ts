/**
 * `exit.reaperSync = selfReap`: exit_mmap() of a victim's mm reaps it itself before anything else, sets MMF_OOM_SKIP and
 * waits the reaper out. Everything after that is alone, without a lock.
 *
 * Models 27ae357fa82b (4.17) to 5.16.
 */
import type { Path } from "../../../sched/index.ts";
import type { ExitReaperSync } from "../../decisions.ts";
import type { Kernel } from "../../kernel.ts";
import type { Mm } from "../../mm-struct.ts";
import { freeAddressSpace, munlockVmas, unmapVmas } from "../../paths/exit.ts";
import { hideMm, reapUnlessSkipped, reapVmas } from "../../paths/oom.ts";
import { waitForReaper } from "./current-victim.ts";

/** A victim's mm is reaped by the one who tears it down; the reaper keeps out from then on. Returns whether it was one. */
export function* reapOwn(k: Kernel, mm: Mm): Path<boolean> {
  if (k.read(mm.oomVictim, "exit_mmap")) yield;
  if (mm.oomVictim.value === 0) return false;
  yield* reapVmas(k, mm);
  yield* hideMm(k, mm, "exit_mmap");
  return true;
}

function* exitMmap(k: Kernel, mm: Mm): Path {
  if (yield* reapOwn(k, mm)) yield* waitForReaper(k, mm);
  if (!k.designs.exitMunlock.first) munlockVmas(k, mm);
  if (mm.tree.find(0) === null) return;
  yield* unmapVmas(k, mm, Number.MAX_SAFE_INTEGER);
  yield* freeAddressSpace(k, mm);
}

export const selfReap: ExitReaperSync = {
  point: "exit.reaperSync",
  name: "selfReap",
  title: "exit_mmap() reaps a victim's mm itself, waits for the reaper, then goes on alone",
  source: "27ae357fa82b (4.17) to 5.16",
  requires: { "exit.marker": ["unknown"], "vma.lock": ["none"] },
  marksMm: true,
  emptiesTree: false,
  exitMmap,
  reap: reapUnlessSkipped,
};
