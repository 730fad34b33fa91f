/** interleaf/mm: the model kernel. */
export { AddressSpace, type BootOptions, type ExecOptions, type OpenOptions } from "./address-space.ts";
export {
  type Allocation,
  FAILURE_MODELS,
  type FailureModel,
  type GfpClass,
  mayFail,
} from "./allocation.ts";
export { type AnonVma, type AnonVmaChain, anonVmaChains, anonVmas } from "./anon-vma.ts";
export { AreaLines } from "./area-lines.ts";
export { audit, type Discrepancy } from "./audit.ts";
export type { Bytes } from "./bytes.ts";
export type {
  ExitFreeOrder,
  ExitMarker,
  ExitReaperSync,
  ForkAnonVma,
  ForkCopy,
  ForkFailure,
  ForkLinkOrder,
  ForkLockVmas,
  ForkRecovery,
  ForkSignal,
  ForkUprobeGate,
  KernelDesigns,
  MmInit,
  OomGather,
  OomNotifier,
  OomOrder,
  OomRefuse,
  Reuse,
  SwapoffGuard,
  SwapoffWalk,
  TlbFlush,
  UprobeGuard,
  Variant,
  VmaLock,
} from "./decisions.ts";
export * from "./errno.ts";
export { type File, files, type Mapping, mappings } from "./file.ts";
export { MM_EXPLANATIONS } from "./findings.ts";
export { type Image, type ImageVma, PAGE_BYTES } from "./image.ts";
export { type Globals, Kernel, type TaskStruct } from "./kernel.ts";
export {
  type AreaSpec,
  contentOf,
  layOut,
  type Planting,
  pageAt,
  plant,
  swapOutPage,
} from "./layout.ts";
export { type Mm, mms, newMm, rssOf } from "./mm-struct.ts";
export * from "./mman.ts";
export { type Page, pages } from "./page.ts";
export {
  entryAt,
  isPresent,
  isSwap,
  isWritable,
  type PteTable,
  pteTables,
  REGION_PAGES,
} from "./page-table.ts";
export { anonVmaPrepare, unlinkAnonVmas } from "./paths/anon-vma.ts";
export { copyPageRange } from "./paths/copy-page-range.ts";
export { exitMmap, freeAddressSpace, freePgtables, tearDownVmas, unmapVmas } from "./paths/exit.ts";
export { access, SEGV_ACCERR, SEGV_MAPERR, SIGBUS } from "./paths/fault.ts";
export { copyProcess, dupMm, dupMmap } from "./paths/fork.ts";
export { migratePages, readSmapsRollup, taskNumaWork } from "./paths/from-first.ts";
export { contextSwitch, execMmap } from "./paths/lazy-tlb.ts";
export { mmdrop, mmget, mmgetNotZero, mmgrab, mmput, mmputAsync } from "./paths/lifetime.ts";
export { processMrelease } from "./paths/mrelease.ts";
export {
  doExit,
  exitMm,
  oomKill,
  oomReaper,
  oomReapTask,
  putTaskStruct,
  reapUnlessSkipped,
  reapVmas,
} from "./paths/oom.ts";
export { getTaskMm, probe, readProcMaps } from "./paths/proc-maps.ts";
export { swapOut, unmapMappingRange } from "./paths/rmap.ts";
export { emptySwapCache, swapoff, unuseMm } from "./paths/swapoff.ts";
export { truncateFile } from "./paths/truncate.ts";
export { registerForEachVma } from "./paths/uprobe.ts";
export { touch } from "./paths/user-access.ts";
export { isMappedLockless } from "./paths/vma-lock.ts";
export {
  clashIn,
  type DesignProblem,
  describeDesigns,
  designsFor,
  isDesignProblem,
  KERNELS,
  POINTS,
  PRESETS,
} from "./presets.ts";
export { cachedPage, type SwapDevice, type SwapSlot, swapCount, swapSlots } from "./swap.ts";
export * from "./syscalls.ts";
export { DEFAULT_SYSTEM, type Limits, type System } from "./system.ts";
export { newTlb } from "./tlb.ts";
export * from "./userfault-ctx.ts";
export { Userfaultfd } from "./userfaultfd.ts";
export * from "./vma.ts";
export { findVma, markerOf, VmaTree } from "./vma-tree.ts";
export { emptyZone, newZone, writeToFreshPage } from "./zone.ts";
