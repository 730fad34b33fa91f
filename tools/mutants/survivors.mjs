/**
 * Mutants made by rule that nobody noticed, and why: by name, as `auto.mjs` prints it.
 *
 * "Gap" says that the mistake would matter and that no cell has the tasks, the kernel or the failure that would show it.
 * The others change nothing that can be seen.
 *
 * @type {Readonly<Record<string, string>>}
 */
export const SURVIVORS = {
  "mm/designs/fork-anon-vma/alloc-first.ts fork swap 2":
    "The VMA is not linked yet: nobody else sees its field.",
  "mm/designs/fork-anon-vma/alloc-first.ts fork swap 4":
    "Both orders are right: the two have nothing to do with each other.",
  "mm/designs/fork-anon-vma/link-as-you-go.ts clone negate 1":
    "The slow way instead of the quick one, with the same result.",
  "mm/designs/fork-anon-vma/link-as-you-go.ts fork swap 2":
    "The VMA is not linked yet: nobody else sees its field.",
  "mm/designs/fork-recovery/teardown.ts recover drop 1":
    "No task leads to a child that failed, so nobody looks at the flag.",
  "mm/file.ts fput swap 1": "Gap: as above.",
  "mm/paths/fault.ts access skip 1": "An area that does not grow is refused once more by expand_downwards().",
  "mm/paths/fault.ts doWpPage negate 5":
    "Gap: copies instead of reusing, or looks at a file page; contents come out the same.",
  "mm/paths/fault.ts handleMmFault negate 1":
    "The anon_vma is made earlier than needed; the area gets it anyway.",
  "mm/paths/fault.ts handleMmFault skip 1":
    "Gap: a zero page that is read again takes the way of a write-protected one; nobody reads one twice.",
  "mm/paths/oom.ts oomKill pair 2": "Gap: one victim at a time; two queues meet only with two OOM kills.",
  "mm/paths/oom.ts oomKill swap 6": "Gap: as for the pair; the reaper waits for the count behind it.",
  "mm/paths/rmap.ts addToSwap pair 1":
    "Gap: no scenario has reclaim against swapoff, or against a second reclaim.",
  "mm/paths/rmap.ts addToSwap swap 2": "Gap: as for the pair.",
  "mm/paths/rmap.ts tryToUnmapOne swap 3": "Both are under the page-table lock.",
  "mm/paths/swapoff.ts swapoff drop 1": "Gap: nobody asks for a slot while a device is taken out of use.",
  "mm/paths/swapoff.ts swapoff drop 2": "Gap: as above.",
  "mm/paths/truncate.ts truncateFile drop 2":
    "The unmapping behind it does the same work; the first one only saves time.",
  "mm/paths/truncate.ts truncateFile swap 3": "The page is unmapped by the first of the two either way.",
  "mm/paths/vma-lock.ts endWriteAll skip 1": "One more step where nobody looks; nothing else changes.",
  "mm/paths/vma-lock.ts publish negate 1":
    "A store that is not announced is seen at the step before or behind it; the probe finds the hole all the same.",
  "mm/swap.ts folioFreeSwap swap 1": "Both are under the lock of the page and of the slot.",
  "mm/paths/vma-lock.ts publish skip 1": "One more step where nobody looks; nothing else changes.",
};
