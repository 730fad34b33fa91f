/**
 * Decision points: the places where kernels, or proposals for one, differ. The model calls the variant; it never
 * asks for a version. One file per variant under `designs/POINT/NAME.ts`; `presets.ts` says which kernel has which.
 */
import type { Path, Suspend } from "../sched/index.ts";
import type { Allocation } from "./allocation.ts";
import type { AnonVma } from "./anon-vma.ts";
import type { Gather } from "./gather.ts";
import type { Kernel } from "./kernel.ts";
import type { Mm } from "./mm-struct.ts";
import type { Gathered } from "./paths/munmap.ts";
import type { Vma } from "./vma.ts";
import type { VmaTree } from "./vma-tree.ts";

/** What every variant says of itself. */
export interface Variant {
  /** The decision point, e.g. `fork.recovery`. */
  readonly point: string;
  readonly name: string;
  /** One line: what it does. */
  readonly title: string;
  /** Commit, release or mail it models. */
  readonly source: string;
  /** Variants of other points without which it makes no sense: `{ "exit.marker": ["stopAt"] }`. */
  readonly requires?: Readonly<Record<string, readonly string[]>>;
}

/** What dup_mmap() knows when it gives up. */
export interface ForkFailure {
  /** VMA of the old mm at which it stopped, null when no VMA was left. */
  readonly vma: Vma | null;
  /** Its range; where the tree was copied whole, that of its entry in the new tree. */
  readonly start: number;
  readonly end: number;
  /** The tree could not even be copied: the new tree is empty. */
  readonly noTree: boolean;
}

/** `fork.copy`: how the child's set of VMAs comes to be. Both mmap_locks are held for writing throughout. */
export interface ForkCopy extends Variant {
  /** What `begin` may be refused. */
  readonly nodes?: Allocation;
  /** Before the first VMA. false = no memory, and the child's tree is empty. */
  begin(k: Kernel, mm: Mm, old: Mm): boolean;
  /** The tree whose entries are the VMAs to copy, one after the other. */
  walked(mm: Mm, old: Mm): VmaTree;
  /** What `leaveOut` may be refused. */
  readonly nodesToLeaveOut?: Allocation;
  /** The child gets nothing at `[start, end)`. false = no memory. */
  leaveOut(k: Kernel, mm: Mm, start: number, end: number): boolean;
  /** Puts a finished VMA in its place; false only if the variant promised too much. */
  insert(mm: Mm, start: number, end: number, copy: Vma): boolean;
}

/** `fork.linkOrder`: when a copied VMA of a file can be found through the file. */
export interface ForkLinkOrder extends Variant {
  /** Before it stands in the child's tree. */
  readonly fileFirst: boolean;
}

/** `fork.recovery`: what dup_mmap() does with a half-copied mm before it unlocks it. */
export interface ForkRecovery extends Variant {
  /** What is set aside before the copy begins, so that `recover` needs nothing any more. Refused: the fork fails there. */
  readonly reserve?: Allocation;
  /** Both mmap_locks are held for writing. */
  recover(k: Kernel, mm: Mm, failure: ForkFailure): Path;
  /** The parent is unlocked, the child still held for writing: it is unlocked after this. */
  recoverChild?(k: Kernel, mm: Mm, failure: ForkFailure): Path;
}

/** `exit.marker`: what exit_mmap() makes of the marker. */
export interface ExitMarker extends Variant {
  /** The walk over the tree ends at this entry. */
  endsAt(k: Kernel, entry: Vma | null): boolean;
}

/** `swapoff.guard`: what unuse_mm() looks at before it walks an mm. Two halves, for the step and the verdict. */
export interface SwapoffGuard extends Variant {
  /** Looks before it has mmap_lock instead of under it. */
  readonly beforeLock?: boolean;
  /** Entries of the tree that the walk passes over. */
  stepsOver?(k: Kernel, entry: Vma): boolean;
  look(k: Kernel, mm: Mm): Suspend;
  skips(k: Kernel, mm: Mm): boolean;
}

/** `swapoff.walk`: how swapoff() finds the page-table entries that refer to the device. */
export interface SwapoffWalk extends Variant {
  /** Until no slot is in use: 0 or -ENOMEM. The device gives no new slots any more. */
  tryToUnuse(k: Kernel): Path<number>;
}

/** `fork.signal`: where dup_mmap() notices a fatal signal. */
export interface ForkSignal extends Variant {
  /** A fatal signal ends the wait for the reader of a VMA (vma_start_write_killable). */
  readonly killableWait: boolean;
  look(k: Kernel): Suspend;
  interrupts(k: Kernel): boolean;
}

/** `fork.lockVmas`: does dup_mmap() lock the parent's VMAs, each before it is copied? */
export interface ForkLockVmas extends Variant {
  readonly locks: boolean;
}

/** `fork.uprobeGate`: how long a fork keeps registrations of uprobes out. */
export interface ForkUprobeGate extends Variant {
  /** Until a child that failed is torn down. Otherwise until dup_mmap() is over. */
  readonly aroundMmput: boolean;
}

/** `uprobe.guard`: what a registration looks at before it goes into an mm. Two halves, for the step and the verdict. */
export interface UprobeGuard extends Variant {
  look(k: Kernel, mm: Mm): Suspend;
  skips(k: Kernel, mm: Mm): boolean;
}

/** `fork.anonVma`: in which order anon_vma_fork() allocates and links. */
export interface ForkAnonVma extends Variant {
  /** 0 or -ENOMEM with nothing left linked. */
  fork(k: Kernel, vma: Vma, parent: Vma): Path<number>;
}

/** `vma.lock`: what a VMA needs besides its struct. */
export interface VmaLock extends Variant {
  /** There is a lock per VMA: then taking it for writing asserts that mmap_lock is held for writing. */
  readonly perVma: boolean;
  /** It is a count inside the VMA (vm_refcnt), not an rwsem. */
  readonly counted: boolean;
  /** Allocations of vm_area_alloc() and vm_area_dup(), in order. */
  readonly allocations: readonly Allocation[];
}

/** `mm.init`: what mm_init() allocates. */
export interface MmInit extends Variant {
  readonly allocations: readonly Allocation[];
}

/** `exit.reaperSync`: how exit_mmap() and the OOM reaper keep out of each other's way. */
export interface ExitReaperSync extends Variant {
  /** mark_oom_victim() marks the mm as well (MMF_OOM_VICTIM). */
  readonly marksMm: boolean;
  /** exit_mmap() empties the tree. The list of VMAs before 5.19 was left as it was, full of freed ones. */
  readonly emptiesTree: boolean;
  /** exit_mmap(): zap, page tables, VMAs. Nobody has a user of the mm any more. */
  exitMmap(k: Kernel, mm: Mm): Path;
  /** One attempt of the reaper (oom_reap_task_mm). false = mmap_lock was not to be had: try again. */
  reap(k: Kernel, mm: Mm): Path<boolean>;
}

/** `exit.freeOrder`: what free_pgtables() does first with a VMA. */
export interface ExitFreeOrder extends Variant {
  readonly tablesFirst: boolean;
}

/** `oom.notifier`: what the reaper does about mmu notifiers, which may block. */
export interface OomNotifier extends Variant {
  /** An mm with notifiers is not reaped at all. */
  readonly givesUp: boolean;
  /** Each VMA is announced, and a notifier may refuse it. */
  readonly asks: boolean;
}

/** `oom.refuse`: what the reaper does when a notifier refuses a VMA. */
export interface OomRefuse extends Variant {
  readonly finishesGather: boolean;
}

/** `oom.gather`: what the reaper gathers before it flushes and lets pages go. */
export interface OomGather extends Variant {
  /** The whole address space at once; else area by area. */
  readonly wholeMm: boolean;
}

/** `tlb.flush`: what finishing a gather does to the TLBs (tlb_flush). */
export interface TlbFlush extends Variant {
  /** Pages go before the flush. */
  readonly pagesFirst: boolean;
  /** Does this gather, which cleared something, flush at all? */
  flushes(gather: Gather): boolean;
}

/** `reuse`: what becomes of a page table that is freed. No decision of a kernel, but of who looks at it. */
export interface Reuse extends Variant {
  /** The next allocation takes it; else its first touch is found. */
  readonly atOnce: boolean;
}

/** `oom.order`: in which order the reaper visits the VMAs. */
export interface OomOrder extends Variant {
  readonly down: boolean;
}

/** `lazyTlb.ref`: does who borrows page tables hold a reference to their mm? */
export interface LazyTlbRef extends Variant {
  readonly counts: boolean;
}

/** `mmdrop.sched`: when is an mm freed whose last reference is dropped in a context switch? */
export interface MmdropSched extends Variant {
  /** Not there, but in an RCU callback later. */
  readonly delayed: boolean;
}

/** `mempolicy.empty`, `numa.empty`, `rollup.empty`: does a walk that begins at the first VMA look whether there is one? */
export interface EmptyWalk extends Variant {
  readonly looks: boolean;
}

/** `fault.unstable`: does a fault look at MMF_UNSTABLE before it maps a fresh page? */
export interface FaultUnstable extends Variant {
  readonly looks: boolean;
}

/** `mrelease.ref`: what process_mrelease() holds while it reaps. */
export interface MreleaseRef extends Variant {
  /** There is such a call. */
  readonly exists: boolean;
  /** A user of the mm; else the structure only. */
  readonly holdsUser: boolean;
  /** Looks at MMF_OOM_SKIP under the lock. */
  readonly looksAtSkip: boolean;
}

/** `munmap.tree`: what munmap() allocates to take VMAs out of their tree, and what it has counted by then. */
export interface MunmapTree extends Variant {
  /** Nodes for taking the range out, before anything is cut. */
  readonly prealloc: boolean;
  /** Nodes of a tree on the side, for what is gathered. */
  readonly sideNodes: boolean;
  /** Nodes for taking the range out, when all is gathered. */
  readonly eraseNodes: boolean;
  /** Locked pages are counted off while gathering; a failure behind that does not count them back. */
  readonly countsEarly: boolean;
}

/** `munmap.lock`: does munmap() downgrade mmap_lock once the VMAs are out of the tree? */
export interface MunmapLock extends Variant {
  /** @param next the VMA behind the hole */
  downgrades(next: Vma | null): boolean;
}

/** `stack.grow`: under which mmap_lock an area grows down. */
export interface StackGrow extends Variant {
  readonly underWriteLock: boolean;
}

/** `mmap.abort`: when a mapping over others fails behind the point where their entries are gone. */
export interface MmapAbort extends Variant {
  /** Taking them out of the tree may be refused a node; then they stay. */
  readonly mayFail: boolean;
}

/** `mmap.clearPtes`: when the entries of areas are cleared that a mapping replaces. */
export interface MmapClearPtes extends Variant {
  /** Before the new area can be found; else together with the freeing of the old. */
  readonly before: boolean;
}

/** `exit.munlock`: when exit_mmap() unlocks VM_LOCKED areas, page by page. */
export interface ExitMunlock extends Variant {
  /** It does. */
  readonly munlocks: boolean;
  /** Before it has kept the reaper out. */
  readonly first: boolean;
}

/** `oom.eligible`: which areas the reaper leaves alone, besides those that cannot be reaped at all. */
export interface OomEligible extends Variant {
  readonly skipsLocked: boolean;
}

/** `oom.mmRef`: how the reaper gets from the victim to its mm. */
export interface OomMmRef extends Variant {
  /** mark_oom_victim() keeps a reference to the mm with the process. */
  readonly kept: boolean;
}

/** `oom.queue`: when a victim comes to the reaper. */
export interface OomQueue extends Variant {
  /** After two seconds, and only if the exit has not been there meanwhile. */
  readonly delayed: boolean;
}

/** `vma.merge`: may an area with anonymous pages and one without be merged? */
export interface VmaMerge extends Variant {
  /**
   * @param source anon_vma of the range that is to be merged
   * @param inherited the range is linked to an ancestor's anon_vma, through fork
   * @param target the neighbour that would take it over
   */
  anonVmasFit(source: AnonVma | null, inherited: boolean, target: Vma): boolean;
}

/** `mmap.over`: what happens to the areas that a fixed mapping replaces, and when? */
export interface MmapOver extends Variant {
  /**
   * Checks the address-space limits for a mapping with these flags and makes room for it. What is gathered still stands in
   * the tree. Requires mmap_lock for writing.
   */
  prepare(k: Kernel, mm: Mm, start: number, end: number, flags: number): Path<Gathered>;
}

/** `mremap.countCheck`: where mremap() makes sure that the number of VMAs will do. All numbers are the mm's map_count. */
export interface MremapCountCheck extends Variant {
  /** Calls that name their destination look before anything is unmapped. */
  readonly looksEarly: boolean;
  /** `beforeLock` looks at the number while others may change it: then the look is a step. */
  readonly looksBeforeLock: boolean;
  /** May the call begin? Before mmap_lock is taken. `places` = MREMAP_FIXED or MREMAP_DONTUNMAP. */
  beforeLock(k: Kernel, mm: Mm, places: boolean): boolean;
  /** May the call begin? Under mmap_lock. */
  underLock(k: Kernel, mm: Mm, places: boolean): boolean;
  /** May an area be moved? The first step of move_vma(), after the destination was unmapped. */
  atMove(k: Kernel, mm: Mm): boolean;
}

/** `mremap.resizeCheck`: are length and limits checked before or after the destination is unmapped? */
export interface MremapResizeCheck extends Variant {
  readonly beforeUnmap: boolean;
  /** A move that shrinks is charged for what it shrinks by, and nobody gives that back. */
  readonly chargesShrink: boolean;
}

/** `mremap.multi`: may one call with MREMAP_FIXED and one length move several VMAs? */
export interface MremapMulti extends Variant {
  readonly several: boolean;
}

/** `mmap.hugeAlign`: which unhinted anonymous mappings are placed at a huge-page boundary? */
export interface MmapHugeAlign extends Variant {
  aligns(pages: number): boolean;
}

/** `madvise.sealed`: which sealed areas keep their contents from being discarded? */
export interface MadviseSealed extends Variant {
  mayDiscard(vma: Vma): boolean;
}

/** `madvise.guard`: which areas can have guard regions? */
export interface MadviseGuard extends Variant {
  /** The kernel knows the advice at all. */
  readonly known: boolean;
  /** The area is marked, so that its page tables are copied at fork; else an anon_vma does that. */
  readonly marks: boolean;
  /** May this area have them? Locked ones may not get any, whatever is said here. */
  fits(vma: Vma): boolean;
}

/** One variant for each decision point. */
export interface KernelDesigns {
  readonly forkCopy: ForkCopy;
  readonly forkLinkOrder: ForkLinkOrder;
  readonly forkRecovery: ForkRecovery;
  readonly exitMarker: ExitMarker;
  readonly swapoffWalk: SwapoffWalk;
  readonly swapoffGuard: SwapoffGuard;
  readonly forkSignal: ForkSignal;
  readonly forkLockVmas: ForkLockVmas;
  readonly forkUprobeGate: ForkUprobeGate;
  readonly uprobeGuard: UprobeGuard;
  readonly forkAnonVma: ForkAnonVma;
  readonly vmaLock: VmaLock;
  readonly mmInit: MmInit;
  readonly exitReaperSync: ExitReaperSync;
  readonly exitFreeOrder: ExitFreeOrder;
  readonly oomOrder: OomOrder;
  readonly oomGather: OomGather;
  readonly reuse: Reuse;
  readonly tlbFlush: TlbFlush;
  readonly oomNotifier: OomNotifier;
  readonly oomRefuse: OomRefuse;
  readonly lazyTlbRef: LazyTlbRef;
  readonly mmdropSched: MmdropSched;
  readonly mempolicyEmpty: EmptyWalk;
  readonly numaEmpty: EmptyWalk;
  readonly rollupEmpty: EmptyWalk;
  readonly faultUnstable: FaultUnstable;
  readonly mreleaseRef: MreleaseRef;
  readonly munmapTree: MunmapTree;
  readonly munmapLock: MunmapLock;
  readonly stackGrow: StackGrow;
  readonly mmapAbort: MmapAbort;
  readonly mmapClearPtes: MmapClearPtes;
  readonly exitMunlock: ExitMunlock;
  readonly oomEligible: OomEligible;
  readonly oomMmRef: OomMmRef;
  readonly oomQueue: OomQueue;
  readonly vmaMerge: VmaMerge;
  readonly mmapOver: MmapOver;
  readonly mmapHugeAlign: MmapHugeAlign;
  readonly mremapCountCheck: MremapCountCheck;
  readonly mremapResizeCheck: MremapResizeCheck;
  readonly mremapMulti: MremapMulti;
  readonly madviseSealed: MadviseSealed;
  readonly madviseGuard: MadviseGuard;
}
