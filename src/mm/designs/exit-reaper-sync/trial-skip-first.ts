/**
 * `exit.reaperSync = trial-skipFirst` (trial, must fail): as `mmVictim`, but MMF_OOM_SKIP is set, and the reaper waited for, before anything is
 * unmapped. The reaper is kept out as well as can be; but the flag also tells the OOM killer to look for somebody else, while all
 * of the victim's memory is still there.
 */
import type { Path } from "../../../sched/index.ts";
import type { ExitReaperSync } from "../../decisions.ts";
import type { Kernel } from "../../kernel.ts";
import type { Mm } from "../../mm-struct.ts";
import { freeAddressSpace, unmapVmas } from "../../paths/exit.ts";
import { hideMm, reapUnlessSkipped } from "../../paths/oom.ts";
import { waitForReaper } from "./current-victim.ts";

function* exitMmap(k: Kernel, mm: Mm): Path {
  if (mm.tree.find(0) === null) return;
  if (k.read(mm.oomVictim, "exit_mmap")) yield;
  if (mm.oomVictim.value !== 0) {
    yield* hideMm(k, mm, "exit_mmap");
    yield* waitForReaper(k, mm);
  }
  yield* unmapVmas(k, mm, Number.MAX_SAFE_INTEGER);
  yield* freeAddressSpace(k, mm);
}

export const trialSkipFirst: ExitReaperSync = {
  point: "exit.reaperSync",
  name: "trial-skipFirst",
  title: "exit_mmap() of a victim's mm sets MMF_OOM_SKIP before it unmaps anything (trial)",
  source: "4837fe37adff (4.15) with one line moved",
  requires: { "exit.marker": ["unknown"], "vma.lock": ["none"] },
  marksMm: true,
  emptiesTree: false,
  exitMmap,
  reap: reapUnlessSkipped,
};
