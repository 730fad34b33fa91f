/** Swap and reverse mapping: out, in, off, and from a page or a file to everybody who maps it. */
import { describe, expect, test } from "vitest";
import {
  type AreaSpec,
  cachedPage,
  contentOf,
  emptySwapCache,
  entryAt,
  isPresent,
  isSwap,
  KERNELS,
  pageAt,
  rssOf,
  swapCount,
  swapOut,
  swapOutPage,
  swapoff,
  swapSlots,
  unmapMappingRange,
} from "../../src/mm/index.ts";
import { sequentially } from "../../src/sched/index.ts";
import { complaints, exit, fork, kernel, leftOver, mmOf, process, read, write } from "./world.ts";

const TWO: readonly AreaSpec[] = [
  { start: 0x10, end: 0x12, perms: "rw-p", name: "[heap]", written: [0x10, 0x11] },
  { start: 0x20, end: 0x21, perms: "rw-p", name: "[data]", written: [0x20] },
];

function swapped(version: string) {
  const k = kernel(version);
  const parent = process(k, TWO);
  swapOutPage(k, mmOf(parent), 0x10);
  return { k, parent, slot: k.rowsOf(swapSlots)[0] };
}

describe.each(KERNELS)("swap on %s", (version) => {
  test("a page goes out: its entry names a slot, rss moves from anon to swap, the mm joins mmlist", () => {
    const { k, parent, slot } = swapped(version);
    expect(isSwap(entryAt(k, mmOf(parent), 0x10))).toBe(true);
    expect(swapCount(slot.map.value)).toBe(1);
    expect(rssOf(mmOf(parent).rss.total)).toEqual({ anon: 2, swap: 1, file: 0 });
    expect(k.global.mmlist.length).toBe(1);
    expect(k.swap.inuse.value).toBe(1);
    expect(complaints(k)).toEqual([]);
  });

  test("and comes back with what it held, for reading and for writing", () => {
    for (const touch of [
      read,
      (...[k, task, page]: Parameters<typeof read>) => write(k, task, page, contentOf(page)),
    ]) {
      const { k, parent } = swapped(version);
      expect(touch(k, parent, 0x10)).toBe(contentOf(0x10));
      expect(isPresent(entryAt(k, mmOf(parent), 0x10))).toBe(true);
      expect(rssOf(mmOf(parent).rss.total)).toEqual({ anon: 3, swap: 0, file: 0 });
      expect(complaints(k)).toEqual([]);
      exit(k, parent);
      sequentially(emptySwapCache(k));
      expect(leftOver(k)).toEqual([]);
      expect(k.swap.inuse.value).toBe(0);
    }
  });

  test("swapoff brings back what parent and child have there, cached or not, and leaves other devices alone", () => {
    const { k, parent } = swapped(version);
    swapOutPage(k, mmOf(parent), 0x11, k.swap, false);
    swapOutPage(k, mmOf(parent), 0x20, k.otherSwap);
    const { child } = fork(k, parent);
    expect(sequentially(swapoff(k))).toBe(0);
    expect(k.swap.inuse.value).toBe(0);
    for (const task of [parent, child]) {
      for (const page of [0x10, 0x11]) expect(isPresent(entryAt(k, mmOf(task), page))).toBe(true);
      expect(isSwap(entryAt(k, mmOf(task), 0x20))).toBe(true);
      expect([0x10, 0x11, 0x20].map((page) => read(k, task, page))).toEqual(
        [0x10, 0x11, 0x20].map(contentOf),
      );
    }
    expect(complaints(k)).toEqual([]);
    for (const task of [child, parent]) exit(k, task);
    expect(k.rowsOf(swapSlots).filter((slot) => slot.device === k.swap && slot.map.value !== 0)).toEqual([]);
  });

  test("the slot of a forked process is free once both have their page back", () => {
    const { k, parent, slot } = swapped(version);
    const { child } = fork(k, parent);
    expect(swapCount(slot.map.value)).toBe(2);
    expect(read(k, child, 0x10)).toBe(contentOf(0x10));
    expect(swapCount(slot.map.value)).toBe(1);
    expect(complaints(k)).toEqual([]);
    expect(read(k, parent, 0x10)).toBe(contentOf(0x10));
    expect(slot.map.value).toBe(0);
    expect(complaints(k)).toEqual([]);
  });

  test("a page that parent and child brought back is found from both by the next swap-out", () => {
    for (const order of ["parent first", "child first"]) {
      const { k, parent } = swapped(version);
      const { child } = fork(k, parent);
      const tasks = order === "parent first" ? [parent, child] : [child, parent];
      for (const task of tasks) expect(read(k, task, 0x10), order).toBe(contentOf(0x10));
      const page = pageAt(k, mmOf(parent), 0x10)!;
      expect(pageAt(k, mmOf(child), 0x10), order).toBe(page);
      expect(complaints(k), order).toEqual([]);
      const slot = sequentially(swapOut(k, page))!;
      expect(swapCount(slot.map.value), order).toBe(2);
      expect(cachedPage(k, slot.map.value), order).toBe(page);
      expect(page.mapcount.total, order).toBe(0);
      expect(complaints(k), order).toEqual([]);
    }
  });

  test("swapoff brings every page of every process back", () => {
    const { k, parent } = swapped(version);
    const { child } = fork(k, parent);
    swapOutPage(k, mmOf(child), 0x20);
    expect(k.swap.inuse.value).toBe(2);
    expect(sequentially(swapoff(k))).toBe(0);
    expect(k.swap.inuse.value).toBe(0);
    for (const task of [parent, child]) {
      expect(rssOf(mmOf(task).rss.total)).toEqual({ anon: 3, swap: 0, file: 0 });
      for (const page of [0x10, 0x11, 0x20]) {
        expect(isPresent(entryAt(k, mmOf(task), page))).toBe(true);
        expect(read(k, task, page)).toBe(contentOf(page));
      }
    }
    expect(complaints(k)).toEqual([]);
    for (const task of [child, parent]) exit(k, task);
    expect(leftOver(k)).toEqual([]);
  });

  test("swapoff has nothing to do on an empty device, and finishes at once", () => {
    const k = kernel(version);
    process(k, TWO);
    expect(sequentially(swapoff(k))).toBe(0);
    expect(k.swap.writeok.value).toBe(0);
  });
});

test("a shared page is swapped out of parent, child and grandchild at once", () => {
  const k = kernel("7.0");
  const parent = process(k, TWO);
  const child = fork(k, parent).child;
  const grandchild = fork(k, child, -1, "grandchild").child;
  write(k, child, 0x11, 99);
  const slot = sequentially(swapOut(k, pageAt(k, mmOf(parent), 0x10)!))!;
  expect(swapCount(slot.map.value)).toBe(3);
  const own = sequentially(swapOut(k, pageAt(k, mmOf(child), 0x11)!))!;
  expect(swapCount(own.map.value)).toBe(1);
  expect(isPresent(entryAt(k, mmOf(grandchild), 0x11))).toBe(true);
  expect(complaints(k)).toEqual([]);
  for (const task of [parent, child, grandchild]) {
    expect(read(k, task, 0x10)).toBe(contentOf(0x10));
    expect(read(k, task, 0x11)).toBe(task === child ? 99 : contentOf(0x11));
  }
  expect(complaints(k)).toEqual([]);
});

test("truncating a file unmaps it from everybody, whatever else they map", () => {
  const k = kernel("7.0");
  const lib: AreaSpec = {
    start: 0x30,
    end: 0x32,
    perms: "rw-s",
    name: "lib",
    file: "lib",
    pgoff: 0,
    written: [0x30],
  };
  const parent = process(k, [...TWO, lib]);
  const child = fork(k, parent).child;
  read(k, child, 0x30);
  const file = mmOf(parent).tree.find(0x30)!.file!;
  expect(file.mapping.vmas.length).toBe(2);
  sequentially(unmapMappingRange(k, file.mapping));
  for (const task of [parent, child]) {
    expect(isPresent(entryAt(k, mmOf(task), 0x30))).toBe(false);
    expect(read(k, task, 0x10)).toBe(contentOf(0x10));
  }
  expect(complaints(k)).toEqual([]);
});
