/**
 * Which kernel has which variant at which decision point. The only file that imports designs.
 *
 * Presets are mainline releases x.y as released; what stable kernels took back is had by replacing one variant:
 * `--kernel 6.12 --with swapoff.guard=unstable` is 6.12.51.
 */
import type { KernelDesigns, Variant } from "./decisions.ts";
import { trialTablesFirst } from "./designs/exit-free-order/trial-tables-first.ts";
import { unlinkFirst } from "./designs/exit-free-order/unlink-first.ts";
import { stopAt } from "./designs/exit-marker/stop-at.ts";
import { unknown } from "./designs/exit-marker/unknown.ts";
import { munlockAfterSelfReap } from "./designs/exit-munlock/after-self-reap.ts";
import { munlockBeforeZap } from "./designs/exit-munlock/before-zap.ts";
import { munlockNone } from "./designs/exit-munlock/none.ts";
import { currentVictim } from "./designs/exit-reaper-sync/current-victim.ts";
import { mmVictim } from "./designs/exit-reaper-sync/mm-victim.ts";
import { readThenSkipThenWrite } from "./designs/exit-reaper-sync/read-then-skip-then-write.ts";
import { selfReap } from "./designs/exit-reaper-sync/self-reap.ts";
import { selfReapWriteLock } from "./designs/exit-reaper-sync/self-reap-write-lock.ts";
import { trialSkipFirst } from "./designs/exit-reaper-sync/trial-skip-first.ts";
import { twoFlags } from "./designs/exit-reaper-sync/two-flags.ts";
import { users } from "./designs/exit-reaper-sync/users.ts";
import { unstableIgnored } from "./designs/fault-unstable/none.ts";
import { unstableUnderPtl } from "./designs/fault-unstable/under-ptl.ts";
import { allocFirst } from "./designs/fork-anon-vma/alloc-first.ts";
import { linkAsYouGo } from "./designs/fork-anon-vma/link-as-you-go.ts";
import { bulk } from "./designs/fork-copy/bulk.ts";
import { dup } from "./designs/fork-copy/dup.ts";
import { list } from "./designs/fork-copy/list.ts";
import { fileFirst } from "./designs/fork-link-order/file-first.ts";
import { fileLast } from "./designs/fork-link-order/file-last.ts";
import { leaveVmas } from "./designs/fork-lock-vmas/no.ts";
import { lockVmas } from "./designs/fork-lock-vmas/yes.ts";
import { erase } from "./designs/fork-recovery/erase.ts";
import { keepLocked } from "./designs/fork-recovery/keep-locked.ts";
import { markAll } from "./designs/fork-recovery/mark-all.ts";
import { marker } from "./designs/fork-recovery/marker.ts";
import { markerFlags } from "./designs/fork-recovery/marker-flags.ts";
import { noRecovery } from "./designs/fork-recovery/none.ts";
import { partial } from "./designs/fork-recovery/partial.ts";
import { teardown } from "./designs/fork-recovery/teardown.ts";
import { trialLimitFromEnd } from "./designs/fork-recovery/trial-limit-from-end.ts";
import { trialLimitTooLow } from "./designs/fork-recovery/trial-limit-too-low.ts";
import { trialNoDestroy } from "./designs/fork-recovery/trial-no-destroy.ts";
import { trialUnlockBetween } from "./designs/fork-recovery/trial-unlock-between.ts";
import { noLook } from "./designs/fork-signal/none.ts";
import { perVma } from "./designs/fork-signal/per-vma.ts";
import { whileWaiting } from "./designs/fork-signal/while-waiting.ts";
import { aroundMmput } from "./designs/fork-uprobe-gate/around-mmput.ts";
import { inDupMmap } from "./designs/fork-uprobe-gate/in-dup-mmap.ts";
import { counted } from "./designs/lazy-tlb-ref/counted.ts";
import { trialUncounted } from "./designs/lazy-tlb-ref/trial-uncounted.ts";
import { anonymousGuards } from "./designs/madvise-guard/anonymous.ts";
import { anyGuards } from "./designs/madvise-guard/any.ts";
import { markedGuards } from "./designs/madvise-guard/marked.ts";
import { noGuards } from "./designs/madvise-guard/none.ts";
import { anonymousOnly } from "./designs/madvise-sealed/anonymous-only.ts";
import { privateOnly } from "./designs/madvise-sealed/private-only.ts";
import { mempolicyAssumesOne } from "./designs/mempolicy-empty/assumes-one.ts";
import { mempolicyTested } from "./designs/mempolicy-empty/tested.ts";
import { earlyInit } from "./designs/mm-init/early.ts";
import { plain } from "./designs/mm-init/plain.ts";
import { withIds } from "./designs/mm-init/with-ids.ts";
import { abortMayFail } from "./designs/mmap-abort/may-fail.ts";
import { abortNofail } from "./designs/mmap-abort/nofail.ts";
import { clearAfterClose } from "./designs/mmap-clear-ptes/after-close.ts";
import { clearBeforeClose } from "./designs/mmap-clear-ptes/before-close.ts";
import { anyLarge } from "./designs/mmap-huge-align/any-large.ts";
import { multiples } from "./designs/mmap-huge-align/multiples.ts";
import { never } from "./designs/mmap-huge-align/never.ts";
import { gatherReplace } from "./designs/mmap-over/gather-replace.ts";
import { unmapFirst } from "./designs/mmap-over/unmap-first.ts";
import { inCallback } from "./designs/mmdrop-sched/in-callback.ts";
import { inSwitch } from "./designs/mmdrop-sched/in-switch.ts";
import { mreleaseAbsent } from "./designs/mrelease-ref/absent.ts";
import { mreleaseCount } from "./designs/mrelease-ref/count.ts";
import { mreleaseNone } from "./designs/mrelease-ref/none.ts";
import { mreleaseUsers } from "./designs/mrelease-ref/users.ts";
import { early } from "./designs/mremap-count-check/early.ts";
import { earlyAlways } from "./designs/mremap-count-check/early-always.ts";
import { earlyUnlocked } from "./designs/mremap-count-check/early-unlocked.ts";
import { late } from "./designs/mremap-count-check/late.ts";
import { one } from "./designs/mremap-multi/one.ts";
import { several } from "./designs/mremap-multi/several.ts";
import { afterUnmap } from "./designs/mremap-resize-check/after-unmap.ts";
import { beforeUnmap } from "./designs/mremap-resize-check/before-unmap.ts";
import { munmapDowngrade } from "./designs/munmap-lock/downgrade.ts";
import { munmapDowngradeUnlessStack } from "./designs/munmap-lock/downgrade-unless-stack.ts";
import { munmapWrite } from "./designs/munmap-lock/write.ts";
import { eraseReattach } from "./designs/munmap-tree/erase-reattach.ts";
import { munmapList } from "./designs/munmap-tree/list.ts";
import { munmapPrealloc } from "./designs/munmap-tree/prealloc.ts";
import { numaAssumesOne } from "./designs/numa-empty/assumes-one.ts";
import { numaTested } from "./designs/numa-empty/tested.ts";
import { skipsLocked } from "./designs/oom-eligible/skips-locked.ts";
import { takesLocked } from "./designs/oom-eligible/takes-locked.ts";
import { fullMm } from "./designs/oom-gather/full-mm.ts";
import { perVma as gatherPerVma } from "./designs/oom-gather/per-vma.ts";
import { signalOomMm } from "./designs/oom-mm-ref/signal-oom-mm.ts";
import { taskOnly } from "./designs/oom-mm-ref/task-only.ts";
import { ignored } from "./designs/oom-notifier/ignored.ts";
import { nonblock } from "./designs/oom-notifier/nonblock.ts";
import { sleepAndGiveUp } from "./designs/oom-notifier/sleep-and-give-up.ts";
import { down } from "./designs/oom-order/down.ts";
import { up } from "./designs/oom-order/up.ts";
import { delayed2s } from "./designs/oom-queue/delayed2s.ts";
import { queueNow } from "./designs/oom-queue/now.ts";
import { finishGather } from "./designs/oom-refuse/finish-gather.ts";
import { leaveGatherOpen } from "./designs/oom-refuse/leave-gather-open.ts";
import { reuseOff } from "./designs/reuse/off.ts";
import { reuseOn } from "./designs/reuse/on.ts";
import { rollupAssumesOne } from "./designs/rollup-empty/assumes-one.ts";
import { rollupTested } from "./designs/rollup-empty/tested.ts";
import { growReadLocked } from "./designs/stack-grow/read-lock.ts";
import { growWriteLocked } from "./designs/stack-grow/write-lock.ts";
import { none } from "./designs/swapoff-guard/none.ts";
import { trialBeforeLock } from "./designs/swapoff-guard/trial-before-lock.ts";
import { trialSkipMarker } from "./designs/swapoff-guard/trial-skip-marker.ts";
import { unstable } from "./designs/swapoff-guard/unstable.ts";
import { byEntry } from "./designs/swapoff-walk/by-entry.ts";
import { byMmlist } from "./designs/swapoff-walk/mmlist.ts";
import { flushAlways } from "./designs/tlb-flush/always.ts";
import { skipsFullMm } from "./designs/tlb-flush/skips-full-mm.ts";
import { trialPagesFirst } from "./designs/tlb-flush/trial-pages-first.ts";
import { anyMm } from "./designs/uprobe-guard/none.ts";
import { stableMm } from "./designs/uprobe-guard/unstable.ts";
import { embedded } from "./designs/vma-lock/embedded.ts";
import { noVmaLock } from "./designs/vma-lock/none.ts";
import { separate } from "./designs/vma-lock/separate.ts";
import { eitherOrder } from "./designs/vma-merge/either-order.ts";
import { intoFaulted } from "./designs/vma-merge/into-faulted.ts";

type PointKey = keyof KernelDesigns;

interface Point {
  readonly id: string;
  readonly key: PointKey;
  readonly question: string;
  readonly variants: readonly Variant[];
}

/** All decision points, in the order in which they are listed. */
export const POINTS: readonly Point[] = [
  {
    id: "fork.copy",
    key: "forkCopy",
    question: "how does the child's set of VMAs come to be?",
    variants: [list, bulk, dup],
  },
  {
    id: "fork.linkOrder",
    key: "forkLinkOrder",
    question: "when can a copied VMA be found through its file?",
    variants: [fileFirst, fileLast],
  },
  {
    id: "fork.recovery",
    key: "forkRecovery",
    question: "what does a failing dup_mmap() do with the half-copied mm before it unlocks it?",
    variants: [
      noRecovery,
      marker,
      markerFlags,
      teardown,
      markAll,
      erase,
      partial,
      keepLocked,
      trialNoDestroy,
      trialLimitFromEnd,
      trialLimitTooLow,
      trialUnlockBetween,
    ],
  },
  {
    id: "exit.marker",
    key: "exitMarker",
    question: "what does exit_mmap() make of the marker?",
    variants: [stopAt, unknown],
  },
  {
    id: "swapoff.walk",
    key: "swapoffWalk",
    question: "how does swapoff() find the entries that refer to its device?",
    variants: [byEntry, byMmlist],
  },
  {
    id: "swapoff.guard",
    key: "swapoffGuard",
    question: "what does unuse_mm() look at before it walks an mm?",
    variants: [none, unstable, trialSkipMarker, trialBeforeLock],
  },
  {
    id: "fork.signal",
    key: "forkSignal",
    question: "where does dup_mmap() notice a fatal signal?",
    variants: [noLook, perVma, whileWaiting],
  },
  {
    id: "fork.lockVmas",
    key: "forkLockVmas",
    question: "does a fork lock the parent's VMAs, each before it is copied?",
    variants: [leaveVmas, lockVmas],
  },
  {
    id: "fork.uprobeGate",
    key: "forkUprobeGate",
    question: "how long does a fork keep registrations of uprobes out?",
    variants: [inDupMmap, aroundMmput],
  },
  {
    id: "uprobe.guard",
    key: "uprobeGuard",
    question: "what does a registration of uprobes look at before it goes into an mm?",
    variants: [anyMm, stableMm],
  },
  {
    id: "fork.anonVma",
    key: "forkAnonVma",
    question: "in which order does anon_vma_fork() allocate and link?",
    variants: [linkAsYouGo, allocFirst],
  },
  {
    id: "vma.lock",
    key: "vmaLock",
    question: "what does a VMA need besides its struct?",
    variants: [noVmaLock, separate, embedded],
  },
  {
    id: "mm.init",
    key: "mmInit",
    question: "what does mm_init() allocate?",
    variants: [earlyInit, plain, withIds],
  },
  {
    id: "exit.reaperSync",
    key: "exitReaperSync",
    question: "how do exit_mmap() and the OOM reaper keep out of each other's way?",
    variants: [
      users,
      currentVictim,
      mmVictim,
      selfReap,
      selfReapWriteLock,
      readThenSkipThenWrite,
      twoFlags,
      trialSkipFirst,
    ],
  },
  {
    id: "exit.freeOrder",
    key: "exitFreeOrder",
    question: "what does free_pgtables() do first with a VMA?",
    variants: [unlinkFirst, trialTablesFirst],
  },
  {
    id: "oom.order",
    key: "oomOrder",
    question: "in which order does the reaper visit the VMAs?",
    variants: [up, down],
  },
  {
    id: "oom.gather",
    key: "oomGather",
    question: "what does the reaper gather before it flushes the TLBs and lets pages go?",
    variants: [fullMm, gatherPerVma],
  },
  {
    id: "tlb.flush",
    key: "tlbFlush",
    question: "when does finishing a gather flush the TLBs?",
    variants: [skipsFullMm, flushAlways, trialPagesFirst],
  },
  {
    id: "oom.notifier",
    key: "oomNotifier",
    question: "what does the reaper do about mmu notifiers?",
    variants: [ignored, sleepAndGiveUp, nonblock],
  },
  {
    id: "oom.refuse",
    key: "oomRefuse",
    question: "what does the reaper do when a notifier refuses a VMA?",
    variants: [finishGather, leaveGatherOpen],
  },
  {
    id: "lazyTlb.ref",
    key: "lazyTlbRef",
    question: "does who borrows page tables hold a reference to their mm?",
    variants: [counted, trialUncounted],
  },
  {
    id: "mmdrop.sched",
    key: "mmdropSched",
    question: "when is an mm freed whose last reference is dropped in a context switch?",
    variants: [inSwitch, inCallback],
  },
  {
    id: "mempolicy.empty",
    key: "mempolicyEmpty",
    question: "what does migrate_pages() make of an address space without VMAs?",
    variants: [mempolicyAssumesOne, mempolicyTested],
  },
  {
    id: "numa.empty",
    key: "numaEmpty",
    question: "what does the NUMA scan make of an address space without VMAs?",
    variants: [numaAssumesOne, numaTested],
  },
  {
    id: "rollup.empty",
    key: "rollupEmpty",
    question: "what does smaps_rollup make of an address space without VMAs?",
    variants: [rollupAssumesOne, rollupTested],
  },
  {
    id: "fault.unstable",
    key: "faultUnstable",
    question: "may a fault answer with a fresh page where the reaper has been?",
    variants: [unstableIgnored, unstableUnderPtl],
  },
  {
    id: "mrelease.ref",
    key: "mreleaseRef",
    question: "what does process_mrelease() hold while it reaps?",
    variants: [mreleaseAbsent, mreleaseNone, mreleaseUsers, mreleaseCount],
  },
  {
    id: "munmap.tree",
    key: "munmapTree",
    question: "what does munmap() need to take areas out of the tree, and when?",
    variants: [munmapList, munmapPrealloc, eraseReattach],
  },
  {
    id: "munmap.lock",
    key: "munmapLock",
    question: "does munmap() let readers in while it clears entries and frees page tables?",
    variants: [munmapWrite, munmapDowngrade, munmapDowngradeUnlessStack],
  },
  {
    id: "stack.grow",
    key: "stackGrow",
    question: "under which lock does a stack grow?",
    variants: [growReadLocked, growWriteLocked],
  },
  {
    id: "mmap.abort",
    key: "mmapAbort",
    question: "what if the areas that a failed mapping should have replaced cannot be taken out of the tree?",
    variants: [abortMayFail, abortNofail],
  },
  {
    id: "mmap.clearPtes",
    key: "mmapClearPtes",
    question: "when are the entries of areas cleared that a mapping replaces?",
    variants: [clearAfterClose, clearBeforeClose],
  },
  {
    id: "exit.munlock",
    key: "exitMunlock",
    question: "when does exit_mmap() unlock locked areas?",
    variants: [munlockBeforeZap, munlockAfterSelfReap, munlockNone],
  },
  {
    id: "oom.eligible",
    key: "oomEligible",
    question: "does the reaper leave locked areas alone?",
    variants: [skipsLocked, takesLocked],
  },
  {
    id: "oom.mmRef",
    key: "oomMmRef",
    question: "how does the reaper get from the victim to its mm?",
    variants: [taskOnly, signalOomMm],
  },
  {
    id: "oom.queue",
    key: "oomQueue",
    question: "when does a victim come to the reaper?",
    variants: [queueNow, delayed2s],
  },
  {
    id: "vma.merge",
    key: "vmaMerge",
    question: "may an area with anonymous pages and one without be merged?",
    variants: [intoFaulted, eitherOrder],
  },
  {
    id: "mmap.over",
    key: "mmapOver",
    question: "what happens to the areas that a fixed mapping replaces, and when?",
    variants: [unmapFirst, gatherReplace],
  },
  {
    id: "mmap.hugeAlign",
    key: "mmapHugeAlign",
    question: "which unhinted anonymous mappings are placed at a huge-page boundary?",
    variants: [never, anyLarge, multiples],
  },
  {
    id: "mremap.countCheck",
    key: "mremapCountCheck",
    question: "where does mremap() make sure that the number of VMAs will do?",
    variants: [late, early, earlyUnlocked, earlyAlways],
  },
  {
    id: "mremap.resizeCheck",
    key: "mremapResizeCheck",
    question: "are length and limits checked before or after the destination is unmapped?",
    variants: [afterUnmap, beforeUnmap],
  },
  {
    id: "mremap.multi",
    key: "mremapMulti",
    question: "may one mremap() move several VMAs?",
    variants: [one, several],
  },
  {
    id: "madvise.sealed",
    key: "madviseSealed",
    question: "which sealed areas keep their contents from being discarded?",
    variants: [anonymousOnly, privateOnly],
  },
  {
    id: "madvise.guard",
    key: "madviseGuard",
    question: "which areas can have guard regions?",
    variants: [noGuards, anonymousGuards, anyGuards, markedGuards],
  },
  {
    id: "reuse",
    key: "reuse",
    question: "what becomes of a page table that is freed?",
    variants: [reuseOff, reuseOn],
  },
];

const KERNEL_4_13: KernelDesigns = {
  forkCopy: list,
  forkLinkOrder: fileFirst,
  forkRecovery: noRecovery,
  forkSignal: noLook,
  forkLockVmas: leaveVmas,
  forkUprobeGate: inDupMmap,
  uprobeGuard: anyMm,
  forkAnonVma: linkAsYouGo,
  mmInit: earlyInit,
  vmaLock: noVmaLock,
  exitMarker: unknown,
  exitReaperSync: users,
  exitFreeOrder: unlinkFirst,
  oomOrder: up,
  oomGather: fullMm,
  tlbFlush: skipsFullMm,
  reuse: reuseOff,
  oomNotifier: ignored,
  oomRefuse: finishGather,
  swapoffWalk: byEntry,
  swapoffGuard: none,
  lazyTlbRef: counted,
  mmdropSched: inSwitch,
  mempolicyEmpty: mempolicyAssumesOne,
  numaEmpty: numaTested,
  rollupEmpty: rollupTested,
  faultUnstable: unstableUnderPtl,
  mreleaseRef: mreleaseAbsent,
  munmapTree: munmapList,
  munmapLock: munmapWrite,
  stackGrow: growReadLocked,
  mmapAbort: abortNofail,
  mmapClearPtes: clearBeforeClose,
  exitMunlock: munlockBeforeZap,
  oomEligible: skipsLocked,
  oomMmRef: signalOomMm,
  oomQueue: queueNow,
  vmaMerge: intoFaulted,
  mmapOver: unmapFirst,
  mmapHugeAlign: never,
  mremapCountCheck: late,
  mremapResizeCheck: afterUnmap,
  mremapMulti: one,
  madviseSealed: anonymousOnly,
  madviseGuard: noGuards,
};

const KERNEL_4_14: KernelDesigns = {
  ...KERNEL_4_13,
  exitReaperSync: currentVictim,
  oomNotifier: sleepAndGiveUp,
};
const KERNEL_4_15: KernelDesigns = {
  ...KERNEL_4_14,
  exitReaperSync: mmVictim,
  oomGather: gatherPerVma,
};
const KERNEL_4_19: KernelDesigns = {
  ...KERNEL_4_15,
  exitReaperSync: selfReap,
  forkSignal: perVma,
  oomNotifier: nonblock,
  rollupEmpty: rollupAssumesOne,
  exitMunlock: munlockAfterSelfReap,
};
const KERNEL_5_3: KernelDesigns = {
  ...KERNEL_4_19,
  swapoffWalk: byMmlist,
  mremapCountCheck: early,
  munmapLock: munmapDowngrade,
};
const KERNEL_5_10: KernelDesigns = {
  ...KERNEL_5_3,
  munmapLock: munmapDowngradeUnlessStack,
};
const KERNEL_5_15: KernelDesigns = {
  ...KERNEL_5_10,
  mreleaseRef: mreleaseUsers,
};
const KERNEL_6_0: KernelDesigns = {
  ...KERNEL_5_15,
  exitReaperSync: selfReapWriteLock,
  mreleaseRef: mreleaseCount,
  exitMunlock: munlockNone,
  oomEligible: takesLocked,
  oomQueue: delayed2s,
};
const KERNEL_6_1: KernelDesigns = {
  ...KERNEL_6_0,
  forkCopy: bulk,
  exitReaperSync: readThenSkipThenWrite,
  rollupEmpty: rollupTested,
  munmapTree: munmapPrealloc,
};
const KERNEL_6_6: KernelDesigns = {
  ...KERNEL_6_1,
  vmaLock: separate,
  forkLockVmas: lockVmas,
  mmInit: plain,
  numaEmpty: numaAssumesOne,
  munmapTree: eraseReattach,
  munmapLock: munmapDowngrade,
  stackGrow: growWriteLocked,
};
const KERNEL_6_8: KernelDesigns = {
  ...KERNEL_6_6,
  forkCopy: dup,
  forkRecovery: marker,
  exitMarker: stopAt,
  mmapHugeAlign: anyLarge,
};
const KERNEL_6_10: KernelDesigns = {
  ...KERNEL_6_8,
  forkLinkOrder: fileLast,
};
const KERNEL_6_12: KernelDesigns = {
  ...KERNEL_6_10,
  mmapOver: gatherReplace,
  numaEmpty: numaTested,
};
const KERNEL_6_14: KernelDesigns = {
  ...KERNEL_6_12,
  forkRecovery: markerFlags,
  forkUprobeGate: aroundMmput,
  uprobeGuard: stableMm,
  mmapHugeAlign: multiples,
  madviseGuard: anonymousGuards,
  mempolicyEmpty: mempolicyTested,
};
const KERNEL_6_17: KernelDesigns = {
  ...KERNEL_6_14,
  vmaLock: embedded,
  mmInit: withIds,
  vmaMerge: eitherOrder,
  mremapCountCheck: earlyUnlocked,
  mremapResizeCheck: beforeUnmap,
  mremapMulti: several,
  madviseGuard: anyGuards,
};
const KERNEL_6_18: KernelDesigns = {
  ...KERNEL_6_17,
  swapoffGuard: unstable,
  oomOrder: down,
};
const KERNEL_6_19: KernelDesigns = {
  ...KERNEL_6_18,
  forkSignal: whileWaiting,
  madviseGuard: markedGuards,
};
const KERNEL_7_0: KernelDesigns = {
  ...KERNEL_6_19,
  forkRecovery: teardown,
  exitMarker: unknown,
  forkAnonVma: allocFirst,
};

const KERNEL_7_1: KernelDesigns = {
  ...KERNEL_7_0,
  mremapCountCheck: earlyAlways,
};

/** Kernel version -> variants, oldest first. Two versions with the same table differ in nothing that is modelled. */
export const PRESETS: Readonly<Record<string, KernelDesigns>> = {
  "4.13": KERNEL_4_13,
  "4.14": KERNEL_4_14,
  "4.15": KERNEL_4_15,
  "4.19": KERNEL_4_19,
  "5.3": KERNEL_5_3,
  "5.10": KERNEL_5_10,
  "5.15": KERNEL_5_15,
  "6.0": KERNEL_6_0,
  "6.1": KERNEL_6_1,
  "6.6": KERNEL_6_6,
  "6.8": KERNEL_6_8,
  "6.10": KERNEL_6_10,
  "6.12": KERNEL_6_12,
  "6.14": KERNEL_6_14,
  "6.17": KERNEL_6_17,
  "6.18": KERNEL_6_18,
  "6.19": KERNEL_6_19,
  "7.0": KERNEL_7_0,
  "7.1": KERNEL_7_1,
};

/** Versions with a preset, oldest first. */
export const KERNELS: readonly string[] = Object.keys(PRESETS);

/** A choice that cannot be made: one sentence with the cure. */
export interface DesignProblem {
  readonly problem: string;
}

/** Is it a problem rather than a table of variants? */
export function isDesignProblem(value: KernelDesigns | DesignProblem): value is DesignProblem {
  return "problem" in value;
}

/**
 * The variants of a kernel with some replaced.
 * @param replacements `POINT=VARIANT` pairs, e.g. `swapoff.guard=unstable`
 * @param extra variants of the user's own, taken as they are
 */
export function designsFor(
  kernel: string,
  replacements: readonly string[] = [],
  extra: readonly Variant[] = [],
): KernelDesigns | DesignProblem {
  const preset = PRESETS[kernel];
  if (preset === undefined)
    return { problem: `there is no preset for kernel ${kernel}; there are ${KERNELS.join(", ")}` };
  const table: Record<PointKey, Variant> = { ...preset };
  for (const text of replacements) {
    const at = text.indexOf("=");
    const id = at < 0 ? text : text.slice(0, at);
    const name = at < 0 ? "" : text.slice(at + 1);
    const point = POINTS.find((p) => p.id === id);
    if (!point)
      return {
        problem: `there is no decision point "${id}"; there are ${POINTS.map((p) => p.id).join(", ")}`,
      };
    const variant = point.variants.find((v) => v.name === name);
    if (!variant) {
      return {
        problem: `${id} has no variant "${name}"; it has ${point.variants.map((v) => v.name).join(", ")}`,
      };
    }
    table[point.key] = variant;
  }
  for (const variant of extra) {
    const point = POINTS.find((p) => p.id === variant.point);
    if (!point) {
      return {
        problem: `the design "${variant.name}" is for "${variant.point}", which is no decision point; there are ${POINTS.map((p) => p.id).join(", ")}`,
      };
    }
    table[point.key] = variant;
  }
  const designs = table as unknown as KernelDesigns;
  const clash = clashIn(designs);
  return clash === undefined ? designs : { problem: clash };
}

/** The first requirement between variants that is not met, as a sentence. */
export function clashIn(designs: KernelDesigns): string | undefined {
  for (const point of POINTS) {
    const variant: Variant = designs[point.key];
    for (const [id, names] of Object.entries(variant.requires ?? {})) {
      const other = POINTS.find((p) => p.id === id);
      if (!other) return `${point.id}=${variant.name} requires "${id}", which is no decision point`;
      const found: Variant = designs[other.key];
      if (!names.includes(found.name)) {
        return `${point.id}=${variant.name} requires ${id}=${names.join(" or ")}, but it is ${found.name}`;
      }
    }
  }
  return undefined;
}

/** `point=variant` for every point, in the order of `POINTS`: how a report names a combination. */
export function describeDesigns(designs: KernelDesigns): Record<string, string> {
  return Object.fromEntries(POINTS.map((p) => [p.id, designs[p.key].name]));
}
