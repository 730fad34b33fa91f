/** fork(): what the child gets, what the parent keeps, and what a failure at each single allocation leaves behind. */
import { describe, expect, test } from "vitest";
import {
  contentOf,
  ENOMEM,
  entryAt,
  isSwap,
  isWritable,
  KERNELS,
  pageAt,
  rssOf,
  swapOutPage,
} from "../../src/mm/index.ts";
import {
  areasOf,
  complaints,
  EVERY_KIND,
  exit,
  fork,
  GIB,
  kernel,
  leftOver,
  mmOf,
  PUD,
  portrait,
  process,
  read,
  write,
} from "./world.ts";

function parentOn(version: string, replacements: readonly string[] = []) {
  const k = kernel(version, replacements);
  const parent = process(k, EVERY_KIND);
  swapOutPage(k, mmOf(parent), 0x19);
  return { k, parent };
}

describe.each(KERNELS)("fork on %s", (version) => {
  test("the child gets every area but the one marked VM_DONTCOPY", () => {
    const { k, parent } = parentOn(version);
    const { result, child } = fork(k, parent);
    expect(result).toBe(0);
    expect(areasOf(mmOf(child))).toEqual(areasOf(mmOf(parent)).filter((area) => area !== "12-13"));
    expect(mmOf(child).mapCount).toBe(EVERY_KIND.length - 1);
    expect(mmOf(child).totalVm).toBe(mmOf(parent).totalVm - 1);
    expect(complaints(k)).toEqual([]);
  });

  test("the child sees what the parent wrote, and zeros where VM_WIPEONFORK asks for them", () => {
    const { k, parent } = parentOn(version);
    const { child } = fork(k, parent);
    for (const page of [0x10, 0x18, 0x19, 0x202, GIB, PUD + 8])
      expect(read(k, child, page)).toBe(contentOf(page));
    expect(read(k, child, 0x14)).toBe(0);
    expect(complaints(k)).toEqual([]);
  });

  test("a private page is shared read-only by both, and counted in both", () => {
    const { k, parent } = parentOn(version);
    const before = rssOf(mmOf(parent).rss.total);
    const { child } = fork(k, parent);
    const page = pageAt(k, mmOf(parent), 0x10)!;
    expect(pageAt(k, mmOf(child), 0x10)).toBe(page);
    expect(page.mapcount.total).toBe(2);
    expect(page.refs.value).toBe(2);
    expect(isWritable(entryAt(k, mmOf(parent), 0x10))).toBe(false);
    expect(isWritable(entryAt(k, mmOf(child), 0x10))).toBe(false);
    // wipe and ring do not come along
    expect(rssOf(mmOf(child).rss.total)).toEqual({
      anon: before.anon - 2,
      swap: before.swap,
      file: before.file,
    });
  });

  test("a swap entry is copied, counted twice, and puts the child on mmlist right behind its parent", () => {
    const { k, parent } = parentOn(version);
    const { child } = fork(k, parent);
    const entry = entryAt(k, mmOf(parent), 0x19);
    expect(isSwap(entry)).toBe(true);
    expect(entryAt(k, mmOf(child), 0x19)).toBe(entry);
    expect(k.global.mmlist.items()).toEqual([mmOf(parent), mmOf(child)]);
    expect(complaints(k)).toEqual([]);
  });

  test("a write of the child does not show in the parent", () => {
    const { k, parent } = parentOn(version);
    const { child } = fork(k, parent);
    expect(write(k, child, 0x10, 7)).toBe(7);
    expect(read(k, parent, 0x10)).toBe(contentOf(0x10));
    expect(read(k, child, 0x10)).toBe(7);
    expect(complaints(k)).toEqual([]);
  });

  test("a write of the parent does not show in the child, whoever else forked in between", () => {
    const { k, parent } = parentOn(version);
    const { child } = fork(k, parent);
    const second = fork(k, parent, -1, "second").child;
    const grandchild = fork(k, child, -1, "grandchild").child;
    expect(write(k, parent, 0x10, 7)).toBe(7);
    for (const task of [child, second, grandchild]) expect(read(k, task, 0x10)).toBe(contentOf(0x10));
    expect(write(k, grandchild, 0x19, 8)).toBe(8);
    for (const task of [parent, child, second]) expect(read(k, task, 0x19)).toBe(contentOf(0x19));
    expect(complaints(k)).toEqual([]);
  });

  test("the last one to map a page writes to it without a copy", () => {
    const { k, parent } = parentOn(version);
    const { child } = fork(k, parent);
    const page = pageAt(k, mmOf(parent), 0x10)!;
    exit(k, child);
    expect(write(k, parent, 0x10, 9)).toBe(9);
    expect(pageAt(k, mmOf(parent), 0x10)).toBe(page);
    expect(complaints(k)).toEqual([]);
  });

  test("when everybody has exited, in any order, nothing is left", () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 0, 2],
      [0, 2, 1],
    ]) {
      const { k, parent } = parentOn(version);
      const child = fork(k, parent).child;
      const grandchild = fork(k, child, -1, "grandchild").child;
      write(k, child, 0x18, 5);
      const tasks = [parent, child, grandchild];
      for (const n of order) exit(k, tasks[n]);
      expect(leftOver(k)).toEqual([]);
      expect(complaints(k)).toEqual([]);
      expect(k.global.committed.total).toBe(0);
      expect(k.findings).toEqual([]);
    }
  });

  test("every single allocation may fail: -ENOMEM, the parent as it was, nothing left behind", () => {
    const { k: quiet, parent: lucky } = parentOn(version);
    const sites = fork(quiet, lucky).asked;
    expect(sites.length).toBeGreaterThan(30);
    for (const [n, site] of sites.entries()) {
      const { k, parent } = parentOn(version);
      const before = portrait(k, mmOf(parent));
      const rows = leftOver(k);
      const { result, child, asked } = fork(k, parent, n);
      const at = `${version}, allocation ${n}: ${site}`;
      expect(asked.slice(0, n + 1), at).toEqual(sites.slice(0, n + 1));
      expect(child.mm === null, at).toBe(result !== 0);
      if (result === 0) {
        // GFP_NOWAIT is tried again with more patience.
        expect(site, at).toMatch(/^anon_vma_clone: anon_vma_chain$/);
        exit(k, child);
      } else {
        expect(result, at).toBe(ENOMEM);
      }
      expect(portrait(k, mmOf(parent)), at).toEqual(before);
      expect(leftOver(k), at).toEqual(rows);
      expect(complaints(k), at).toEqual([]);
      expect(k.findings, at).toEqual([]);
    }
  });

  test("a fork that fails twice at the same place and then succeeds is as good as one that never failed", () => {
    const { k, parent } = parentOn(version);
    fork(k, parent, 20, "first");
    fork(k, parent, 20, "second");
    const { child } = fork(k, parent, -1, "third");
    for (const page of [0x10, 0x18, 0x19]) expect(read(k, child, page)).toBe(contentOf(page));
    expect(complaints(k)).toEqual([]);
  });
});

test("the allocations of a fork come in the order of the kernel's code", () => {
  const { k, parent } = parentOn("6.12");
  const { asked } = fork(k, parent);
  const copied = (more: readonly string[]): string[] => [
    "vm_area_dup: vm_area_struct",
    "vma_lock_alloc: vma_lock",
    ...more,
  ];
  const anonymous = [
    "anon_vma_clone: anon_vma_chain",
    "anon_vma_fork: anon_vma",
    "anon_vma_fork: anon_vma_chain",
  ];
  const charge = "dup_mmap: security_vm_enough_memory_mm";
  const [pud, pmd, pte] = ["pud_alloc: page table", "pmd_alloc: page table", "pte_alloc: page table"];
  expect(asked).toEqual([
    "allocate_mm: mm_struct",
    "mm_alloc_pgd: pgd",
    "init_new_context: arch context",
    "mm_alloc_cid: per-CPU cid",
    "percpu_counter_init_many: rss counters",
    "__mt_dup: tree nodes", // the root
    "__mt_dup: tree nodes", // its leaves
    ...copied([...anonymous, pud, pmd, pte]), // [heap], not charged
    // ring: leaving it out needs no node here
    charge,
    ...copied([]), // wipe
    ...copied([]), // text: no anon_vma, nothing to copy
    charge,
    ...copied(anonymous), // [data], in the table of [heap]
    ...copied([]), // lib
    charge,
    ...copied([...anonymous, pte]), // far
    charge,
    ...copied([...anonymous, pmd, pte]), // higher
    charge,
    ...copied([...anonymous, pud, pmd, pte]), // highest
    charge,
    ...copied([]), // untouched
    "arch_dup_mmap: LDT copy",
  ]);
});

test("after k forks an area is linked to k ancestors, and each further fork allocates one link more", () => {
  const { k, parent } = parentOn("6.12");
  const links = (asked: readonly string[]): number =>
    asked.filter((site) => site === "anon_vma_clone: anon_vma_chain").length;
  const first = fork(k, parent, -1, "first");
  const second = fork(k, first.child, -1, "second");
  const third = fork(k, second.child, -1, "third");
  const five = 5; // [heap], [data], far, higher, highest
  expect([first, second, third].map(({ asked }) => links(asked))).toEqual([five, 2 * five, 3 * five]);
  expect(mmOf(third.child).tree.find(0x10)!.anonVmaChain.length).toBe(4);
  expect(complaints(k)).toEqual([]);
});

test("an anon_vma whose process is gone is taken over by a grandchild, but never a root with another child", () => {
  const { k, parent } = parentOn("6.12");
  const child = fork(k, parent, -1, "child").child;
  const grandchild = fork(k, child, -1, "grandchild").child;
  const root = mmOf(parent).tree.find(0x10)!.anonVma!;
  const middle = mmOf(child).tree.find(0x10)!.anonVma!;
  exit(k, child);
  // The middle one has no process of its own left and one child: the next fork of the grandchild takes it over.
  const next = fork(k, grandchild, -1, "next");
  expect(mmOf(next.child).tree.find(0x10)!.anonVma).toBe(middle);
  exit(k, parent);
  // The root has none either, but it is its own child and that of the middle one.
  const last = fork(k, grandchild, -1, "last");
  expect(mmOf(last.child).tree.find(0x10)!.anonVma).not.toBe(root);
  expect(complaints(k)).toEqual([]);
  for (const task of [next.child, last.child, grandchild]) exit(k, task);
  expect(leftOver(k)).toEqual([]);
});
