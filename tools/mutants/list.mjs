/**
 * The mutants: mistakes that could be made in fork, exit, reaper, swapoff and their callees, one at a time.
 *
 *     name      the function and what is done to it
 *     file      below src/
 *     edits     [old text, new text], each old text standing in the file exactly once
 *     breaks    what goes wrong, in one line
 *     by        the scenario that should notice first
 *     survives  only where nobody can notice: what else protects
 */

/**
 * Takes a piece of text out.
 * @param {string} text
 */
const drop = (text) => [text, ""];

const FORK = "mm/paths/fork.ts";
const COPY = "mm/paths/copy-page-range.ts";
const EXIT = "mm/paths/exit.ts";
const EXIT_SYNC = "mm/designs/exit-reaper-sync/read-then-skip-then-write.ts";
const GATHER = "mm/gather.ts";
const TLB = "mm/tlb.ts";
const LIFETIME = "mm/paths/lifetime.ts";
const OOM = "mm/paths/oom.ts";
const SWAPOFF = "mm/paths/swapoff.ts";
const BY_ENTRY = "mm/paths/swapoff-by-entry.ts";
const SWAP = "mm/swap.ts";
const ANON = "mm/paths/anon-vma.ts";
const LINK = "mm/designs/fork-anon-vma/link-as-you-go.ts";
const ALLOC_FIRST = "mm/designs/fork-anon-vma/alloc-first.ts";
const TEARDOWN = "mm/designs/fork-recovery/teardown.ts";
const MARKER = "mm/designs/fork-recovery/marker.ts";
const FLAGS = "mm/designs/fork-recovery/marker-flags.ts";
const GUARD = "mm/designs/swapoff-guard/unstable.ts";
const PUT = `    yield* mmput(k, mm, "dup_mm");\n`;

export const MUTANTS = [
  // ---- fork
  {
    name: "dup_mm: no mmput after a failure",
    file: FORK,
    edits: [drop(PUT)],
    breaks: "the half-copied mm is never torn down",
    by: "fork-fails",
  },
  {
    name: "dup_mmap: a signal while waiting for the lock is overlooked",
    file: FORK,
    edits: [
      drop(`  if (k.interrupted) {
    if (gateHere) {
      if (uprobeEndDupMmap(k, "dup_mmap")) yield;
    }
    return EINTR;
  }
`),
    ],
    breaks: "copies without the parent's lock",
    by: "fork-vs-maps",
  },
  {
    name: "dup_mmap: the child is not locked",
    file: FORK,
    edits: [
      drop(`  if (k.writeLock(mm.mmapLock, "dup_mmap", NESTED)) yield;\n`),
      [
        `  if (!childLater) {
    if (k.writeUnlock(mm.mmapLock, "dup_mmap")) yield;
  }
`,
        "",
      ],
    ],
    breaks: "swapoff walks the child's tree while it is being filled",
    by: "fork-vs-swapoff",
  },
  {
    name: "dup_mmap: recovery after the child is unlocked",
    file: FORK,
    edits: [
      drop(`  if (error !== 0) yield* forkRecovery.recover(k, mm, failure);\n`),
      [
        `  if (k.tlbs.length > 0) yield* flushTlbMm(k, old, "dup_mmap");\n`,
        `  if (error !== 0) yield* forkRecovery.recover(k, mm, failure);\n`,
      ],
    ],
    breaks: "swapoff gets in between unlock and recovery",
    by: "fork-vs-swapoff",
  },
  {
    name: "dup_mmap: no recovery",
    file: FORK,
    edits: [drop(`  if (error !== 0) yield* forkRecovery.recover(k, mm, failure);\n`)],
    breaks: "exit_mmap takes the parent's VMAs for the child's and frees them",
    by: "fork-fails",
  },
  {
    name: "dup_mmap: failure point is the VMA whose page tables failed",
    file: FORK,
    edits: [
      drop(`        failed = walked.find(end);
        start = walked.foundStart;
        end = walked.foundEnd;
`),
      [
        `      error = yield* copyPageRange(k, copy, entry);\n`,
        `      error = yield* copyPageRange(k, copy, entry);\n      if (error !== 0) failed = entry;\n`,
      ],
    ],
    breaks: "a finished VMA of the child is cut off and leaks",
    by: "fork-fails",
  },
  {
    name: "dup_mmap: no charge taken back when vm_area_dup fails",
    file: FORK,
    edits: [
      [
        `  if (refused) {
    uncharge(k, parent, pages);
`,
        `  if (refused) {\n`,
      ],
    ],
    breaks: "commit charge leaks",
    by: "fork-fails",
  },
  {
    name: "dup_mmap: no charge taken back when anon_vma_fork fails",
    file: FORK,
    edits: [
      [
        `      if (k.free(copy, "dup_mmap")) yield;
      uncharge(k, parent, pages);
`,
        `      if (k.free(copy, "dup_mmap")) yield;\n`,
      ],
    ],
    breaks: "commit charge leaks",
    by: "fork-fails",
  },
  {
    name: "dup_mmap: the VMA is not freed when anon_vma_fork fails",
    file: FORK,
    edits: [drop(`      if (k.free(copy, "dup_mmap")) yield;\n`)],
    breaks: "a VMA leaks",
    by: "fork-fails",
  },
  {
    name: "dup_mmap: map_count is not raised",
    file: FORK,
    edits: [drop(`  mm.mapCount = mm.mapCount + 1;\n`)],
    breaks: "exit_mmap counts more VMAs than it should",
    by: "fork-fails",
  },
  {
    name: "dup_mmap: the charge is not taken",
    file: FORK,
    edits: [drop(`    k.global.committed.add(pages);\n`)],
    breaks: "exit gives back more than was taken",
    by: "fork-fails",
  },
  {
    name: "dup_mmap: VM_DONTCOPY areas are left in the tree",
    file: "mm/designs/fork-copy/dup.ts",
    edits: [
      [
        `leaveOut: (k, mm, start, end) => mm.tree.erase(start, end, { allocate: () => !k.refused(TREE_ERASE) }),`,
        `leaveOut: () => true,`,
      ],
    ],
    breaks: "the child's tree holds a VMA of the parent for good",
    by: "fork-fails",
  },
  {
    name: "dup_mmap: VM_DONTCOPY areas stay in total_vm",
    file: FORK,
    edits: [drop(`    vmStatAccount(mm, parent.flags, -pages);\n`)],
    breaks: "counters of the child are too high",
    by: "fork-fails",
  },
  {
    name: "dup_mmap: no reference to the file",
    file: FORK,
    edits: [drop(`  if (k.add(file.refs, 1, "dup_mmap: get_file")) yield;\n`)],
    breaks: "the file is put once too often",
    by: "fork-fails",
  },
  {
    name: "dup_mmap: linked to the file without i_mmap_rwsem",
    file: FORK,
    edits: [
      drop(`  if (k.writeLock(file.mapping.rwsem, "dup_mmap: i_mmap")) yield;\n`),
      drop(`  if (k.writeUnlock(file.mapping.rwsem, "dup_mmap: i_mmap")) yield;\n`),
    ],
    breaks: "truncation walks a list that is being changed",
    by: "fork-vs-rmap",
  },
  {
    name: "dup_mmap: not linked to the file",
    file: FORK,
    edits: [drop(`  file.mapping.vmas.insertAfter(parent, copy);\n`)],
    breaks: "truncation does not find the child",
    by: "fork-fails",
  },
  {
    name: "copy_process: no mmput when a signal is pending",
    file: FORK,
    edits: [drop(`    yield* mmput(k, mm, "copy_process");\n`)],
    breaks: "a complete mm leaks",
    by: "fork-fails",
  },

  // ---- copy_page_range
  {
    name: "copy_present_pte: the parent's entry stays writable",
    file: COPY,
    edits: [drop(`      if (isCowMapping(src)) setEntry(k, from, at, presentEntry(copied, false));\n`)],
    breaks: "the parent's writes show in the child",
    by: "fork-fails",
  },
  {
    name: "copy_present_pte: no reference to the page",
    file: COPY,
    edits: [drop(`      if (k.add(copied.refs, 1, "copy_present_pte")) yield;\n`)],
    breaks: "the page is freed under the parent",
    by: "fork-fails",
  },
  {
    name: "copy_present_pte: mapcount is not raised",
    file: COPY,
    edits: [drop(`      copied.mapcount.add(1);\n`)],
    breaks: "the page looks unmapped while the parent maps it",
    by: "fork-fails",
  },
  {
    name: "copy_pte_range: rss is not added",
    file: COPY,
    edits: [drop(`  mm.rss.add(rss);\n`)],
    breaks: "rss goes negative at exit",
    by: "fork-fails",
  },
  {
    name: "copy_pte_range: the parent's table is not locked",
    file: COPY,
    edits: [
      drop(`  if (k.lock(from.ptl, "copy_pte_range", NESTED)) yield;\n`),
      drop(`  if (k.unlock(from.ptl, "copy_pte_range")) yield;\n`),
    ],
    breaks: "reclaim changes an entry while it is copied",
    by: "fork-vs-rmap",
  },
  {
    name: "copy_pte_range: the child's table is not locked",
    file: COPY,
    edits: [
      drop(`  if (k.lock(to.ptl, "copy_pte_range")) yield;\n`),
      drop(`  if (k.unlock(to.ptl, "copy_pte_range")) yield;\n`),
    ],
    breaks: "reclaim looks at the child's entries while they are written",
    by: "fork-vs-rmap",
  },
  {
    name: "copy_nonpresent_pte: the slot is not counted up",
    file: COPY,
    edits: [drop(`      yield* swapDuplicate(k, entrySlot(k, entry));\n`)],
    breaks: "the slot is freed while the parent refers to it",
    by: "fork-vs-swapoff",
  },
  {
    name: "copy_nonpresent_pte: the child does not join mmlist",
    file: COPY,
    edits: [drop(`      if (!joined) yield* joinMmlist(k, mm, src.mm);\n`)],
    breaks: "swapoff never finds the child's entries",
    by: "fork-vs-swapoff",
  },
  {
    name: "copy_nonpresent_pte: mmlist without its lock",
    file: COPY,
    edits: [
      drop(`  if (k.lock(k.global.mmlistLock, "copy_nonpresent_pte")) yield;\n`),
      drop(`  if (k.unlock(k.global.mmlistLock, "copy_nonpresent_pte")) yield;\n`),
    ],
    breaks: "swapoff walks a list that is being changed",
    by: "fork-vs-swapoff",
  },

  // ---- exit_mmap and its callees
  {
    name: "exit_mmap: MMF_OOM_SKIP is not set",
    file: EXIT_SYNC,
    edits: [
      drop(`  yield* hideMm(k, mm, "exit_mmap");
`),
    ],
    breaks: "the reaper comes in after the page tables are gone",
    by: "exit-vs-reaper",
    survives:
      "exit_mmap keeps the write lock from the first freed table until the tree is empty: a reaper that comes later finds nothing to walk (the flag tells the OOM killer to look for another victim, and there is no such choice here)",
  },
  {
    name: "exit_mmap: tables and VMAs freed under the read lock",
    file: EXIT_SYNC,
    edits: [
      [
        `  if (k.writeLock(mm.mmapLock, "exit_mmap")) yield;
  yield* freeAddressSpace(k, mm);
  if (k.writeUnlock(mm.mmapLock, "exit_mmap")) yield;
}`,
        `  if (k.readLock(mm.mmapLock, "exit_mmap")) yield;
  yield* freeAddressSpace(k, mm);
  if (k.readUnlock(mm.mmapLock, "exit_mmap")) yield;
}`,
      ],
    ],
    breaks: "the reaper walks what is being freed",
    by: "exit-vs-reaper",
  },
  {
    name: "exit_mmap: the tree is not emptied",
    file: EXIT,
    edits: [drop(`  if (k.designs.exitReaperSync.emptiesTree) mm.tree.destroy();\n`)],
    breaks: "the tree holds freed VMAs",
    by: "fork-fails",
  },
  {
    name: "exit_mmap: the marker is not known",
    file: "mm/designs/exit-marker/stop-at.ts",
    edits: [
      [`entry === null || entry === markerOf(k)`, `entry === null || (entry === markerOf(k) && false)`],
    ],
    breaks: "the marker is taken for a VMA",
    by: "fork-fails",
  },
  {
    name: "unmap_vmas, free_pgtables, tear_down_vmas: no limit",
    file: EXIT,
    edits: [
      [
        `  const entry = mm.tree.find(from, limit);`,
        `  const entry = limit > 0 ? mm.tree.find(from) : null;`,
      ],
    ],
    breaks: "the teardown in fork goes on into the parent's VMAs",
    by: "fork-fails",
  },
  {
    name: "zap_pte_range: without the page-table lock",
    file: EXIT,
    edits: [
      drop(`  if (k.lock(table.ptl, site)) yield;\n`),
      drop(`  if (k.unlock(table.ptl, site)) yield;\n`),
    ],
    breaks: "reaper and exit zap the same entry",
    by: "fork-vs-reaper",
  },
  {
    name: "zap_pte_range: the entry is not cleared",
    file: EXIT,
    edits: [drop(`    setEntry(k, table, at, NO_ENTRY);\n`)],
    breaks: "reaper and exit drop the same page twice",
    by: "fork-vs-reaper",
  },
  {
    name: "zap_pte_range: rss is not lowered",
    file: EXIT,
    edits: [drop(`  mm.rss.add(rss);\n`)],
    breaks: "bad rss-counter state",
    by: "fork-fails",
  },
  {
    name: "zap_pte_range: mapcount is not lowered",
    file: EXIT,
    edits: [drop(`      mapped.mapcount.add(-1);\n`)],
    breaks: "the page is freed while it counts as mapped",
    by: "fork-fails",
  },
  {
    name: "zap_pte_range: swap entries are not freed",
    file: EXIT,
    edits: [drop(`      yield* freeSwapAndCache(k, entrySlot(k, entry));\n`)],
    breaks: "the slot leaks, swapoff never ends",
    by: "fork-vs-swapoff",
  },
  {
    name: "tlb_finish_mmu: the pages are kept",
    file: GATHER,
    edits: [drop(`  for (const page of gather.pages) yield* putPage(k, page, "tlb_finish_mmu");\n`)],
    breaks: "pages leak",
    by: "fork-fails",
  },
  {
    name: "zap_pte_range: the gather does not learn of the page",
    file: EXIT,
    edits: [drop(`      gatherEntry(gather, address, mapped);\n`)],
    breaks: "pages leak",
    by: "fork-fails",
  },
  {
    name: "tlb_remove_page: the range to be flushed stays empty",
    file: GATHER,
    edits: [drop(`  if (at >= gather.end) gather.end = at + 1;\n`)],
    breaks: "a page is touched through a TLB after it was given back",
    by: "reaper-vs-tlb",
  },
  {
    name: "flush_tlb_mm_range: nothing is taken away",
    file: TLB,
    edits: [[`before & ~slotMask(start, end)`, `before`]],
    breaks: "a page is touched through a TLB after it was given back",
    by: "reaper-vs-tlb",
  },
  {
    name: "reaper: the page goes before its gather is finished",
    file: GATHER,
    edits: [[`flushes && !tlbFlush.pagesFirst`, `flushes && tlbFlush.pagesFirst`]],
    breaks: "a page is touched through a TLB after it was given back",
    by: "reaper-vs-tlb",
  },
  {
    name: "unuse_pte by entry: the entry is not looked at again under its lock",
    file: BY_ENTRY,
    edits: [
      [
        `  const same = table.entries.get(at) === swapEntry(slot);`,
        `  const same = table.entries.get(at) !== -1;`,
      ],
    ],
    breaks: "brings a page back for an entry that is gone",
    by: "reaper-vs-swapoff",
  },
  {
    name: "try_to_unuse by entry: the mm that was walked is not put",
    file: BY_ENTRY,
    edits: [
      [
        `  if (k.unlock(k.global.mmlistLock, "try_to_unuse")) yield;
  if (prev !== null) yield* mmput(k, prev, "try_to_unuse");
  if (start`,
        `  if (k.unlock(k.global.mmlistLock, "try_to_unuse")) yield;
  if (start`,
      ],
    ],
    breaks: "an mm is never torn down",
    by: "reaper-vs-swapoff",
  },
  {
    name: "free_pgtables: page tables before rmap links",
    file: EXIT,
    edits: [
      [
        `    if (tablesFirst && mayFree) yield* freePgdRange(k, mm, vma.start, end);`,
        `    if (mayFree) yield* freePgdRange(k, mm, vma.start, end);`,
      ],
      drop(`    if (!tablesFirst && mayFree) yield* freePgdRange(k, mm, vma.start, end);\n`),
    ],
    breaks: "a walker that still finds the VMA steps into a freed table",
    by: "fork-vs-rmap",
  },
  {
    name: "free_pgtables: a table shared with the next VMA is not left to it",
    file: EXIT,
    edits: [
      [
        `next === null ? vma.end : Math.min(vma.end, floorRegion(next.start));`,
        `next === null ? vma.end : Math.max(vma.end, floorRegion(next.start));`,
      ],
    ],
    breaks: "the next VMA is still found through rmap when its table is gone",
    by: "fork-vs-rmap",
  },
  {
    name: "free_pte_range: the table is not freed",
    file: EXIT,
    edits: [drop(`    else if (k.free(table, "free_pte_range")) yield;\n`)],
    breaks: "page tables leak",
    by: "fork-fails",
  },
  {
    name: "unlink_file_vma: without i_mmap_rwsem",
    file: EXIT,
    edits: [
      drop(`  if (k.writeLock(mapping.rwsem, "unlink_file_vma")) yield;\n`),
      drop(`  if (k.writeUnlock(mapping.rwsem, "unlink_file_vma")) yield;\n`),
    ],
    breaks: "truncation holds a VMA that is being freed",
    by: "fork-vs-rmap",
  },
  {
    name: "unlink_file_vma: the VMA stays in i_mmap",
    file: EXIT,
    edits: [drop(`  mapping.vmas.remove(vma);\n`)],
    breaks: "truncation meets a freed VMA",
    by: "fork-vs-rmap",
  },
  {
    name: "tear_down_vmas: no charge given back",
    file: EXIT,
    edits: [drop(`  k.global.committed.add(-charged);\n`)],
    breaks: "commit charge leaks",
    by: "fork-fails",
  },
  {
    name: "remove_vma: no fput",
    file: EXIT,
    edits: [drop(`    yield* fput(k, file, "remove_vma");\n`)],
    breaks: "files leak",
    by: "fork-fails",
  },
  {
    name: "__mmput: the mm stays on mmlist",
    file: LIFETIME,
    edits: [drop(`    k.global.mmlist.remove(mm);\n`)],
    breaks: "swapoff meets a freed mm",
    by: "fork-vs-swapoff",
  },
  {
    name: "mmput: everybody tears down",
    file: LIFETIME,
    edits: [[`  if (k.result !== 0) yield* lastUserGone(k, mm);`, `  yield* lastUserGone(k, mm);`]],
    breaks: "the first who lets go frees it under the others",
    by: "fork-vs-maps",
  },

  // ---- recovery in fork
  {
    name: "teardown: page tables before their entries",
    file: TEARDOWN,
    edits: [
      [
        `  yield* unmapVmas(k, mm, limit);
  yield* freePgtables(k, mm, limit);
`,
        `  yield* freePgtables(k, mm, limit);
  yield* unmapVmas(k, mm, limit);
`,
      ],
    ],
    breaks: "pages stay referenced by tables that are gone",
    by: "fork-fails",
  },
  {
    name: "teardown: entries are not unmapped",
    file: TEARDOWN,
    edits: [drop(`  yield* unmapVmas(k, mm, limit);\n`)],
    breaks: "pages and slots leak",
    by: "fork-fails",
  },
  {
    name: "teardown: one VMA too many",
    file: TEARDOWN,
    edits: [[`Number.MAX_SAFE_INTEGER : failure.start);`, `Number.MAX_SAFE_INTEGER : failure.end);`]],
    breaks: "a VMA of the parent is freed",
    by: "fork-fails",
  },
  {
    name: "teardown: the tree is not destroyed",
    file: TEARDOWN,
    edits: [drop(`  mm.tree.destroy();\n`)],
    breaks: "freed and stale VMAs stay in the tree",
    by: "fork-vs-probe",
  },
  {
    name: "teardown: MMF_UNSTABLE is not set",
    file: TEARDOWN,
    edits: [
      drop(`  if (k.write(mm.unstable, "dup_mmap")) yield;
  mm.unstable.value = 1;
`),
    ],
    breaks: "visitors cannot tell a failed child from an empty one",
    by: "fork-vs-swapoff",
    survives:
      "the tree is empty before anybody can lock it: whoever does not look at the flag finds nothing to touch",
  },
  {
    name: "teardown: MMF_OOM_SKIP is not set",
    file: TEARDOWN,
    edits: [
      drop(`  if (k.write(mm.oomSkip, "dup_mmap")) yield;
  mm.oomSkip.value = 1;
`),
    ],
    breaks: "the OOM killer could count on memory that is not there",
    by: "fork-vs-reaper",
    survives:
      "the child hangs on no task until its fork has succeeded: the OOM killer and the reaper cannot get to it",
  },
  {
    name: "marker: none is stored",
    file: MARKER,
    edits: [drop(`  mm.tree.storeMarker(failure.start, failure.end);\n`)],
    breaks: "exit_mmap goes on into the parent's VMAs",
    by: "fork-fails",
  },
  {
    name: "marker+flags: MMF_UNSTABLE is not set",
    file: FLAGS,
    edits: [
      drop(`  if (k.write(mm.unstable, "dup_mmap")) yield;
  mm.unstable.value = 1;
`),
    ],
    breaks: "swapoff does not see that it must keep out",
    by: "fork-vs-swapoff",
  },

  // ---- anon_vma
  {
    name: "anon_vma_fork: the clone is not undone when the anon_vma fails",
    file: LINK,
    edits: [
      [
        `  if (k.refused(ANON_VMA)) {
    yield* unlinkAnonVmas(k, vma);
`,
        `  if (k.refused(ANON_VMA)) {\n`,
      ],
    ],
    breaks: "rmap finds a VMA that is freed",
    by: "fork-fails",
  },
  {
    name: "anon_vma_fork: the anon_vma is not freed when its link fails",
    file: LINK,
    edits: [drop(`    if (k.free(anonVma, "anon_vma_fork")) yield;\n`)],
    breaks: "an anon_vma leaks",
    by: "fork-fails",
  },
  {
    name: "anon_vma_fork: the root is not held",
    file: LINK,
    edits: [drop(`  if (k.add(anonVma.root.refs, 1, "anon_vma_fork")) yield;\n`)],
    breaks: "the root, and with it the lock, goes before its child",
    by: "fork-fails",
  },
  {
    name: "anon_vma_fork (7.0): links that were allocated are not freed",
    file: ALLOC_FIRST,
    edits: [drop(`      if (k.free(own, "anon_vma_fork")) yield;\n`)],
    breaks: "a link leaks",
    by: "fork-fails",
  },
  {
    name: "anon_vma_fork (7.0): linked without the root's lock",
    file: ALLOC_FIRST,
    edits: [
      drop(`  if (k.writeLock(root.rwsem, "anon_vma_fork")) yield;\n`),
      [
        `  parent.anonVma.numChildren = parent.anonVma.numChildren + 1;
  if (k.writeUnlock(root.rwsem, "anon_vma_fork")) yield;
`,
        `  parent.anonVma.numChildren = parent.anonVma.numChildren + 1;\n`,
      ],
    ],
    breaks: "reclaim walks links that are being added",
    by: "fork-vs-rmap",
  },
  {
    name: "unlink_anon_vmas: without the root's lock",
    file: ANON,
    edits: [
      drop(`  if (k.writeLock(root.rwsem, "unlink_anon_vmas")) yield;\n`),
      drop(`  if (k.writeUnlock(root.rwsem, "unlink_anon_vmas")) yield;\n`),
    ],
    breaks: "reclaim holds a link that is being freed",
    by: "fork-vs-rmap",
  },
  {
    name: "unlink_anon_vmas: the link stays in the anon_vma",
    file: ANON,
    edits: [drop(`    anonVma.links.remove(avc);\n`)],
    breaks: "reclaim meets a freed link",
    by: "fork-vs-rmap",
  },

  // ---- the OOM killer and the reaper
  {
    name: "__oom_kill_process: no reference to the mm",
    file: OOM,
    edits: [drop(`  if (mmgrab(k, mm, "mark_oom_victim")) yield;\n`)],
    breaks: "the reaper works on a freed mm",
    by: "fork-vs-reaper",
  },
  {
    name: "oom_reap_task_mm: MMF_OOM_SKIP is not looked at",
    file: OOM,
    edits: [[`  if (mm.oomSkip.value === 0) {`, `  if (mm.oomSkip.value >= 0) {`]],
    breaks: "the reaper walks freed VMAs",
    by: "exit-vs-reaper",
  },
  {
    name: "oom_reap_task_mm: without mmap_lock",
    file: OOM,
    edits: [
      [
        `  if (k.readTryLock(mm.mmapLock, "oom_reap_task_mm")) yield;
  if (k.result === 0) return false;
`,
        "",
      ],
      drop(`  if (k.readUnlock(mm.mmapLock, "oom_reap_task_mm")) yield;\n`),
    ],
    breaks: "the reaper walks while exit_mmap frees",
    by: "exit-vs-reaper",
  },
  {
    name: "__oom_reap_task_mm: MMF_UNSTABLE is not set",
    file: OOM,
    edits: [
      drop(`  if (k.write(mm.unstable, "__oom_reap_task_mm")) yield;
  mm.unstable.value = 1;
`),
    ],
    breaks: "faults answer with zeros where data was",
    by: "fork-vs-reaper",
  },
  {
    name: "__oom_reap_task_mm: a refused gather is not finished",
    file: OOM,
    edits: [[`  if (!refused || k.designs.oomRefuse.finishesGather) {`, `  if (!refused) {`]],
    breaks: "the gather, and with it the pending flush, stays open",
    by: "reaper-refused",
  },
  {
    name: "oom_reap_task: the task is not put",
    file: OOM,
    edits: [
      [
        `  if (!k.designs.oomMmRef.kept) yield* mmdrop(k, mm, "oom_reap_task");
  yield* putTaskStruct(k, victim);
`,
        `  if (!k.designs.oomMmRef.kept) yield* mmdrop(k, mm, "oom_reap_task");\n`,
      ],
    ],
    breaks: "the victim's task and mm are never freed",
    by: "fork-vs-reaper",
  },

  // ---- swapoff
  {
    name: "unuse_mm: the guard is not asked",
    file: SWAPOFF,
    edits: [
      [
        `  if (!guard.beforeLock) {
    if (guard.look(k, mm)) yield;
    skips = guard.skips(k, mm);
  }
`,
        "",
      ],
    ],
    breaks: "swapoff walks a failed child",
    by: "fork-vs-swapoff",
  },
  {
    name: "unuse_mm: the guard is asked before the lock is taken",
    file: SWAPOFF,
    edits: [
      [`  if (guard.beforeLock) {`, `  if (!guard.beforeLock) {`],
      [
        `  if (!guard.beforeLock) {
    if (guard.look(k, mm)) yield;
    skips = guard.skips(k, mm);
  }
  let error = 0;`,
        `  let error = 0;`,
      ],
    ],
    breaks: "the fork fails while swapoff waits for the lock",
    by: "fork-vs-swapoff",
    survives:
      "swapoff comes to the child behind its parent, whose lock the fork holds until the child is flagged: it cannot wait for the child's lock with an old answer",
  },
  {
    name: "unuse_mm: without mmap_lock",
    file: SWAPOFF,
    edits: [
      drop(`  if (k.readLock(mm.mmapLock, "unuse_mm")) yield;\n`),
      drop(`  if (k.readUnlock(mm.mmapLock, "unuse_mm")) yield;\n`),
    ],
    breaks: "swapoff walks a tree that is being written",
    by: "fork-vs-swapoff",
  },
  {
    name: "try_to_unuse: takes an mm that has no users left",
    file: SWAPOFF,
    edits: [
      [
        `      if (mmgetNotZero(k, candidate, "try_to_unuse")) yield;
      if (k.result !== 0) {`,
        `      if (k.add(candidate.users, 1, "try_to_unuse")) yield;
      if (candidate !== null) {`,
      ],
    ],
    breaks: "swapoff walks an mm that is being torn down",
    by: "fork-vs-swapoff",
  },
  {
    name: "try_to_unuse: mmlist without its lock",
    file: SWAPOFF,
    edits: [
      drop(`    if (k.lock(k.global.mmlistLock, "try_to_unuse")) yield;\n`),
      drop(`    if (k.unlock(k.global.mmlistLock, "try_to_unuse")) yield;\n`),
    ],
    breaks: "the mm goes between being found and being held",
    by: "fork-vs-swapoff",
  },
  {
    name: "try_to_unuse: the last mm is not put",
    file: SWAPOFF,
    edits: [
      [
        `  if (prev !== null) yield* mmput(k, prev, "try_to_unuse");
  return 0;`,
        `  return 0;`,
      ],
    ],
    breaks: "an mm is never torn down",
    by: "fork-vs-swapoff",
  },
  {
    name: "unuse_pte: the slot is not freed",
    file: SWAPOFF,
    edits: [drop(`    yield* swapFree(k, slot);\n`)],
    breaks: "the slot counts an entry that is gone",
    by: "fork-vs-swapoff",
  },
  {
    name: "unuse_pte: rss keeps the swap entry",
    file: SWAPOFF,
    edits: [drop(`    vma.mm.rss.add(ANON_PAGES - SWAP_ENTRIES);\n`)],
    breaks: "bad rss-counter state",
    by: "fork-vs-swapoff",
  },
  {
    name: "unuse_pte: the page is mapped writable",
    file: SWAPOFF,
    edits: [[`presentEntry(folio, false)`, `presentEntry(folio, true)`]],
    breaks: "a write of one process shows in the other",
    by: "fork-vs-swapoff",
  },
  {
    name: "unuse_pte: the entry is not looked at again under its lock",
    file: SWAPOFF,
    edits: [[`  const same = table.entries.get(at) === seen;`, `  const same = seen !== 0;`]],
    breaks: "brings a page back for an entry that is gone",
    by: "reaper-vs-swapoff",
  },
  {
    name: "folio_free_swap: a slot that is still counted is freed",
    file: SWAP,
    edits: [[`  if (swapCount(slot.map.value) !== 0 || cachedPage`, `  if (cachedPage`]],
    breaks: "an entry refers to a slot that is free",
    by: "fork-vs-swapoff",
  },
  {
    name: "unstable guard: never skips",
    file: GUARD,
    edits: [[`mm.unstable.value !== 0`, `mm.unstable.value > 1`]],
    breaks: "swapoff walks a failed child",
    by: "fork-vs-swapoff",
  },
];
