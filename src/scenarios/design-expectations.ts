/**
 * What proposals and trials must come to: designs that no kernel has, or kernels with one variant replaced. Written down,
 * with the reason, before the first run, as the table of kernels is; and like that table it decides nothing.
 */
import type { FailureModel } from "../mm/index.ts";

/** What one scenario must come to under one design. */
export interface DesignExpectation {
  readonly scenario: string;
  /** The kernel that the design is put into. */
  readonly kernel: string;
  /** `POINT=VARIANT` pairs, as after `--with`. */
  readonly replacing: readonly string[];
  readonly verdict: "holds" | "fails";
  /** For `fails`: a code that must be among the findings, and the function that stumbles, where it can be only one. */
  readonly code?: string;
  readonly site?: string;
  /** Where the scenario's own layout, fault budget or failure model is not enough to tell. */
  readonly larger?: boolean;
  /** Lay the process out as so many private areas. */
  readonly areas?: number;
  readonly faults?: number;
  readonly failures?: FailureModel;
  /** Why. */
  readonly reason: string;
}

const NOBODY_FLAGGED = "the guard looks at a flag that nobody has set";
const NO_VMA = "a marker is no VMA, whoever meets it";
const ONE_LEAF =
  "in a tree of one leaf that nobody reads under RCU, erasing needs no node as long as a VMA is left";
const SOUND = "what is left in the child's tree are finished VMAs of its own";

export const DESIGN_EXPECTATIONS: readonly DesignExpectation[] = [
  // A guard is worth what the flag is worth that it looks at.
  fails("fork-vs-swapoff", "6.12", "swapoff.guard=unstable", "bad-pointer", "unuse_mm", NOBODY_FLAGGED),
  holds(
    "fork-vs-swapoff",
    "6.14",
    "swapoff.guard=unstable",
    "64c37e134b12 sets the flag, 1367da7eb875 looks at it",
  ),

  // Proposals for the half-copied child.
  fails("fork-vs-swapoff", "6.12", "fork.recovery=markAll", "bad-pointer", "unuse_mm", NO_VMA),
  fails("fork-vs-probe", "6.12", "fork.recovery=markAll", "bad-pointer", "probe", NO_VMA),
  holds("fork-vs-swapoff", "6.12", "fork.recovery=erase", SOUND),
  holds("fork-vs-probe", "6.12", "fork.recovery=erase", SOUND),
  { ...holds("fork-vs-probe", "6.12", "fork.recovery=erase", ONE_LEAF), faults: 2 },
  {
    ...fails(
      "fork-vs-swapoff",
      "6.12",
      "fork.recovery=erase",
      "bad-pointer",
      "unuse_mm",
      "where the tree has more than one leaf, erasing may need a node; refused, it leaves the marker",
    ),
    areas: 10,
    faults: 2,
    failures: "any",
  },
  holds("fork-vs-swapoff", "6.12", "fork.recovery=partial", SOUND),
  holds("fork-vs-probe", "6.12", "fork.recovery=partial", SOUND),
  holds(
    "fork-vs-swapoff",
    "6.12",
    "fork.recovery=keepLocked",
    "whoever waits for the lock finds an empty tree",
  ),
  holds(
    "fork-vs-probe",
    "6.12",
    "fork.recovery=keepLocked",
    "whoever waits for the lock finds an empty tree",
  ),

  // Trials: each leaves out something that is there for a reason.
  {
    ...fails(
      "fork-vs-swapoff",
      "6.12",
      "swapoff.guard=trial-skipMarker",
      "stale-vma",
      "unuse_mm",
      "behind the marker stand VMAs of the parent, whose lock swapoff does not hold",
    ),
    larger: true,
  },
  holds(
    "fork-vs-swapoff",
    "6.18",
    "swapoff.guard=trial-beforeLock",
    "swapoff comes to the child behind the parent, whose lock the fork holds until the child is flagged",
  ),
  fails(
    "fork-fails",
    "7.0",
    "fork.recovery=trial-noDestroy",
    "use-after-free",
    "exit_mmap",
    "exit_mmap() walks a tree full of freed VMAs",
  ),
  fails(
    "fork-fails",
    "7.0",
    "fork.recovery=trial-limitFromEnd",
    "map-count",
    undefined,
    "one VMA more is torn down than was copied: the parent's",
  ),
  fails(
    "fork-fails",
    "7.0",
    "fork.recovery=trial-limitTooLow",
    "map-count",
    undefined,
    "one VMA that was copied is forgotten with the tree",
  ),
  fails(
    "fork-vs-probe",
    "7.0",
    "fork.recovery=trial-unlockBetween",
    "stale-vma",
    "probe",
    "the child's tree still holds the parent's VMAs while it is unlocked",
  ),
  fails(
    "fork-vs-rmap",
    "7.0",
    "exit.freeOrder=trial-tablesFirst",
    "use-after-free",
    undefined,
    "rmap leads to a VMA whose page tables are gone",
  ),
  fails(
    "fork-fails",
    "6.12",
    "exit.marker=unknown",
    "bad-pointer",
    undefined,
    "exit_mmap() meets the marker that the fork left",
  ),

  fails(
    "reaper-vs-notifier",
    "4.19",
    "oom.refuse=leaveGatherOpen",
    "leak",
    undefined,
    "93065ac753e4 in 4.19-rc: a gather is begun and never finished",
  ),

  // The checks of the number of areas, put into kernels that had another one.
  holds("mremap-at-limit", "4.19", "mremap.countCheck=early", "ea2c3f6f5545 needs nothing else of 5.1"),
  holds(
    "mremap-at-limit",
    "4.19",
    "mremap.countCheck=earlyAlways",
    "it looks for four areas before it unmaps",
  ),
  fails(
    "mremap-at-limit",
    "7.1",
    "mremap.countCheck=late",
    "changed-by-failure",
    "mremap",
    "checking length and limits first says nothing about the number of areas",
  ),
  holds("mremap-race", "7.0", "mremap.countCheck=early", "the look is under the lock"),

  // Row 15 of the catalogue: of the two mends for uprobes each is enough by itself.
  holds(
    "fork-vs-uprobe",
    "6.12",
    "fork.uprobeGate=aroundMmput",
    "8ac662f5da19 (6.13) came first, and was enough",
  ),
  holds("fork-vs-uprobe", "6.14", "uprobe.guard=none", "the gate is closed until the child is gone"),
  holds(
    "fork-vs-uprobe",
    "6.14",
    "fork.uprobeGate=inDupMmap",
    "the child is flagged, and registration looks",
  ),
  fails(
    "fork-vs-uprobe",
    "6.12",
    "uprobe.guard=unstable",
    "bad-pointer",
    "anon_vma_prepare",
    "the guard looks at a flag that nobody has set",
  ),
  holds("map-fixed-hole", "6.10", "mmap.over=gatherReplace", "one store replaces the old areas"),
  // Who borrows page tables.
  fails(
    "mmdrop-lazy",
    "6.12",
    "lazyTlb.ref=trial-uncounted",
    "use-after-free",
    undefined,
    "the mm is freed while a CPU still has its page tables loaded",
  ),
  holds(
    "mmdrop-lazy",
    "6.12",
    "mmdrop.sched=inCallback",
    "the callback is queued by the one that reached zero, so it is queued once",
  ),

  // Mistakes that lived between release candidates, or before the kernels that have presets.
  fails(
    "reaper-vs-fault",
    "4.13",
    "fault.unstable=none",
    "lost-data",
    undefined,
    "before 6b31d5955cb2 a fault behind the reaper answers with zeros",
  ),
  fails(
    "reaper-vs-fault",
    "6.12",
    "fault.unstable=none",
    "lost-data",
    undefined,
    "nothing else in later kernels takes the place of the look",
  ),
  // Who may still reach a page through a TLB.
  holds("reaper-vs-tlb", "4.14", "tlb.flush=always", "x86 flushes for a gather of a whole mm as well"),
  holds("reaper-vs-tlb", "4.14", "oom.gather=perVma", "4.14.4 took 687cb0884a71 back"),
  fails(
    "reaper-vs-tlb",
    "7.1",
    "oom.gather=fullMm",
    "use-after-free",
    "copy_to_user",
    "nothing else in later kernels takes the place of the flush",
  ),
  fails(
    "reaper-vs-tlb",
    "7.1",
    "tlb.flush=trial-pagesFirst",
    "use-after-free",
    "copy_to_user",
    "between the free and the flush the page is somebody else's, and still reached",
  ),
  fails(
    "mrelease-vs-exit",
    "5.15",
    "mrelease.ref=none",
    "use-after-free",
    undefined,
    "337546e83fc7: exit_mmap() frees page tables under a caller that is no reaper of a victim",
  ),

  fails(
    "fork-vs-swapoff-two",
    "6.18",
    "swapoff.guard=trial-beforeLock",
    "bad-pointer",
    "unuse_mm",
    "nothing holds swapoff up at the parent, so it looks at the child before the fork has failed, and walks it behind that",
  ),
  fails(
    "oom-vs-holder",
    "4.13",
    "oom.mmRef=taskOnly",
    "victim-not-hidden",
    undefined,
    "e2fe14564d33 (4.7): a task that has let go of its mm leads the reaper nowhere",
  ),
  fails(
    "exit-vs-reaper",
    "4.15",
    "exit.reaperSync=trial-skipFirst",
    "hidden-too-early",
    "exit_mmap",
    "MMF_OOM_SKIP also sends the OOM killer to somebody else",
  ),
  fails(
    "mmap-abort",
    "6.12",
    "mmap.abort=mayFail",
    "rmap",
    undefined,
    "14611508cb5b: the old area stays in the tree, cut off from its file",
  ),
  fails(
    "mmap-vs-truncate",
    "6.12",
    "mmap.clearPtes=afterClose",
    "use-after-free",
    undefined,
    "79f3d123caed: page tables go while truncation walks them by way of the new area",
  ),
  fails(
    "munmap-vs-stack",
    "6.1",
    "munmap.lock=downgrade",
    "use-after-free",
    undefined,
    "growing under the read lock and freeing under it exclude each other",
  ),

  // What the same race looks like where freed memory is used again.
  fails(
    "exit-vs-reaper",
    "4.14",
    "reuse=on",
    "bad-page-map",
    undefined,
    "the log of the mail: the reaper takes data of the page's next owner for entries",
  ),
  holds("exit-vs-reaper", "4.15", "reuse=on", "the reaper is out before tables are freed"),
  holds("exit-vs-reaper", "6.1", "reuse=on", "tables are freed under the write lock, and the reaper looks"),

  // The proposal of December 2017 for the race of reaper and exit_mmap().
  holds(
    "exit-vs-reaper",
    "4.14",
    "exit.reaperSync=twoFlags",
    "the reaper is kept out before anything is unmapped",
  ),
];

function holds(scenario: string, kernel: string, replacing: string, reason: string): DesignExpectation {
  return { scenario, kernel, replacing: [replacing], verdict: "holds", reason };
}

function fails(
  scenario: string,
  kernel: string,
  replacing: string,
  code: string,
  site: string | undefined,
  reason: string,
): DesignExpectation {
  const where = site === undefined ? {} : { site };
  return { scenario, kernel, replacing: [replacing], verdict: "fails", code, ...where, reason };
}
