// Thread 000: which recovery of a failed fork would survive whom, what erasing costs, and what an empty tree does to walkers.

import { check, script, table } from "./page.mjs";

/**
 * Ways to recover, in the order in which the thread comes to them.
 * @type {readonly (readonly [string, string])[]}
 */
const RECOVERIES = [
  ["marker", "`marker`: one marker at the failure point"],
  ["marker+flags", "`marker+flags`: and MMF_UNSTABLE, MMF_OOM_SKIP"],
  ["markAll", "`markAll`: a marker over each stale VMA"],
  ["erase", "`erase`: erase the stale VMAs"],
  ["partial", "`partial`: cut them off, with nodes reserved"],
  ["teardown", "`teardown`: free the copies, destroy the tree"],
  ["keepLocked", "`keepLocked`: tear down before unlocking"],
];

/**
 * Who may come by.
 * @type {readonly (readonly [string, string])[]}
 */
const WALKERS = [
  ["fork-fails", "nobody"],
  ["fork-vs-swapoff", "swapoff"],
  ["fork-vs-reaper", "OOM reaper"],
  ["fork-vs-maps", "/proc/PID/maps"],
  ["fork-vs-rmap", "reclaim, truncate"],
  ["fork-vs-probe", "a visitor that checks nothing"],
];

/** @type {import("./page.mjs").Page} */
export const page000 = {
  id: "000",
  path: "docs/answers/000.md",
  title: "After a failed fork: what may stay in the child's tree?",
  parts: [
    `
The thread is from the summer of 2025. \`__mt_dup()\` copies the parent's tree as a whole; then VMA by VMA is replaced by a copy.
When that fails half-way, the child's tree holds copies in front of the failure and *the parent's own VMAs* behind it. What
should be done with them before somebody else can lock the child?`,
    `
## Which of the alternatives survives whom?

Every allocation may fail (one in each execution), a fatal signal may arrive, on 6.12 with nothing changed but the
recovery:`,
    table(
      {
        command: "COLUMN --kernel 6.12 --with fork.recovery=ROW --failures any",
        rows: RECOVERIES,
        columns: WALKERS,
      },
      `
Three of the seven leave something in the tree that is no VMA, and fail with whoever walks the child's tree under its lock:
whether it is one marker or a marker over each VMA makes no difference, as the thread says. Flags help nobody who does not look at them: 6.12's swapoff does not. \`erase\`, \`partial\`, \`teardown\` and \`keepLocked\`
leave only VMAs of the child, or none, and survive everybody. The reaper, readers of \`/proc\` and rmap walkers never meet the
problem: the first two get to an mm through a task, and the child's task has none yet; rmap walkers come through \`vma->vm_mm\` and
read no tree.`,
    ),
    `
The same where small allocations of the kernel do not fail (they wait for the OOM killer) and only a fatal signal ends a fork
half-way, as an ordinary user can arrange it:`,
    table(
      {
        command: "COLUMN --kernel 6.12 --with fork.recovery=ROW --failures realistic",
        rows: RECOVERIES,
        columns: WALKERS.filter(
          ([id]) => id === "fork-fails" || id === "fork-vs-swapoff" || id === "fork-vs-probe",
        ),
      },
      `
No failing allocation is needed: signals alone reach the same states.`,
    ),
    `
## Does erasing have to allocate?

The thread fears that erasing needs tree nodes just when there is no memory. How often does it?`,
    script(
      "examples/questions/erasing.mjs examples/designs/guards.maps examples/processes/python-server.maps",
      `
Replacing an entry by a marker, one or all, never needs a node. Erasing does, as soon as the tree has more than one leaf, at
nearly every point of failure; and cutting everything off in one store does not avoid it, which is why \`partial\` has to
reserve nodes before the copy begins, in every fork.`,
    ),
    `Refused there, erasing has to fall back on the marker, and the crash is back. It takes two failures in one fork:`,
    check(
      "fork-vs-swapoff --kernel 6.12 --with fork.recovery=erase --on examples/designs/guards.maps --failures realistic",
      `With one failure, here a fatal signal, nothing is found on a tree of two leaves.`,
    ),
    check(
      "fork-vs-swapoff --kernel 6.12 --with fork.recovery=erase --on examples/designs/guards.maps --failures any --faults 2",
      `One failure ends the fork, the second is the node to erase with: the marker goes in after all, and swapoff meets it.`,
    ),
    `
## What may reclaim lock, entered from there?

The thread does not want reclaim to be entered from a fork that is being given up. What could the two wait for?`,
    script(
      "examples/questions/reclaim-locks.mjs",
      `
An erase with GFP_KERNEL is made under both mmap_locks, and reclaim takes neither: it goes from pages to page tables through
rmap. No order of the two can wait for each other, and the checker, which treats every allocation that may enter reclaim as a
lock of its own, finds no circle:`,
    ),
    check(
      "fork-vs-rmap --kernel 6.12 --with fork.recovery=erase --failures any",
      `The objection that stands is not a deadlock. It is that an erase may fail, and what is done then.`,
    ),
    `
## What do zero VMAs do to a walker?

The thread expects more walkers that stumble, over a tree without VMAs this time, and notes that such a tree should be legal
already. Under \`teardown\` the walkers of the table above meet an empty tree. Those that do not
look at any flag as well:`,
    check(
      "fork-vs-probe --kernel 7.0 --failures any",
      `A visitor that checks nothing walks an empty tree to its end.`,
    ),
    check(
      "fork-vs-swapoff --kernel 7.0 --with swapoff.guard=none --failures any",
      `So does swapoff without its guard.`,
    ),
    `
Three walkers were *not* written to work then, for years, and each was found by somebody who emptied an address space by unmapping
it, without any fork:`,
    table(
      {
        command: "ROW --kernel COLUMN",
        rows: [
          ["empty-vs-migrate", "migrate_pages()"],
          ["empty-vs-numa", "the NUMA scan"],
          ["empty-vs-rollup", "smaps_rollup"],
        ],
        columns: ["4.15", "4.19", "6.0", "6.6", "6.12", "6.14", "7.0"],
      },
      `
All of them are mended by 6.14, before 7.0 made empty trees a regular thing. None of the three can get at the child of a failed fork: they
come through a task.`,
    ),
    `
## The reaper and \`unuse_mm()\`: benign?

swapoff may already visit an mm that the OOM reaper has been through, which the thread takes to be harmless. The reaper zaps under the read lock, and so does swapoff put pages in:`,
    check(
      "reaper-vs-swapoff --kernel 6.17",
      `
Benign: both change an entry under the page-table lock only, and \`unuse_pte()\` compares the entry again under that lock. Not
because anon_vmas are gone, though, as the thread supposes: the reaper unlinks no anon_vma, so \`unuse_mm()\` does walk the VMAs of a reaped mm. Before 4.15 it
was not benign: swapoff, too, may do the last \`mmput()\`.`,
    ),
    check(
      "reaper-vs-swapoff --kernel 4.14",
      `The same race as in the thread of December 2017, with swapoff as the third party.`,
    ),
    `
## A notifier refuses, and swapoff walks the mm afterwards

And when a notifier refused the reaper, so that part of the memory was not zapped? The thread leaves that open.`,
    check(
      "reaper-refused --kernel 6.17",
      `
Nothing bad: what was refused is as it was before, mapped, with an mm that is flagged unstable. swapoff brings its pages back, and
the next attempt of the reaper or the exit zaps them. Checking the flag (6.18) saves work, not correctness:`,
    ),
    check("reaper-refused --kernel 6.18", `With the flag checked nothing changes for the worse.`),
  ],
};
