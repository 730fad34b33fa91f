/** What the findings of this floor mean, for `explain`. */
import type { Explanation } from "../sched/index.ts";

/** Codes raised by the model kernel, besides those of `sched`. */
export const MM_EXPLANATIONS: readonly Explanation[] = [
  {
    code: "stale-vma",
    title: "a tree holds a VMA of another address space",
    text: "A walk under one mm's mmap_lock met a VMA that belongs to another mm. Its fields and page tables are guarded by a lock the walker does not hold: whatever it does with them races with the other process.",
  },
  {
    code: "bad-rss",
    title: "an mm is freed with page counters that are not zero",
    text: 'check_mm() prints "Bad rss-counter state": some path mapped or unmapped a page without counting it.',
  },
  {
    code: "bad-page",
    title: "a page is freed while it is still mapped",
    text: "The last reference to a page went away while page-table entries still point to it: its next owner's data can be read and written through them.",
  },
  {
    code: "bad-page-map",
    title: "a page is unmapped once too often, or what is unmapped is no page",
    text: 'A page-table entry was cleared whose page counts no mapping any more, or that names neither a page nor a swap slot ("Bad page map" in the kernel log).',
  },
  {
    code: "bad-swap-entry",
    title: "a swap entry refers to a slot that is not in use",
    text: 'A page-table entry holds a slot whose count is already zero, or a slot is freed once too often ("Bad swap file entry").',
  },
  {
    code: "map-count",
    title: "the number of VMAs and map_count disagree",
    text: "exit_mmap() counts what it tears down and compares with mm->map_count; the kernel stops here (BUG, since 7.0 a warning).",
  },
  {
    code: "commit-charge",
    title: "the commit charge does not come back to where it started",
    text: "Everything has exited, but the pages charged to the commit limit are not those of the areas that are left: a path charged or un-charged once too often.",
  },
  {
    code: "rmap",
    title: "reverse mapping does not lead to everybody who maps a page or a file",
    text: "Reclaim, migration and truncation go from a page or a file to the VMAs that map it. A VMA that is missing there keeps a page mapped that everybody takes for unmapped; one that is too many is met after it is gone.",
  },
  {
    code: "shared-write",
    title: "a page that others map can be written through a private mapping",
    text: "A private page that is mapped more than once must be write-protected in every mapping, so that the first write makes a copy. Here a write of one process would show in the other.",
  },
  {
    code: "changed-by-failure",
    title: "a system call failed and changed the map all the same",
    text: "A call returned an error, and what is mapped is not what was mapped before: user space cannot know what is left. That an area was cut in two is allowed: it changes nothing that can be read or written.",
  },
  {
    code: "map-hole",
    title: "a look without the lock finds nothing where something was mapped all the time",
    text: "A mapping was replaced by another in one call. Whoever looks without mmap_lock while that goes on should find the old or the new one; here there was a moment with neither.",
  },
  {
    code: "lost-write",
    title: "what a thread wrote is gone",
    text: "Two threads wrote to a page for the first time, and the page shows neither: one fault put its page in the place of the other's.",
  },
  {
    code: "behind-the-end",
    title: "a page behind the end of its file can still be reached",
    text: "A file was truncated, and when that was over a mapping still showed a page that the file no longer has. User space must get SIGBUS there.",
  },
  {
    code: "child-changed",
    title: "a fork that succeeded made a wrong child",
    text: "The child's areas or contents are not what it should inherit: all areas but those marked VM_DONTCOPY, with the parent's contents, or zeros where VM_WIPEONFORK asks for them.",
  },
  {
    code: "hidden-too-early",
    title: "an OOM victim's mm is hidden while its memory is still there",
    text: "MMF_OOM_SKIP tells the reaper to keep out, and the OOM killer to look for another victim. Set by exit_mmap() before it has unmapped what the reaper would have taken, it costs a second process its life, although the memory of the first was about to come.",
  },
  {
    code: "victim-not-hidden",
    title: "an OOM victim's mm is neither reaped nor hidden nor gone",
    text: "The OOM killer kills nobody else while a victim's mm may still give memory back: until MMF_OOM_SKIP is set. Here nobody will set it any more, while somebody holds a user of the mm: out of memory, the system waits for ever.",
  },
  {
    code: "lost-data",
    title: "user space reads zeros where its data was",
    text: "A page that held data was taken away, by the OOM reaper, say, and a later fault mapped a fresh one in its place. Whoever reads it takes the zeros for data, and may write them out. A fault in an address space that is being reaped must answer with SIGBUS.",
  },
  {
    code: "parent-changed",
    title: "a failed fork changed its parent",
    text: "After a failed fork the parent's areas, pages or contents differ from those before. Write-protected entries are allowed: they only cost a later fault.",
  },
];
