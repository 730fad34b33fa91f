/** Images of real processes: what is planted, and that a fork of one asks for exactly the memory the kernel would ask for. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { explore } from "../../src/check/index.ts";
import { pickImage, readMaps } from "../../src/import/index.ts";
import { MapleTree, type NodePicture } from "../../src/maple/index.ts";
import {
  designsFor,
  entryAt,
  type Image,
  type ImageVma,
  isDesignProblem,
  isWritable,
  layOut,
  plant,
} from "../../src/mm/index.ts";
import { scenarioById } from "../../src/scenarios/index.ts";
import { complaints, exit, fork, kernel, leftOver } from "./world.ts";

function recorded(name: string): Image {
  const read = readMaps(readFileSync(new URL(`../../examples/processes/${name}`, import.meta.url), "utf8"));
  if (!read.ok) throw new Error("the recorded process cannot be read");
  const picked = pickImage(read.snapshots);
  if (!picked.ok) throw new Error(picked.message);
  return picked.snapshot.image;
}

const python = recorded("python-server.maps");
const redis = recorded("redis-bgsave.maps");

test("pages are planted where smaps tells of anonymous memory, read-only areas included; the sentence says so", () => {
  const { areas, written, said } = plant(python, 1, false);
  const holds = (area: ImageVma): boolean =>
    (area.anonPages ?? 0) > 0 && !area.shared && !["ht", "pf", "io"].some((f) => area.vmFlags?.includes(f));
  const holders = python.areas.filter(holds);
  expect(holders.some((area) => !area.write)).toBe(true);
  expect(written).toEqual(holders.map((area) => area.startPage));
  expect(areas.length).toBe(319);
  expect(said).toBe(
    `319 areas of ${python.source}; planted ${holders.length} written pages (1 in each private area that holds anonymous pages)`,
  );
});

test("where nothing is told every private writable area gets pages, no more than it has", () => {
  const { areas, written, said } = plant(redis, 3, true);
  for (const [n, area] of redis.areas.entries()) {
    const fits = area.write && !area.shared && !area.vmFlags?.some((f) => ["ht", "pf", "io"].includes(f));
    const expected = fits ? Math.min(3, area.endPage - area.startPage) : 0;
    expect(areas[n].written?.length, area.name).toBe(expected);
  }
  expect(said).toContain(
    `planted ${written.length} written pages (3 in each private writable area), 1 of them swapped out`,
  );
});

test("a page in an area that is read-only now was written before, and is write-protected", () => {
  const k = kernel("6.18");
  const planting = plant(python, 1, false);
  const mm = layOut(k, "python", planting.areas);
  for (const area of planting.areas) {
    for (const page of area.written ?? [])
      expect(isWritable(entryAt(k, mm, page))).toBe(area.perms[1] === "w");
  }
  expect(complaints(k)).toEqual([]);
});

test("files are told apart by device and inode, not by name", () => {
  const area = {
    read: true,
    write: true,
    exec: false,
    shared: true,
    offsetPages: 0,
    device: "00:01",
    name: "/dev/zero (deleted)",
  };
  const { areas } = plant(
    {
      source: "two deleted files",
      areas: [
        { ...area, startPage: 16, endPage: 17, inode: "7" },
        { ...area, startPage: 18, endPage: 19, inode: "8" },
      ],
    },
    1,
    false,
  );
  expect(areas[0].file).not.toBe(areas[1].file);
});

/** Inner nodes of a tree: __mt_dup() allocates the root by itself and the children of each inner node in one go. */
function innerNodes(picture: NodePicture | undefined): number {
  if (picture === undefined) return 0;
  const children = picture.slots.flatMap((slot) => (slot.child === undefined ? [] : [slot.child]));
  return children.length === 0 ? 0 : 1 + children.reduce((sum, child) => sum + innerNodes(child), 0);
}

const has = (area: ImageVma, flag: string): boolean => area.vmFlags?.includes(flag) ?? false;

/**
 * Allocations of one fork of a process, counted from its image alone: which areas, which pages, the shape of the tree.
 * Nothing here knows the model.
 */
function allocationsOfFork(
  image: Image,
  version: "6.12" | "6.18" | "7.0",
): { allocations: number; looks: number } {
  const planted = image.areas.filter(
    (a) => !a.shared && (a.anonPages ?? 0) > 0 && !["ht", "pf", "io"].some((f) => has(a, f)),
  );
  const parentTables = new Set(planted.map((a) => Math.floor(a.startPage / 512)));
  const tree = MapleTree.from(image.areas.map((a, n) => [a.startPage, a.endPage - 1, n] as const));

  // dup_mm: mm_struct; pgd, arch context, cid, rss counters; with 6.17 the futex state and the mm id
  let allocations = 1 + (version === "6.12" ? 4 : 6);
  // __mt_dup
  allocations += 1 + innerNodes(tree.picture());
  let looks = 0;
  const tables = new Set<number>();
  const pmds = new Set<number>();
  const puds = new Set<number>();
  for (const area of image.areas) {
    if (has(area, "dc")) {
      if (tree.nodesForStore(area.startPage, area.endPage - 1, undefined) > 0) allocations++;
      tree.erase(area.startPage);
      continue;
    }
    if (version !== "7.0") looks++; // a fatal signal is looked for before each VMA up to 6.18
    if (has(area, "ac")) allocations++; // the commit charge
    allocations += version === "6.12" ? 2 : 1; // vm_area_struct, vma_lock up to 6.14
    if (has(area, "wf") || !planted.includes(area)) continue;
    allocations += 3; // one ancestor to clone, the child's anon_vma, its link
    for (let region = Math.floor(area.startPage / 512); region * 512 < area.endPage; region++) {
      if (!parentTables.has(region) || tables.has(region)) continue;
      tables.add(region);
      pmds.add(Math.floor(region / 512));
      puds.add(Math.floor(region / 512 / 512));
    }
  }
  allocations += tables.size + pmds.size + puds.size;
  return { allocations: allocations + 1, looks: looks + 1 }; // arch_dup_mmap; copy_process looks once more
}

test.each(["6.12", "6.18", "7.0"] as const)(
  "on %s a fork of the recorded process asks for as many allocations as its image says",
  (version) => {
    const k = kernel(version);
    const parent = k.newTask("python", layOut(k, "python", plant(python, 1, false).areas));
    const { result, asked, child } = fork(k, parent);
    expect(result).toBe(0);
    expect(asked.length).toBe(allocationsOfFork(python, version).allocations);
    expect(asked.length).toBeGreaterThan(900);
    expect(complaints(k)).toEqual([]);
    exit(k, child);
    exit(k, parent);
    expect(leftOver(k)).toEqual([]);
  },
);

test("every single failure of the fork of a real process is explored, once", () => {
  // The first 40 areas: the whole process takes most of a minute, and differs in nothing but number.
  const image: Image = { ...python, areas: python.areas.slice(0, 40) };
  for (const version of ["6.12", "7.0"] as const) {
    const scenario = scenarioById("fork-fails")!;
    const designs = designsFor(version);
    if (isDesignProblem(designs)) throw new Error(designs.problem);
    const exploration = explore(scenario.program({ designs, failures: "any", image }), { faults: 1 });
    while (exploration.slice(100));
    const result = exploration.result();
    const { allocations, looks } = allocationsOfFork(image, version);
    expect(result.findings).toEqual([]);
    expect(result.verdict).toBe("holds");
    expect(result.executions).toBe(1 + allocations + looks);
  }
});
