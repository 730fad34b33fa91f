/**
 * The model kernel: a machine with the kernel's globals, the variants it was built with, and a failure model.
 *
 * Lock order (outermost first):
 *
 *   dup_mmap_sem (forks against registration of uprobes)
 *   mmap_lock (parent, then child nested)
 *     folio lock
 *       i_mmap rwsem
 *         anon_vma root rwsem
 *           page_table_lock, ptl (child's, then parent's nested)
 *             swap_lock
 *               mmlist_lock
 *   task_lock: inside mmap_lock in exit_mm
 *   oom_reaper_lock: nothing inside
 */
import {
  type Atomic,
  atomic,
  bool,
  type List,
  type Lock,
  list,
  Machine,
  type Rcu,
  type Row,
  rcu,
  ref,
  refcount,
  rwsem,
  type Slab,
  type Suspend,
  slab,
  spinlock,
  type Tally,
  tally,
} from "../sched/index.ts";
import { type Allocation, type FailureModel, mayFail, mayReclaim } from "./allocation.ts";
import type { KernelDesigns } from "./decisions.ts";
import type { Mm } from "./mm-struct.ts";
import type { PageStore } from "./page.ts";
import { type SwapDevice, swapDevices } from "./swap.ts";
import { DEFAULT_SYSTEM, type System } from "./system.ts";
import type { Tlb } from "./tlb.ts";
import type { Vma } from "./vma.ts";
import { type EmptyTree, emptyTree } from "./vma-tree.ts";
import type { Zone } from "./zone.ts";

/** What is shared by all: lists with their locks, and counters. */
export interface Globals extends Row {
  readonly mmlistLock: Lock;
  /** init_mm.mmlist: mms that may hold swap entries. Guarded by mmlistLock. */
  readonly mmlist: List<Mm>;
  /**
   * vm_committed_as: pages charged to the commit limit. Whether a charge is refused is a choice of the explorer
   * (the limit depends on the whole machine), so nobody reads it until everything has ended.
   */
  readonly committed: Tally;
  /** Pages of it that no area has: mremap() charges a shrinking move for what it shrinks by. For the audit. */
  readonly overcharged: Tally;
  readonly oomReaperLock: Lock;
  /** oom_reaper_list. Guarded by oomReaperLock. */
  readonly oomReaperList: List<TaskStruct>;
  /** dup_mmap_sem: forks hold it for reading, registrations of uprobes for writing. */
  readonly dupMmapSem: Lock;
  /** Deferred frees of what is found without a lock. */
  readonly rcu: Rcu;
  /** oom_reaper_wait: tasks queued so far. */
  readonly oomReaperQueued: Atomic;
}

const globals: Slab<Globals> = slab<Globals>(
  "kernel",
  {
    mmlistLock: spinlock(),
    mmlist: list("mmlist_lock"),
    committed: tally(),
    overcharged: tally(),
    oomReaperLock: spinlock(),
    oomReaperList: list("oom_reaper_lock"),
    oomReaperQueued: atomic(),
    dupMmapSem: rwsem(),
    rcu: rcu(),
  },
  { permanent: true },
);

/** struct task_struct with the parts of signal_struct that the OOM killer uses. */
export interface TaskStruct extends Row {
  /** task_lock: guards `mm`. */
  readonly lock: Lock;
  mm: Mm | null;
  /** usage: the task itself, and the reaper while it is queued. */
  readonly usage: Atomic;
  /** Has let go of itself at its end (do_exit). For the books: who is gone must not be held. */
  exited: boolean;
  /** TIF_MEMDIE / tsk_is_oom_victim. */
  readonly victim: Atomic;
  /** signal->oom_mm: holds an mm_count. Set once, under task_lock. */
  oomMm: Mm | null;
  /**
   * active_mm: whose page tables its CPU uses while it runs; of a kernel thread, those it borrows. null: the scenario does not
   * follow who runs where. Only the task's own CPU looks.
   */
  activeMm: Mm | null;
}

const taskStructs: Slab<TaskStruct> = slab<TaskStruct>(
  "task_struct",
  {
    lock: spinlock(),
    mm: ref("task_lock"),
    usage: refcount(),
    exited: bool("its CPU"),
    victim: atomic(),
    oomMm: ref("task_lock"),
    activeMm: ref("its CPU"),
  },
  { permanent: true },
);

/** A machine that is a Linux kernel, as far as modelled. */
export class Kernel extends Machine {
  readonly designs: KernelDesigns;
  readonly failures: FailureModel;
  readonly system: System;
  readonly global: Globals;
  /** The swap device that swapoff() is about. */
  readonly swap: SwapDevice;
  /** Another one, which stays. */
  readonly otherSwap: SwapDevice;
  /** Some task of the scenario may make another an OOM victim: then allocations under `realistic` look. */
  oomPossible = false;
  /**
   * A fatal signal may come from outside at any time. When it is noticed is all that matters: each look for it is a
   * choice, which counts as a fault. Off where a task of the scenario sends the signals.
   */
  signalsFromOutside = false;
  /** Some task of the scenario registers uprobes: then forks pass its gate. */
  uprobesPossible = false;
  /** Tasks of the scenario look VMAs up without mmap_lock, where the kernel can; see paths/vma-lock.ts. */
  lockless = false;
  /** Allocations never fail, and nobody asks whether they do: for sequential use as a library. */
  neverRefuses = false;
  /** Rows get names for reports. Off for libraries: names cost more than the rows. */
  naming = true;
  /** Freed page tables get a next owner: see zone.ts. Set at set-up, then fixed. */
  zone: Zone | null = null;
  /** Real bytes behind pages; null = each page holds one number. */
  store: PageStore | null = null;
  /** Stands behind every tree of VMAs that holds nothing. */
  readonly emptyTree: EmptyTree = emptyTree();
  /** What stands for XA_ZERO_ENTRY, see `markerOf`. */
  marker: Vma | null = null;
  /** What stands for NULL where a VMA is expected, see `orNull`. */
  nullVma: Vma | null = null;
  /** TLBs of the CPUs that the scenario follows; most follow none. Filled at set-up, then fixed. */
  readonly tlbs: Tlb[] = [];
  /** The task_struct of each task of the scenario, by task number. Filled at set-up, then fixed. */
  readonly taskStructs: TaskStruct[] = [];

  constructor(designs: KernelDesigns, failures: FailureModel, system: Partial<System> = {}) {
    super();
    this.designs = designs;
    this.failures = failures;
    this.system = { ...DEFAULT_SYSTEM, ...system };
    this.global = this.alloc(globals);
    this.label(this.global, "kernel");
    this.swap = this.alloc(swapDevices);
    this.label(this.swap, "swap");
    this.init(this.swap.writeok, 1);
    this.otherSwap = this.alloc(swapDevices);
    this.label(this.otherSwap, "other swap");
    this.init(this.otherSwap.writeok, 1);
  }

  /** A task_struct for the next task of the scenario, in the order of its tasks. */
  newTask(name: string, mm: Mm | null): TaskStruct {
    const task = this.alloc(taskStructs);
    this.label(task, name);
    task.mm = mm;
    this.init(task.usage, 1);
    this.taskStructs.push(task);
    return task;
  }

  /** The running task's task_struct (current). */
  get currentTask(): TaskStruct {
    const task = this.taskStructs[this.current];
    if (!task)
      throw new Error(`task ${this.current} has no task_struct: call k.newTask() for every task at set-up`);
    return task;
  }

  /**
   * Announces what the outcome of an allocation depends on. Under `realistic` that is whether the task is an OOM
   * victim; the other models look at nothing.
   */
  allocating(allocation: Allocation): Suspend {
    if (this.exploring && mayReclaim(allocation.gfp)) {
      // might_alloc(): may sleep, and may enter reclaim, which takes locks of its own
      this.mightSleep(allocation.site);
      this.mayEnter("fs_reclaim", allocation.site);
    }
    if (this.#asksVictim(allocation)) {
      return this.read(this.currentTask.victim, allocation.site);
    }
    return false;
  }

  /** Announces a look for a fatal signal (fatal_signal_pending): no step where signals come from outside. */
  lookForSignal(site: string): Suspend {
    if (this.exploring && this.signalsFromOutside) return false;
    return this.signalPending(site);
  }

  /** Has a fatal signal come? Directly behind `lookForSignal`. */
  signalled(site: string): boolean {
    if (!this.exploring || !this.signalsFromOutside) return this.result !== 0;
    return this.fails(`${site}: a fatal signal arrives`);
  }

  #asksVictim(allocation: Allocation): boolean {
    return (
      this.exploring &&
      this.oomPossible &&
      this.failures === "realistic" &&
      !mayFail("realistic", allocation.gfp, false)
    );
  }

  /** Does the allocation fail? Directly behind `allocating`. */
  refused(allocation: Allocation): boolean {
    if (this.neverRefuses) return false;
    const victim = this.#asksVictim(allocation) && this.result !== 0;
    return mayFail(this.failures, allocation.gfp, victim) && this.fails(allocation.site);
  }
}
