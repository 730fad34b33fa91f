/**
 * Mutants made by rule that nobody noticed, and why: by name, as `auto.mjs` prints it.
 *
 * "Gap" says that the mistake would matter and that no cell has the tasks, the kernel or the failure that would show it: such a
 * mutant counts as missed, and is 10 of the 24 that survive in the sample of 172. The others change nothing that can be seen, and are left out of the adjusted score.
 *
 * @type {Readonly<Record<string, string>>}
 */
export const SURVIVORS = {
  "mm/designs/exit-reaper-sync/read-then-skip-then-write.ts exitMmap drop 2":
    "The reaper, which has the mm as well, sets the flag at the end of its attempt in any case, and finds an empty tree before that.",
  "mm/designs/fork-anon-vma/alloc-first.ts fork swap 3":
    "Both orders of giving back are right: nobody else has seen the two.",
  "mm/designs/fork-anon-vma/alloc-first.ts fork step 6":
    "Gap: an ancestor's anon_vma is taken over only where the parent was forked itself; no scenario forks twice.",
  "mm/designs/fork-anon-vma/link-as-you-go.ts cloneLinks drop 1":
    "Gap: there is something to unlink only where the parent was forked itself; no scenario forks twice.",
  "mm/designs/fork-recovery/marker-flags.ts recover drop 2":
    "No task leads to a child that failed, so neither reaper nor OOM killer looks at the flag.",
  "mm/page-table.ts pteAlloc negate 1":
    "Asks for the upper table at another time; refused or not, the same is left.",
  "mm/paths/anon-vma.ts anonVmaClone negate 1":
    "The slow way instead of the quick one, with the same result.",
  "mm/paths/anon-vma.ts findMergeableAnonVma skip 1":
    "An anon_vma of its own instead of the neighbour's: the two are not merged later, which is no mistake.",
  "mm/paths/copy-page-range.ts copyTable swap 2":
    "Reference and mapping are counted under the page-table locks of both sides, in either order.",
  "mm/paths/fault.ts accessUnderVmaLock pair 1":
    "Gap: it takes two faults without mmap_lock on an untouched area; no scenario with such faults has two.",
  "mm/paths/fault.ts doFault negate 8": "Gap: nobody takes a page of a file from under a private write.",
  "mm/paths/fault.ts doSwapPage skip 1":
    "Only saves work: the cache takes no page for a free slot, and the entry is compared under its lock.",
  "mm/paths/munmap.ts doMunmap swap 1":
    "The store is seen one step earlier; mmap_lock is held, and whoever looks without it finds the VMA marked.",
  "mm/paths/oom.ts oomKill pair 2": "Gap: one victim at a time; two queues meet only with two OOM kills.",
  "mm/paths/oom.ts oomReaper pair 1": "Gap: one victim at a time.",
  "mm/paths/rmap.ts addToSwap drop 1": "Gap: no scenario has reclaim against swapoff.",
  "mm/paths/rmap.ts addToSwap swap 3":
    "Nobody knows the slot yet, and swapoff goes by the list of slots, not by their number alone.",
  "mm/paths/rmap.ts tryToUnmapOne swap 3": "Both are under the page-table lock.",
  "mm/paths/swapoff.ts emptySwapCache pair 1": "Gap: no scenario has reclaim against swapoff.",
  "mm/paths/swapoff.ts unusePte drop 1": "The pass over the swap cache behind the walk frees the slot.",
  "mm/paths/swapoff.ts unusePte negate 5":
    "Gap: the page is asked for only where it is not cached, and swapoff that gives up there is no mistake by itself.",
  "mm/paths/truncate.ts truncateFile swap 2":
    "The unmapping at the end does the same work; the first one only saves time.",
  "mm/paths/uprobe.ts buildMapInfo negate 5":
    "Gap: the second try for a map_info needs a failing first one; the registration gives up then, which is no error.",
  "mm/swap.ts folioFreeSwap swap 1": "Both are under the lock of the page and of the slot.",
};
