/** Where the mutants made by rule are planted, and in which cells they are looked for. */

/**
 * Cells that hold, or with `!` fail. `+`: one more of each role; `,POINT=VARIANT` replaces a variant, `,faults=N`
 * the budget of faults, `,failures=MODEL` the failure model. Each takes a second
 * or two at most; the order does not matter.
 */
export const CELLS = [
  ...["4.19", "6.1", "6.10", "7.1"].map((kernel) => `calls@${kernel}`),
  ...["5.15", "5.15,faults=2", "6.12", "7.1"].map((kernel) => `fork-fails@${kernel}`),
  ...["6.12!", "6.18", "7.1"].map((kernel) => `fork-vs-swapoff@${kernel}`),
  ...["fork-fails", "fork-vs-uprobe", "fork-vs-sibling", "munmap-vs-fault"].map((id) => `${id}@7.1,faults=0`),
  "fork-vs-swapoff-two@7.1",
  "fork-vs-reaper@7.1",
  ...["6.12", "7.1+"].map((kernel) => `fork-vs-maps@${kernel}`),
  ...["6.12", "7.1"].map((kernel) => `fork-vs-rmap@${kernel}`),
  ...["6.12,fork.recovery=keepLocked", "7.1"].map((kernel) => `fork-vs-probe@${kernel}`),
  ...["6.12!", "6.14", "7.1", "7.1+"].map((kernel) => `fork-vs-uprobe@${kernel}`),
  "fork-vs-uprobe@6.14,uprobe.guard=none,fault.unstable=none",
  "fork-vs-uprobe@6.14,fork.uprobeGate=inDupMmap,fault.unstable=none",
  ...["4.13", "4.13,oom.mmRef=taskOnly", "4.14!", "4.15", "5.15", "6.0", "7.1"].map(
    (kernel) => `exit-vs-reaper@${kernel}`,
  ),
  "reaper-vs-swapoff@7.1",
  "oom-vs-holder@7.1",
  ...["4.19", "7.1"].map((kernel) => `reaper-vs-notifier@${kernel}`),
  ...["4.13", "4.19", "7.1"].map((kernel) => `reaper-vs-munlock@${kernel}`),
  ...["4.14", "7.1"].map((kernel) => `reaper-vs-fault@${kernel}`),
  "reaper-vs-tlb@7.1",
  "mrelease-vs-exit@7.1",
  ...["6.6", "7.1", "7.1,faults=2"].map((kernel) => `munmap-fails@${kernel}`),
  "munmap-killed@4.19",
  "munmap-vs-stack@5.10",
  ...["munmap-killed", "munmap-vs-stack", "mmap-abort", "mmap-vs-truncate", "mmdrop-lazy"].map(
    (id) => `${id}@7.1`,
  ),
  ...["7.0!", "7.1"].map((kernel) => `mremap-race@${kernel}`),
  ...["6.10!", "7.1"].map((kernel) => `map-fixed-hole@${kernel}`),
  ...["6.12", "7.1", "7.1+"].map((kernel) => `munmap-vs-fault@${kernel}`),
  ...["6.12", "7.1"].map((kernel) => `fork-vs-sibling@${kernel}`),
  ...["7.1", "7.1+"].map((kernel) => `fault-vs-fault@${kernel}`),
  ...["swapin-vs-swapoff", "swapin-twice", "read-in-twice"].map((id) => `${id}@7.1`),
  "swapin-twice@7.1+",
  "swapin-vs-swapoff@7.1,faults=1,failures=any",
  ...["7.1", "7.1+"].map((kernel) => `truncate-vs-munmap@${kernel}`),
  "truncate-vs-exit@7.1",
  "window-real@7.1",
];

/** Files where tasks meet. */
export const FILES = [
  "mm/paths/fork.ts",
  "mm/paths/exit.ts",
  "mm/paths/munmap.ts",
  "mm/paths/vma-lock.ts",
  "mm/paths/uprobe.ts",
  "mm/paths/rmap.ts",
  "mm/paths/copy-page-range.ts",
  "mm/paths/anon-vma.ts",
  "mm/paths/lifetime.ts",
  "mm/paths/oom.ts",
  "mm/paths/swapoff.ts",
  "mm/paths/truncate.ts",
  "mm/paths/fault.ts",
  "mm/swap.ts",
  "mm/page.ts",
  "mm/file.ts",
  "mm/page-table.ts",
  "mm/designs/fork-recovery/teardown.ts",
  "mm/designs/fork-recovery/marker-flags.ts",
  "mm/designs/exit-reaper-sync/read-then-skip-then-write.ts",
  "mm/designs/fork-anon-vma/alloc-first.ts",
  "mm/designs/fork-anon-vma/link-as-you-go.ts",
];
