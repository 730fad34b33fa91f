// Thread 001: the marker's meetings, the flag and the guard, and what replaced them.

import { check, script, table } from "./page.mjs";

const KERNELS = ["6.6", "6.8", "6.12", "6.14", "6.17", "6.18", "6.19", "7.0", "7.1"];

/** @type {import("./page.mjs").Page} */
export const page001 = {
  id: "001",
  path: "docs/answers/001.md",
  title: "The marker of a failed fork, and what replaced it",
  parts: [
    `
The thread is the discussion of "Remove XA_ZERO from error recovery of dup_mmap()" (August 2025). A failing \`dup_mmap()\` put a marker
at the point of failure for \`exit_mmap()\` to stop at, and unlocked the child before \`exit_mmap()\` ran.`,
    `
## Whack-a-mole, as a table

Who meets the marker, in which kernel, each with what the kernel of that time checks:`,
    table(
      {
        command: "ROW --kernel COLUMN",
        rows: [
          ["fork-vs-uprobe", "uprobe registration"],
          ["fork-vs-swapoff", "swapoff"],
          ["fork-vs-probe", "a visitor that checks nothing"],
          ["fork-vs-rmap", "reclaim, truncate"],
          ["fork-vs-maps", "/proc/PID/maps"],
          ["fork-fails", "exit_mmap() itself"],
        ],
        columns: KERNELS,
      },
      `
The marker came with 6.8. The registration of a uprobe met it first; 6.13 closed its gate until the child is gone. swapoff met it until it was taught to look at MMF_UNSTABLE in 6.18; the visitor that checks nothing
shows that the window stayed open until 7.0 tears the copies down before it unlocks the child. 6.18 and 6.19 avoid
the window where history has looked; 7.0 closes it.`,
    ),
    `
## The crash, step by step`,
    check(
      "fork-vs-swapoff --kernel 6.12",
      `
The thread calls it serious because a signal is enough, and is right: the shortest execution has no failing allocation, but a signal that arrives when
the first VMA, with its swap entry, is copied.`,
      { steps: true },
    ),
    `
## Flag and guard

The hot fix: the failing fork sets MMF_UNSTABLE, and \`unuse_mm()\` does not proceed when it is set. Neither helps alone, under
any failure model:`,
    table(
      {
        command: "fork-vs-swapoff --kernel 6.12 --with ROW --failures COLUMN",
        rows: [
          ["fork.recovery=marker", "neither"],
          ["fork.recovery=marker+flags", "the flag alone"],
          ["swapoff.guard=unstable", "the guard alone"],
          ["fork.recovery=marker+flags swapoff.guard=unstable", "both (the hot fix)"],
          ["fork.recovery=teardown exit.marker=unknown", "teardown, without flag or guard"],
        ],
        columns: ["realistic", "memcg", "any"],
      },
      `
The guard of 1367da7eb875 on a stable kernel that lacks 64c37e134b12 changes nothing: nobody has set what it looks at.`,
    ),
    `
The look has to be made under the lock. With one swap device nobody notices if it is not, because swapoff comes to the child behind the
parent, whose lock the fork holds until the child is flagged. With two devices somebody does:`,
    table(
      {
        command: "COLUMN --kernel 6.18 --with swapoff.guard=ROW",
        rows: [
          ["unstable", "under the lock, as merged"],
          ["trial-beforeLock", "before it"],
        ],
        columns: [
          ["fork-vs-swapoff", "one device"],
          ["fork-vs-swapoff-two", "two devices"],
        ],
      },
      `
The parent's pages are on the device that stays, so swapoff has nothing to wait for at the parent; the child is on the list all the same.`,
    ),
    `And a guard that steps over the marker and walks on finds the parent's VMAs behind it:`,
    check(
      "fork-vs-swapoff --kernel 6.12 --with swapoff.guard=trial-skipMarker --on examples/designs/guards.maps",
      `With its own VMAs and no others copied, a walk that goes on is safe only by luck of the layout.`,
    ),
    `
## The search limit, and what breaks when one of its uses is wrong

The series passes a limit to the functions that \`exit_mmap()\` and the recovery share. What if one of them gets it wrong?`,
    table(
      {
        command: "COLUMN --kernel 7.0 --with ROW --failures any",
        rows: [
          ["fork.recovery=teardown", "as merged"],
          ["fork.recovery=trial-noDestroy", "the copies are freed, the tree is not destroyed"],
          ["fork.recovery=trial-limitFromEnd", "the limit is the end of the VMA that failed, not its start"],
          ["fork.recovery=trial-limitTooLow", "the limit is one VMA short"],
          ["fork.recovery=trial-unlockBetween", "unlocked between page tables and VMAs"],
          ["exit.freeOrder=trial-tablesFirst", "page tables go before the rmap links"],
        ],
        columns: [
          ["fork-fails", "nobody"],
          ["fork-vs-probe", "a visitor"],
          ["fork-vs-rmap", "reclaim, truncate"],
        ],
      },
      `
Each wrong limit shows, and where: the first three without any visitor, the fourth to whoever locks the child, the last to rmap
walkers, which need no lock of the mm.`,
    ),
    `
## Partial teardown

One voice in the thread would prefer it, another expects nothing but odd corners. Keeping the finished VMAs and cutting off the
rest:`,
    check(
      "fork-vs-probe --kernel 6.12 --with fork.recovery=partial --failures any",
      `
In the model it is sound, with nodes reserved before the copy begins. Its odd corner is that reservation: one allocation more in
every fork, made for nothing in all of them but the failing ones, and a new way for a fork to fail.`,
    ),
    `
## mmdrop(), and its delay

One remark is about \`__mmdrop()\` being called twice for one mm, as it seemed, and about the strangeness of the delayed drop. Two threads
exit on two CPUs, kernel threads borrow their page tables, and somebody reads \`/proc/PID/maps\`:`,
    check(
      "mmdrop-lazy --kernel 7.1",
      `
In every order the structure is freed once: a second time would be told as \`double-free\`, none at all as \`leak\`. Who frees it
differs: the last \`mmput()\`, or a context switch long after it. The execution that looks most like twice:`,
    ),
    script(
      "examples/questions/mmdrop-twice.mjs",
      `
Between the end of the address space (users at 0) and the end of the structure (count at 0) lie a whole \`exit_mmap()\` and a
switch to another process. Seen without the counts it is the same function, called again and again, on both CPUs. The delay of
PREEMPT_RT changes who frees, not how often, and to do without the references of borrowers is no option by itself:`,
    ),
    table(
      {
        command: "mmdrop-lazy --kernel 7.1 --with ROW",
        rows: [
          ["mmdrop.sched=inSwitch", "freed in the context switch"],
          ["mmdrop.sched=inCallback", "freed in an RCU callback (PREEMPT_RT)"],
          ["lazyTlb.ref=trial-uncounted", "borrowed without a reference"],
        ],
        columns: [["", "two CPUs and a reader"]],
      },
      `The last row is why kernels that do not count interrupt every borrower before they free.`,
    ),
  ],
};
