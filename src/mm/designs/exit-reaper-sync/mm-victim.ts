/**
 * `exit.reaperSync = mmVictim`: as `currentVictim`, but the mm itself says whether it belongs to an OOM victim, whoever
 * tears it down. MMF_OOM_SKIP is set for victims only.
 *
 * Models 4837fe37adff (4.15).
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
  yield* unmapVmas(k, mm, Number.MAX_SAFE_INTEGER);
  if (k.read(mm.oomVictim, "exit_mmap")) yield;
  if (mm.oomVictim.value !== 0) {
    yield* hideMm(k, mm, "exit_mmap");
    yield* waitForReaper(k, mm);
  }
  yield* freeAddressSpace(k, mm);
}

export const mmVictim: ExitReaperSync = {
  point: "exit.reaperSync",
  name: "mmVictim",
  title: "exit_mmap() waits for the reaper if the mm is a victim's",
  source: "4837fe37adff (4.15)",
  requires: { "exit.marker": ["unknown"], "vma.lock": ["none"] },
  marksMm: true,
  emptiesTree: false,
  exitMmap,
  reap: reapUnlessSkipped,
};
