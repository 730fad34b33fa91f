/** The window: what a failed dup_mmap() leaves in the child's tree when it lets go of the locks, per recovery. */
import { describe, expect, test } from "vitest";
import { type AreaSpec, ENOMEM, mmput } from "../../src/mm/index.ts";
import { sequentially } from "../../src/sched/index.ts";
import {
  complaints,
  failInto,
  kernel,
  leftOver,
  mmOf,
  portrait,
  process,
  sitesOfDupMmap,
  treeOf,
} from "./world.ts";

/** Three areas: two written, the last one never touched. */
const THREE: readonly AreaSpec[] = [
  { start: 0x10, end: 0x12, perms: "rw-p", name: "[heap]", written: [0x10] },
  { start: 0x13, end: 0x14, perms: "rw-p", name: "[data]", written: [0x13] },
  { start: 0x15, end: 0x18, perms: "rw-p", name: "idle" },
];

function siteAt(version: string, site: string, nth: number): number {
  const k = kernel(version);
  const sites = sitesOfDupMmap(k, process(k, THREE));
  const places = sites.flatMap((s, n) => (s === site ? [n] : []));
  expect(places.length).toBeGreaterThan(nth);
  return places[nth];
}

const VMA = "vm_area_dup: vm_area_struct";
const CHARGE = "dup_mmap: security_vm_enough_memory_mm";
const PTE = "pte_alloc: page table";
const ARCH = "arch_dup_mmap: LDT copy";
const NODES = "__mt_dup: tree nodes";

describe.each(["6.12", "6.14", "6.18"])("a failed dup_mmap on %s", (version) => {
  test("marks exactly the area whose copy could not be made; the parent's areas stand behind it", () => {
    for (const [site, nth] of [
      [VMA, 1],
      [CHARGE, 1],
      ["anon_vma_fork: anon_vma", 1],
    ] as const) {
      const k = kernel(version);
      const parent = process(k, THREE);
      const { mm, error } = failInto(k, parent, siteAt(version, site, nth));
      expect(error).toBe(ENOMEM);
      expect(treeOf(k, mm), site).toEqual(["10-12 own", "13-14 marker", "15-18 stale"]);
      expect(mm.mapCount).toBe(1);
    }
  });

  test("marks the first area when nothing could be copied", () => {
    const k = kernel(version);
    const { mm } = failInto(k, process(k, THREE), siteAt(version, CHARGE, 0));
    expect(treeOf(k, mm)).toEqual(["10-12 marker", "13-14 stale", "15-18 stale"]);
    expect(mm.mapCount).toBe(0);
  });

  test("marks the area behind the one whose page tables could not be copied: that one can be torn down", () => {
    const k = kernel(version);
    const { mm } = failInto(k, process(k, THREE), siteAt(version, PTE, 0));
    expect(treeOf(k, mm)).toEqual(["10-12 own", "13-14 marker", "15-18 stale"]);
    expect(mm.mapCount).toBe(1);
  });

  test("marks nothing when the last area was copied and the rest failed: the tree is complete", () => {
    const k = kernel(version);
    const { mm } = failInto(k, process(k, THREE), siteAt(version, ARCH, 0));
    expect(treeOf(k, mm)).toEqual(["10-12 own", "13-14 own", "15-18 own"]);
    expect(mm.oomSkip.value).toBe(0);
    expect(mm.unstable.value).toBe(version === "6.12" ? 0 : 1);
  });

  test("leaves an empty tree and no flag when the tree could not be copied", () => {
    const k = kernel(version);
    const { mm } = failInto(k, process(k, THREE), siteAt(version, NODES, 0));
    expect(treeOf(k, mm)).toEqual([]);
    expect([mm.oomSkip.value, mm.unstable.value]).toEqual([0, 0]);
  });

  test("flags the child from 6.14 on: OOM_SKIP where it stored a marker, UNSTABLE in any case", () => {
    const k = kernel(version);
    const { mm } = failInto(k, process(k, THREE), siteAt(version, VMA, 2));
    expect([mm.oomSkip.value, mm.unstable.value]).toEqual(version === "6.12" ? [0, 0] : [1, 1]);
  });

  test("is survived by exit_mmap, which takes the marker for the end", () => {
    const total = sitesOfDupMmap(...start(version)).length;
    for (let n = 0; n < total; n++) {
      const [k, parent] = start(version);
      const before = portrait(k, mmOf(parent));
      const rows = leftOver(k);
      const { mm, error } = failInto(k, parent, n);
      if (error === 0) continue;
      sequentially(mmput(k, mm, "test"));
      expect(portrait(k, mmOf(parent))).toEqual(before);
      expect(leftOver(k)).toEqual(rows);
      expect(complaints(k)).toEqual([]);
    }
  });
});

function start(version: string): [ReturnType<typeof kernel>, ReturnType<typeof process>] {
  const k = kernel(version);
  return [k, process(k, THREE)];
}

describe("a failed dup_mmap on 7.0", () => {
  test("leaves an empty tree, both flags, and nothing of the child, while it still holds the locks", () => {
    const total = sitesOfDupMmap(...start("7.0")).length;
    for (let n = 0; n < total; n++) {
      const [k, parent] = start("7.0");
      const rows = leftOver(k);
      const { mm, error } = failInto(k, parent, n);
      expect(error).toBe(ENOMEM);
      expect(treeOf(k, mm)).toEqual([]);
      expect(leftOver(k).filter((name) => name !== "half-copied")).toEqual(rows);
      sequentially(mmput(k, mm, "test"));
      expect(leftOver(k)).toEqual(rows);
      expect(k.findings).toEqual([]);
    }
  });

  test("flags nothing when not even the tree could be copied", () => {
    const [k, parent] = start("7.0");
    const { mm } = failInto(k, parent, siteAt("7.0", NODES, 0));
    expect([mm.oomSkip.value, mm.unstable.value]).toEqual([0, 0]);
    const [k2, parent2] = start("7.0");
    const failed = failInto(k2, parent2, siteAt("7.0", VMA, 0)).mm;
    expect([failed.oomSkip.value, failed.unstable.value]).toEqual([1, 1]);
  });

  test("leaves map_count as it was: nobody reads it any more, and nobody complains", () => {
    const [k, parent] = start("7.0");
    const { mm } = failInto(k, parent, siteAt("7.0", VMA, 2));
    expect(mm.mapCount).toBe(2);
    sequentially(mmput(k, mm, "test"));
    expect(k.findings).toEqual([]);
  });
});
