/**
 * `fork.recovery = erase` (proposal): every entry that is still the parent's is erased. What is left is a small but sound
 * address space. Erasing may need a node, when memory has just run out: if it cannot be had, the marker goes over that
 * entry and what is behind it stays, as in `marker`.
 *
 * From the discussion of the crash in swapoff (August 2025).
 */
import type { Path } from "../../../sched/index.ts";
import type { Allocation } from "../../allocation.ts";
import type { ForkFailure, ForkRecovery } from "../../decisions.ts";
import type { Kernel } from "../../kernel.ts";
import type { Mm } from "../../mm-struct.ts";
import { markFailure } from "./marker.ts";

const NODES: Allocation = { site: "dup_mmap: tree nodes to erase what is left of the parent", gfp: "kernel" };

function* recover(k: Kernel, mm: Mm, failure: ForkFailure): Path {
  if (failure.noTree || failure.vma === null) return;
  for (let vma = mm.tree.find(failure.start); vma !== null; vma = mm.tree.find(failure.start)) {
    const start = mm.tree.foundStart;
    const end = mm.tree.foundEnd;
    if (k.allocating(NODES)) yield;
    if (mm.tree.erase(start, end, { allocate: () => !k.refused(NODES) })) continue;
    k.say("no node to erase with");
    markFailure(k, mm, { vma, start, end, noTree: false });
    return;
  }
  k.say(`${k.rowName(mm)} holds nothing but its own VMAs`);
}

export const erase: ForkRecovery = {
  point: "fork.recovery",
  name: "erase",
  title: "erase what is left of the parent, or mark it where no node can be had (proposal)",
  source: "linux-mm, August 2025",
  requires: { "fork.copy": ["dup"] },
  recover,
};
