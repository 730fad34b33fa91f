/**
 * `fork.uprobeGate = inDupMmap`: registration of uprobes is kept out while the VMAs are copied, and let in before a
 * half-copied child is torn down. Up to 6.12.
 */
import type { ForkUprobeGate } from "../../decisions.ts";

export const inDupMmap: ForkUprobeGate = {
  point: "fork.uprobeGate",
  name: "inDupMmap",
  title: "registration of uprobes may begin when dup_mmap() is over, whatever came of it",
  source: "kernel/fork.c, up to 6.12",
  aroundMmput: false,
};
