/**
 * Mutants made by rule that nobody noticed, and why: by name, as `auto.mjs` prints it.
 *
 * "Gap" says that the mistake would matter and that no cell has the tasks, the kernel or the failure that would show it.
 * The others change nothing that can be seen. Of a sample of 177, 124 were caught.
 *
 * @type {Readonly<Record<string, string>>}
 */
export const SURVIVORS = {
  "mm/designs/exit-reaper-sync/read-then-skip-then-write.ts exitMmap swap 1":
    "Unmapping behind the look at the lock: nobody has a user of the mm any more, and the reaper may zap beside it.",
  "mm/designs/exit-reaper-sync/read-then-skip-then-write.ts exitMmap swap 3":
    "The reaper only tries the lock: set under it, the flag keeps it out as well.",
  "mm/designs/fork-anon-vma/alloc-first.ts fork swap 2":
    "The VMA is not linked yet: nobody else sees its field.",
  "mm/designs/fork-anon-vma/alloc-first.ts fork swap 4":
    "Both orders are right: the two have nothing to do with each other.",
  "mm/designs/fork-anon-vma/link-as-you-go.ts clone drop 1":
    "Gap: it takes two failing allocations, and the cells allow one.",
  "mm/designs/fork-anon-vma/link-as-you-go.ts clone negate 1":
    "The slow way instead of the quick one, with the same result.",
  "mm/designs/fork-anon-vma/link-as-you-go.ts fork swap 2":
    "The VMA is not linked yet: nobody else sees its field.",
  "mm/designs/fork-recovery/teardown.ts recover drop 1":
    "No task leads to a child that failed, so nobody looks at the flag.",
  "mm/file.ts fput negate 1": "Gap: no cell has a file that is temporary, or is closed by everybody.",
  "mm/file.ts fput swap 1": "Gap: as above.",
  "mm/paths/anon-vma.ts anonVmaClone swap 1": "Announcing an allocation under any model is no step.",
  "mm/paths/anon-vma.ts anonVmaPrepare swap 2": "Both orders of letting go are right.",
  "mm/paths/anon-vma.ts reusableAnonVma pair 1":
    "Found in the larger layout of fault-vs-fault (a data race), which is not among the cells.",
  "mm/paths/exit.ts munlockVmas pair 1":
    "Gap: in the kernels that munlock at exit the reaper is kept out, but for those in which the scenario must fail.",
  "mm/paths/fault.ts access skip 1": "An area that does not grow is refused once more by expand_downwards().",
  "mm/paths/fault.ts doFault pair 1":
    "Gap: two faults on one page of a file are kept apart by its lock, and truncation waits for it too.",
  "mm/paths/fault.ts doSwapPage drop 2": "Gap: as above.",
  "mm/paths/fault.ts doSwapPage pair 2":
    "Gap: no two tasks bring the same page back at the same time, but swapoff, which holds the page's lock.",
  "mm/paths/fault.ts doSwapPage step 1": "Gap: the page is always in the swap cache in these layouts.",
  "mm/paths/fault.ts doSwapPage swap 2": "Both orders are right: the page is locked.",
  "mm/paths/fault.ts doWpPage negate 5":
    "Gap: copies instead of reusing, or looks at a file page; contents come out the same.",
  "mm/paths/fault.ts handleMmFault negate 1":
    "The anon_vma is made earlier than needed; the area gets it anyway.",
  "mm/paths/fault.ts handleMmFault skip 1":
    "Gap: a zero page that is read again takes the way of a write-protected one; nobody reads one twice.",
  "mm/paths/fault.ts lockedPageOfFile swap 2":
    "Both orders are right: the reference is dropped behind or before the unlock of a permanent page.",
  "mm/paths/fault.ts pageOfFile drop 2": "Gap: nobody else reads the same page in at the same time.",
  "mm/paths/fork.ts copyProcess swap 1":
    "Gap: nobody looks at the mm of the child's task while the fork ends.",
  "mm/paths/fork.ts dupMmap swap 2":
    "Gap: it takes two writers and a lockless reader at once; the scenarios have one writer beside the fork.",
  "mm/paths/lifetime.ts mmputAsync skip 1": "Gap: only the reaper of 4.13 uses it; no cell has that kernel.",
  "mm/paths/munmap.ts munmap skip 1": "Gap: no scenario kills a task that unmaps.",
  "mm/paths/oom.ts oomKill drop 6": "Gap: only 4.15 to 6.0 look at the mark, and those cells are not asked.",
  "mm/paths/oom.ts oomKill pair 2": "Gap: one victim at a time; two queues meet only with two OOM kills.",
  "mm/paths/oom.ts oomKill swap 10": "Both orders are right: the lock protects neither.",
  "mm/paths/oom.ts oomKill swap 4": "Both orders are right: the killer still holds the task.",
  "mm/paths/oom.ts oomKill swap 6": "Gap: as for the pair; the reaper waits for the count behind it.",
  "mm/paths/oom.ts oomReapTask pair 1": "Gap: only the kernel before 4.7 (oom.mmRef=taskOnly) goes there.",
  "mm/paths/oom.ts reapVma negate 3": "Gap: reaper-refused, which has a notifier, takes too long for a cell.",
  "mm/paths/rmap.ts addToSwap pair 1":
    "Gap: no scenario has reclaim against swapoff, or against a second reclaim.",
  "mm/paths/rmap.ts addToSwap swap 2": "Gap: as for the pair.",
  "mm/paths/rmap.ts addToSwap swap 4":
    "Both orders are right: the page is locked, and nobody knows the slot yet.",
  "mm/paths/rmap.ts swapOut swap 1": "Gap: no second walker locks the same page meanwhile.",
  "mm/paths/rmap.ts tryToUnmapOne swap 3": "Both are under the page-table lock.",
  "mm/paths/swapoff.ts swapoff drop 1": "Gap: nobody asks for a slot while a device is taken out of use.",
  "mm/paths/swapoff.ts swapoff drop 2": "Gap: as above.",
  "mm/paths/swapoff.ts unusePte negate 6": "Gap: the page is always in the swap cache in these layouts.",
  "mm/paths/swapoff.ts unusePte swap 2": "Both orders are right: the page is locked until later.",
  "mm/paths/truncate.ts truncateFile drop 2":
    "The unmapping behind it does the same work; the first one only saves time.",
  "mm/paths/truncate.ts truncateFile swap 3": "The page is unmapped by the first of the two either way.",
  "mm/paths/uprobe.ts buildMapInfo negate 5":
    "Gap: the second try for a map_info needs a failing first one, and fails then: the registration gives up, which is no error.",
  "mm/paths/uprobe.ts installAt skip 1":
    "The gate keeps the registration out; the cell with the guard alone was added later.",
  "mm/paths/uprobe.ts registerForEachVma pair 1":
    "The flag alone refuses the fault in an unstable mm (6.14), and from 7.0 the tree is empty; the cell without either was added later.",
  "mm/paths/vma-lock.ts endWriteAll skip 1": "One more step where nobody looks; nothing else changes.",
  "mm/paths/vma-lock.ts publish negate 1":
    "A store that is not announced is seen at the step before or behind it; the probe finds the hole all the same.",
  "mm/swap.ts folioFreeSwap swap 1": "Both are under the lock of the page and of the slot.",
};
