/** The books: each way in which a counter can be wrong is told, and told as what it is. */
import { expect, test } from "vitest";
import type { Kernel, TaskStruct } from "../../src/mm/index.ts";
import {
  type AreaSpec,
  type PteTable,
  pageAt,
  pteTables,
  swapOutPage,
  swapSlots,
} from "../../src/mm/index.ts";
import { complaints, fork, kernel, mmOf, process } from "./world.ts";

const AREAS: readonly AreaSpec[] = [
  { start: 0x10, end: 0x12, perms: "rw-p", name: "[heap]", written: [0x10, 0x11] },
  { start: 0x13, end: 0x14, perms: "rw-s", name: "lib", file: "lib", pgoff: 0 },
];

interface Scene {
  readonly k: Kernel;
  readonly parent: TaskStruct;
  readonly child: TaskStruct;
  readonly table: PteTable;
}

/** A parent and its child, which share one page and one slot. */
function scene(): Scene {
  const k = kernel("7.0");
  const parent = process(k, AREAS);
  swapOutPage(k, mmOf(parent), 0x11);
  const { child } = fork(k, parent);
  expect(complaints(k)).toEqual([]);
  return { k, parent, child, table: k.rowsOf(pteTables)[0] };
}

const heapOf = ({ parent }: Scene) => mmOf(parent).tree.find(0x10)!;
const pageOf = ({ k, parent }: Scene) => pageAt(k, mmOf(parent), 0x10)!;
const fileOf = ({ parent }: Scene) => mmOf(parent).tree.find(0x13)!.file!;

test.each<[string, string, (s: Scene) => void]>([
  ["map_count", "map-count", ({ parent }) => (mmOf(parent).mapCount = 7)],
  ["total_vm", "map-count", ({ parent }) => (mmOf(parent).totalVm = 7)],
  ["the range of a VMA", "map-count", (s) => (heapOf(s).end = 0x11)],
  ["attached", "map-count", (s) => (heapOf(s).attached = false)],
  ["a marker in the tree", "map-count", ({ parent }) => mmOf(parent).tree.storeMarker(0x10, 0x12)],
  [
    "a VMA of another mm in the tree",
    "stale-vma",
    ({ parent, child }) => mmOf(child).tree.store(0x10, 0x12, mmOf(parent).tree.find(0x10)!),
  ],
  ["rss", "bad-rss", ({ child }) => mmOf(child).rss.add(1)],
  ["mapcount", "bad-page-map", (s) => pageOf(s).mapcount.add(-1)],
  ["a reference too many", "leak", (s) => (pageOf(s).refs.value += 1)],
  ["a reference too few", "bad-page", (s) => (pageOf(s).refs.value -= 1)],
  ["a slot counted too often", "leak", ({ k }) => (k.rowsOf(swapSlots)[0].map.value += 1)],
  ["a slot counted too rarely", "bad-swap-entry", ({ k }) => (k.rowsOf(swapSlots)[0].map.value -= 1)],
  ["slots in use", "leak", ({ k }) => (k.swap.inuse.value = 3)],
  ["the commit charge", "commit-charge", ({ k }) => k.global.committed.add(1)],
  ["mmlist", "bad-swap-entry", ({ k, child }) => void k.global.mmlist.remove(mmOf(child))],
  ["i_mmap", "rmap", (s) => void fileOf(s).mapping.vmas.remove(mmOf(s.child).tree.find(0x13)!)],
  ["writable mappings", "leak", (s) => (fileOf(s).mapping.writable = 5)],
  ["references to a file", "refcount-misuse", (s) => (fileOf(s).refs.value -= 1)],
  ["active VMAs of an anon_vma", "rmap", (s) => (heapOf(s).anonVma!.numActiveVmas = 2)],
  ["children of an anon_vma", "rmap", (s) => (heapOf(s).anonVma!.numChildren = 1)],
  ["references to an anon_vma", "leak", (s) => (heapOf(s).anonVma!.refs.value += 1)],
  [
    "the anon_vma of a page",
    "rmap",
    (s) => {
      pageOf(s).anonVma = mmOf(s.child).tree.find(0x10)!.anonVma;
    },
  ],
  [
    "a writable entry of a shared page",
    "shared-write",
    ({ table }) => table.entries.set(0x10, table.entries.get(0x10) + 1),
  ],
  ["an entry no area covers", "leak", ({ table }) => table.entries.set(0x100, 2)],
])("%s", (_what, code, spoil) => {
  const s = scene();
  spoil(s);
  const told = complaints(s.k);
  expect(told.map((line) => line.split(":")[0])).toContain(code);
});

test("an mm whose last user is gone, and a child that a failed fork left empty, are not held against anybody", () => {
  const { k, child } = scene();
  const mm = mmOf(child);
  mm.users.value = 0;
  mm.mapCount = 99;
  expect(complaints(k).filter((line) => line.startsWith("map-count"))).toEqual([]);
});
