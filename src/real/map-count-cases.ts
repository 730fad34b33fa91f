/**
 * Operations at the edge of vm.max_map_count: each is a picture of a small test area, laid out before, and one step.
 *
 * Pictures: `X+16:3rw-p` is an area of 3 pages, 16 pages behind X; items in ascending order. X is any page with room
 * around it; `top-12` counts pages below mmap_base, where the kernel puts what it places itself.
 */
import type { Step } from "./program.ts";

/** X: with nothing else near it. */
export const TEST_AREA = 0x6000_0000_0000;
const PAGE = 4096;

/** One operation. */
export interface MapCountCase {
  readonly name: string;
  /** Picture of the area before; laid out by one mmap per item. */
  readonly before: string;
  readonly step: Step;
  /** Flags that the areas are mapped with besides private, fixed and anonymous. */
  readonly flags?: number;
  /** Pages of heap before the step. */
  readonly heapPages?: number;
  /** The kernel chooses a place: look at the top as well. */
  readonly top?: boolean;
  /** What the step leaves cannot be unmapped again. */
  readonly seals?: boolean;
}

const READ = 1;
const READ_EXEC = 5;
const READ_WRITE = 3;
const FIXED = 0x32;
const GROWSDOWN = 0x100;
const MAYMOVE = 1;
const MOVE_FIXED = 3;
const DONTUNMAP = 5;
const FIXED_DONTUNMAP = 7;
const DONTFORK = 10;

function at(page: number): number {
  return TEST_AREA + page * PAGE;
}

function step(call: Step["call"], ...args: number[]): Step {
  return { process: 0, call, args };
}

function map(page: number, pages: number, prot: number): Step {
  return step("mmap", at(page), pages * PAGE, prot, FIXED, -1, 0);
}

function onRange(call: Step["call"], page: number, pages: number, ...more: number[]): Step {
  return step(call, at(page), pages * PAGE, ...more);
}

function remap(page: number, from: number, to: number, flags = 0, target = 0): Step {
  return step("mremap", at(page), from * PAGE, to * PAGE, flags, (flags & 2) === 0 ? 0 : at(target));
}

const THREE = "X+0:1rw-p X+1:1r--p X+2:1rw-p";

/** All operations; names are those of the recorded sweep. */
// biome-ignore format: one line per case
export function mapCountCases(startBrk: number): readonly MapCountCase[] {
  return [
    { name: "mmap new area, cannot merge", before: "", step: map(0, 1, READ_WRITE) },
    { name: "mmap new area, merges with the neighbour below", before: "X+0:1rw-p", step: map(1, 1, READ_WRITE) },
    { name: "mmap MAP_FIXED over the middle of a VMA (3->needs 2 more)", before: "X+0:3rw-p", step: map(1, 1, READ) },
    { name: "mmap MAP_FIXED over the first page of a VMA", before: "X+0:3rw-p", step: map(0, 1, READ) },
    { name: "mmap MAP_FIXED replacing exactly one whole VMA", before: "X+0:3rw-p", step: map(0, 3, READ) },
    { name: "mmap MAP_FIXED replacing 3 whole VMAs", before: THREE, step: map(0, 3, READ_EXEC) },
    { name: "munmap whole VMA", before: "X+0:3rw-p", step: onRange("munmap", 0, 3) },
    { name: "munmap first page (no split)", before: "X+0:3rw-p", step: onRange("munmap", 0, 1) },
    { name: "munmap middle page (split)", before: "X+0:3rw-p", step: onRange("munmap", 1, 1) },
    { name: "munmap from middle of VMA a to middle of VMA b", before: "X+0:2rw-p X+2:2r--p", step: onRange("munmap", 1, 2) },
    { name: "mprotect whole VMA, no merge", before: "X+0:3rw-p", step: onRange("mprotect", 0, 3, READ) },
    { name: "mprotect first page (1 split)", before: "X+0:3rw-p", step: onRange("mprotect", 0, 1, READ) },
    { name: "mprotect middle page (2 splits)", before: "X+0:3rw-p", step: onRange("mprotect", 1, 1, READ) },
    { name: "mprotect first page, merges into the VMA below", before: "X-1:1r--p X+0:3rw-p", step: onRange("mprotect", 0, 1, READ) },
    { name: "mprotect over 2 VMAs, second needs a split", before: "X+0:1rw-p X+1:3rwxp", step: onRange("mprotect", 0, 2, READ) },
    { name: "madvise(DONTFORK) middle page", before: "X+0:3rw-p", step: onRange("madvise", 1, 1, DONTFORK) },
    { name: "mlock middle page", before: "X+0:3rw-p", step: onRange("mlock", 1, 1) },
    { name: "mseal middle page", before: "X+0:3rw-p", step: onRange("mseal", 1, 1, 0), seals: true },
    { name: "mremap grow in place", before: "X+0:3rw-p", step: remap(0, 3, 4) },
    { name: "mremap grow, must move (MAYMOVE)", before: "X+0:3rw-p X+3:1r--p", step: remap(0, 3, 4, MAYMOVE), top: true },
    { name: "mremap shrink (tail)", before: "X+0:3rw-p", step: remap(0, 3, 2) },
    { name: "mremap shrink inside a VMA (split)", before: "X+0:4rw-p", step: remap(0, 3, 2) },
    { name: "mremap FIXED, dst unmapped, whole src VMA", before: "X+0:3rw-p", step: remap(0, 3, 3, MOVE_FIXED, 16) },
    { name: "mremap FIXED, dst = one whole VMA, whole src VMA", before: "X+0:3rw-p X+16:3r--p", step: remap(0, 3, 3, MOVE_FIXED, 16) },
    { name: "mremap FIXED, dst = middle of a VMA, whole src VMA", before: "X+0:3rw-p X+15:5r--p", step: remap(0, 3, 3, MOVE_FIXED, 16) },
    { name: "mremap FIXED, dst = middle of a VMA, src = middle of a VMA", before: "X-1:5rw-p X+15:5r--p", step: remap(0, 3, 3, MOVE_FIXED, 16) },
    { name: "mremap FIXED grow 3->4 pages, dst = one whole VMA", before: "X+0:3rw-p X+16:4r--p", step: remap(0, 3, 4, MOVE_FIXED, 16) },
    { name: "mremap FIXED shrink 3->2 pages, dst = one whole VMA", before: "X+0:3rw-p X+16:3r--p", step: remap(0, 3, 2, MOVE_FIXED, 16) },
    { name: "mremap FIXED shrink 3->2 inside a VMA, dst = middle of a VMA", before: "X-1:5rw-p X+15:5r--p", step: remap(0, 3, 2, MOVE_FIXED, 16) },
    { name: "mremap FIXED move of 3 VMAs, dst unmapped", before: THREE, step: remap(0, 3, 3, MOVE_FIXED, 16) },
    { name: "mremap FIXED move of 3 VMAs, dst = one whole VMA", before: `${THREE} X+16:3r-xp`, step: remap(0, 3, 3, MOVE_FIXED, 16) },
    { name: "mremap FIXED move of 3 VMAs, dst = middle of a VMA", before: `${THREE} X+15:5r-xp`, step: remap(0, 3, 3, MOVE_FIXED, 16) },
    { name: "mremap DONTUNMAP, dst chosen by kernel", before: "X+0:3rw-p", step: remap(0, 3, 3, DONTUNMAP), top: true },
    { name: "mremap FIXED|DONTUNMAP, dst = one whole VMA", before: "X+0:3rw-p X+16:3r--p", step: remap(0, 3, 3, FIXED_DONTUNMAP, 16) },
    { name: "brk: first heap VMA", before: "", step: step("brk", startBrk + PAGE) },
    { name: "brk: extend an existing heap VMA", before: "", step: step("brk", startBrk + 3 * PAGE), heapPages: 2 },
    { name: "stack growth by page fault (MAP_GROWSDOWN)", before: "X+0:1rw-p", step: step("write", at(-1) + 8), flags: GROWSDOWN },
    { name: "fork", before: "", step: step("fork") },
    { name: "mremap FIXED move of 6 VMAs with holes, dst = one whole VMA", before: "X+0:1rw-p X+2:1rw-p X+4:1rw-p X+6:1rw-p X+8:1rw-p X+10:1rw-p X+32:11r--p", step: remap(0, 11, 11, MOVE_FIXED, 32) },
  ];
}

/** The steps that lay out a case: one mmap per item of its picture, then the heap. */
export function layOutCase(one: MapCountCase, startBrk: number): Step[] {
  const steps = [...one.before.matchAll(/X([+-]\d+):(\d+)(\S{4})/g)].map(([, page, pages, perms]) => {
    const prot = ["r", "w", "x"].reduce(
      (bits, letter, i) => ((perms as string)[i] === letter ? bits | (1 << i) : bits),
      0,
    );
    return step("mmap", at(Number(page)), Number(pages) * PAGE, prot, FIXED | (one.flags ?? 0), -1, 0);
  });
  if (one.heapPages !== undefined) steps.push(step("brk", startBrk + one.heapPages * PAGE));
  return steps;
}

/** The picture of lines of maps: what lies within 64 pages of X, and within 64 pages below `top`. */
export function pictureOf(
  lines: readonly string[],
  top: { mmapBase: number; layout: readonly string[] },
): string {
  const known = new Set(top.layout.map((line) => line.split(" ")[0]));
  const items: string[] = [];
  for (const line of lines) {
    const [range, perms] = line.split(" ") as [string, string];
    if (known.has(range)) continue;
    const [start, end] = range.split("-").map((text) => Number.parseInt(text, 16)) as [number, number];
    const fromX = (start - TEST_AREA) / PAGE;
    const fromTop = (top.mmapBase - start) / PAGE;
    const pages = (end - start) / PAGE;
    if (Math.abs(fromX) <= 64) items.push(`X${fromX < 0 ? "-" : "+"}${Math.abs(fromX)}:${pages}${perms}`);
    else if (fromTop > 0 && fromTop <= 64) items.push(`top-${fromTop}:${pages}${perms}`);
  }
  return items.join(" ");
}
