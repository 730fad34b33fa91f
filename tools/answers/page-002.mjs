// Thread 002: the OOM reaper against exit_mmap(), who did the last mmput(), and what each fix costs.

import { check, script, table } from "./page.mjs";

/** @type {import("./page.mjs").Page} */
export const page002 = {
  id: "002",
  path: "docs/answers/002.md",
  title: "The OOM reaper and exit_mmap(): who may free what?",
  parts: [
    `
The thread is from December 2017. 4.14 let the reaper work on an address space without holding a user of it, and people saw
"Bad page map in process oom_reaper".`,
    `
## What happens, step by step`,
    check(
      "exit-vs-reaper --kernel 4.14",
      `
The victim is not the last user: the reader of \`/proc/PID/maps\` is, so *it* runs \`exit_mmap()\`. 4.14 asks whether the task that
exits is a victim (\`tsk_is_oom_victim(current)\`); a reader is not; so it does not wait for the reaper, and frees what the reaper is
about to use. That is why a machine on which nobody reads \`/proc\` does not show it.`,
      { steps: true },
    ),
    `
The list of findings is the answer to what is touched first: the VMA goes while the reaper still has it, its page table goes while the reaper
holds the table's lock, or is about to take it. The model stops a task at its first touch of what is freed, whoever owns the
memory by then. A kernel does not: there the page table becomes somebody else's page, and the reaper goes on. With
\`reuse=on\` a neighbour takes the freed page and writes to it, and the same race looks as it does in the mail:`,
    check(
      "exit-vs-reaper --kernel 4.14 --with reuse=on",
      `
\`pte:6353826300000000\`, as the log of the mail has it, is no entry of any page table: it is what the neighbour wrote, read as an entry by
the reaper, which still has the way to the table. It names neither a page nor a swap slot, so the kernel says "Bad page map", and
clears it: the neighbour's data. \`pmd:00000000\` in the same log is the way to the table, already taken out.`,
      { steps: "bad-page-map" },
    ),
    `
## Is it the double \`page_remove_rmap()\`?

The thread says that two zaps side by side remove the same page twice from its rmap. Since 6.1 they *do* run side by side, both with
the read lock:`,
    check(
      "exit-vs-reaper --kernel 6.1",
      `
Nothing is removed twice: an entry is read and cleared under its page-table lock, so the second one finds it empty. A double
removal would be told as \`bad-page-map\`. What 4.14 gets wrong is not the zap but what comes after it: page tables and VMAs.`,
    ),
    `
Three cousins of this race, all told by the same rules: \`process_mrelease()\`, whose caller is no reaper of a victim, in the release candidates of
5.15; the unlocking of areas at exit, which clears the very flag that keeps the reaper away from them; and a thread of the victim
that still reaches its pages through the TLB of its CPU, after the reaper has given them back.`,
    table(
      {
        command: "ROW --kernel COLUMN",
        rows: [
          ["exit-vs-reaper", "the reaper"],
          ["reaper-vs-munlock", "the reaper, a locked area"],
          ["mrelease-vs-exit", "process_mrelease()"],
          ["reaper-vs-tlb", "the reaper, a CPU that has the page in its TLB"],
          ["oom-vs-holder", "a victim that is gone, its memory not"],
        ],
        columns: ["4.13", "4.14", "4.15", "4.19", "5.15", "6.0", "6.1", "7.1"],
      },
      `
\`interleaf check mrelease-vs-exit --kernel 5.15 --with mrelease.ref=none\` is the release candidate, and fails.

The TLB was a matter of the architecture: up to 4.14 the reaper gathered the whole address space at once, and arm64 flushes nothing for such a gather,
because it takes it for that of an exit.`,
    ),
    table(
      {
        command: "reaper-vs-tlb --kernel COLUMN --with ROW",
        rows: [
          ["tlb.flush=skipsFullMm", "arm64, as all presets"],
          ["tlb.flush=always", "x86"],
          ["oom.gather=perVma", "a gather for each area (4.15, 4.14.4)"],
          ["oom.gather=fullMm", "the old gather in a later kernel"],
        ],
        columns: ["4.14", "4.15", "7.1"],
      },
      `
Nothing in later kernels takes the place of the flush.`,
    ),
    `
## The proposed fix, the merged one, and the later ones`,
    table(
      {
        command: "ROW --kernel 4.14 --with exit.reaperSync=COLUMN",
        rows: [
          ["exit-vs-reaper", "a reader does the last mmput()"],
          ["reaper-vs-swapoff", "swapoff does"],
        ],
        columns: [
          ["currentVictim", "4.14"],
          ["twoFlags", "proposal: a flag before unmap_vmas()"],
          ["mmVictim", "merged for 4.15"],
          ["selfReap", "4.17"],
          ["selfReapWriteLock", "5.17"],
          ["users", "4.13"],
        ],
      },
      `
The thread asks what allows the two to meet, if the reaper is no user of the mm and \`exit_mmap()\` takes no lock for writing. In
4.14 nothing did. Each of the others allows it in its own way, and each is enough.`,
    ),
    `
MMF_OOM_SKIP does two things, as the thread says: it keeps the reaper out, and it sends the OOM killer to somebody else. Would it do to set it,
and wait for the reaper, before anything is unmapped?`,
    check(
      "exit-vs-reaper --kernel 4.15 --with exit.reaperSync=trial-skipFirst",
      `
It would keep the reaper out, and cost a second process its life: nothing of the first has been freed when the OOM killer is told not to wait
for it. Hence two flags in the proposal, and the order of zap and flag in every fix.`,
    ),
    `
## What each costs

The proposal keeps the reaper out of every mm whose exit has begun to unmap. How often does the reaper come for nothing?`,
    script(
      "examples/questions/reaper-frees-nothing.mjs",
      `
The proposal keeps the reaper out a little more often than the merged fix: in the orders in which exit has begun to unmap but has
not finished. What 4.13 paid for freeing memory nearly always was that the reaper could become the last user, and had to leave
\`exit_mmap()\` to a worker.`,
    ),
  ],
};
