/**
 * mremap() near max_map_count: which calls succeed at which distance, and what one that fails leaves mapped.
 *
 *     a move (a picture of the areas, one call)  x  a distance from the limit  x  a design of the check
 *         -> succeeds, or fails and leaves: everything | the destination unmapped | the source cut | some areas moved
 *
 * Nobody else is there: these are calls of one thread, run on the library. What others can see in between is the subject of the
 * scenarios in mremap.ts. The designs differ in where they look at the number of areas (`mremap.countCheck`); everything
 * else is one kernel's.
 *
 * A picture is `X+16:3rw-p`, an area of 3 pages that lies 16 pages behind X; areas in ascending order.
 */
import { AddressSpace, type ImageVma, MREMAP_DONTUNMAP, MREMAP_FIXED, MREMAP_MAYMOVE } from "../mm/index.ts";

const PAGE = 4096;
/** X, with nothing near it. */
const X = 0x6000_0000_0000 / PAGE;

/** One call on a small picture; pages count from X. */
export interface Move {
  readonly name: string;
  readonly before: string;
  readonly from: number;
  readonly oldPages: number;
  readonly newPages: number;
  readonly flags: number;
  /** Destination of MREMAP_FIXED. */
  readonly to: number;
}

const FIXED = MREMAP_MAYMOVE | MREMAP_FIXED;
const SIX = "X+0:1rw-p X+2:1rw-p X+4:1rw-p X+6:1rw-p X+8:1rw-p X+10:1rw-p X+32:11r--p";

function move(name: string, before: string, pages: readonly [number, number], flags: number): Move {
  const placed = (flags & MREMAP_FIXED) !== 0;
  const to = !placed ? 0 : before === SIX ? 32 : 16;
  return { name, before, from: 0, oldPages: pages[0], newPages: pages[1], flags, to };
}

/** Every shape of a move that the limit treats differently; named as in recordings of live kernels. */
export const MOVES: readonly Move[] = [
  move("mremap grow in place", "X+0:3rw-p", [3, 4], 0),
  move("mremap grow, must move (MAYMOVE)", "X+0:3rw-p X+3:1r--p", [3, 4], MREMAP_MAYMOVE),
  move("mremap shrink (tail)", "X+0:3rw-p", [3, 2], 0),
  move("mremap shrink inside a VMA (split)", "X+0:4rw-p", [3, 2], 0),
  move("mremap FIXED, dst unmapped, whole src VMA", "X+0:3rw-p", [3, 3], FIXED),
  move("mremap FIXED, dst = one whole VMA, whole src VMA", "X+0:3rw-p X+16:3r--p", [3, 3], FIXED),
  move("mremap FIXED, dst = middle of a VMA, whole src VMA", "X+0:3rw-p X+15:5r--p", [3, 3], FIXED),
  move("mremap FIXED, dst = middle of a VMA, src = middle of a VMA", "X-1:5rw-p X+15:5r--p", [3, 3], FIXED),
  move("mremap FIXED grow 3->4 pages, dst = one whole VMA", "X+0:3rw-p X+16:4r--p", [3, 4], FIXED),
  move("mremap FIXED shrink 3->2 pages, dst = one whole VMA", "X+0:3rw-p X+16:3r--p", [3, 2], FIXED),
  move("mremap FIXED shrink 3->2 inside a VMA, dst = middle of a VMA", "X-1:5rw-p X+15:5r--p", [3, 2], FIXED),
  move("mremap DONTUNMAP, dst chosen by kernel", "X+0:3rw-p", [3, 3], MREMAP_MAYMOVE | MREMAP_DONTUNMAP),
  move(
    "mremap FIXED|DONTUNMAP, dst = one whole VMA",
    "X+0:3rw-p X+16:3r--p",
    [3, 3],
    FIXED | MREMAP_DONTUNMAP,
  ),
];

/** Six areas with holes onto one of eleven pages: several steps, each of which adds areas (6.17). */
export const HALFWAY: Move = move(
  "mremap FIXED move of 6 VMAs with holes, dst = one whole VMA",
  SIX,
  [11, 11],
  FIXED,
);

/** What a call came to. */
export interface MoveOutcome {
  /** 0, or a negative error. */
  readonly error: number;
  /** By how much the number of areas changed. */
  readonly delta: number;
  readonly before: string;
  readonly after: string;
  /** The picture is the same: a caller that gets an error can go on as if nothing had been asked. */
  readonly unchanged: boolean;
  /** Pages of the destination that were mapped before and are not any more. */
  readonly destinationLost: number;
  /** Pages of the source that are not mapped there any more: moved where the call succeeds, else cut off or moved. */
  readonly sourceLost: number;
}

/**
 * Makes the call where `distance` areas above the limit are mapped: -4 means that max_map_count is four more than there are.
 * @param check variant of `mremap.countCheck`; the kernel's own when left out
 */
export function moveAtLimit(one: Move, distance: number, kernel: string, check?: string): MoveOutcome {
  const areas = areasOf(one.before);
  const space = AddressSpace.boot({
    kernel,
    ...(check === undefined ? {} : { with: [`mremap.countCheck=${check}`] }),
    system: { maxMapCount: areas.length - distance },
    areas,
  });
  const before = space.areas();
  const at = (page: number): number => (X + page) * PAGE;
  const target = (one.flags & MREMAP_FIXED) !== 0 ? at(one.to) : 0;
  const result = space.mremap(at(one.from), one.oldPages * PAGE, one.newPages * PAGE, one.flags, target);
  const after = space.areas();
  const error = Math.min(result, 0);
  const pages = (list: readonly ImageVma[], from: number, count: number): number =>
    list.reduce(
      (sum, area) =>
        sum + Math.max(0, Math.min(area.endPage, X + from + count) - Math.max(area.startPage, X + from)),
      0,
    );
  const lost = (from: number, count: number): number =>
    pages(before, from, count) - pages(after, from, count);
  const placed = (one.flags & MREMAP_FIXED) !== 0;
  return {
    error,
    delta: after.length - before.length,
    before: pictureOf(before),
    after: pictureOf(after),
    unchanged: pictureOf(before) === pictureOf(after),
    destinationLost: placed ? Math.max(0, lost(one.to, one.newPages)) : 0,
    sourceLost: Math.max(0, lost(one.from, one.oldPages)),
  };
}

/** How a shape of move fares under a design. */
export interface LimitRow {
  readonly move: string;
  /** Succeeds up to this distance (-4: while there are at most max - 4 areas); undefined = at any number. */
  readonly until: number | undefined;
  /** What a failing call leaves, at the distances where it fails; undefined where it never does. */
  readonly left: string | undefined;
}

/** Distances that are tried. */
const LOWEST = -10;
const HIGHEST = 1;

/** The table of one design. */
export function limitTable(kernel: string, check?: string, moves: readonly Move[] = MOVES): LimitRow[] {
  return moves.map((one) => {
    let until: number | undefined;
    let left: string | undefined;
    for (let distance = HIGHEST; distance >= LOWEST; distance--) {
      const outcome = moveAtLimit(one, distance, kernel, check);
      if (outcome.error === 0) {
        if (distance < HIGHEST) until = distance;
        break;
      }
      // The distances just behind the limit tell most: there the unmappings were made in vain.
      left = leftText(outcome);
    }
    return { move: one.name, until, left };
  });
}

/** What a failed call left, in words. */
export function leftText(outcome: MoveOutcome): string {
  if (outcome.unchanged) return "everything";
  const parts: string[] = [];
  if (outcome.destinationLost > 0) parts.push(`destination unmapped (${pagesText(outcome.destinationLost)})`);
  if (outcome.sourceLost > 0) parts.push(`source cut (${pagesText(outcome.sourceLost)})`);
  if (parts.length === 0) parts.push("areas split");
  return parts.join(", ");
}

function pagesText(count: number): string {
  return count === 1 ? "1 page" : `${count} pages`;
}

/** What a change of design does to calls at the limit. */
export interface ChangeCounts {
  readonly calls: number;
  /** Succeed under the old design, fail under the new one: programs that worked and do not any more. */
  readonly falsePositives: number;
  /** The same by distance from the limit. */
  readonly byDistance: ReadonlyMap<number, number>;
  /** Calls that fail with ENOMEM, and of them those that leave everything as it was. */
  readonly oldFailures: number;
  readonly oldClean: number;
  readonly newFailures: number;
  readonly newClean: number;
}

/** Random calls on random pictures at random distances, the same under both designs; `seed` above 0. */
export function compareChecks(
  kernel: string,
  from: string,
  to: string,
  options: { readonly calls: number; readonly seed: number },
): ChangeCounts {
  const below = numbers(options.seed);
  const byDistance = new Map<number, number>();
  const counts = { falsePositives: 0, oldFailures: 0, oldClean: 0, newFailures: 0, newClean: 0 };
  for (let i = 0; i < options.calls; i++) {
    const one = randomMove(below);
    const distance = LOWEST + below(HIGHEST - LOWEST + 1);
    const old = moveAtLimit(one, distance, kernel, from);
    const now = moveAtLimit(one, distance, kernel, to);
    if (old.error === 0 && now.error !== 0) {
      counts.falsePositives++;
      byDistance.set(distance, (byDistance.get(distance) ?? 0) + 1);
    }
    if (old.error === ENOMEM) {
      counts.oldFailures++;
      if (old.unchanged) counts.oldClean++;
    }
    if (now.error === ENOMEM) {
      counts.newFailures++;
      if (now.unchanged) counts.newClean++;
    }
  }
  return { calls: options.calls, ...counts, byDistance };
}

const ENOMEM = -12;

/** A call whose source is one area, and whose destination may be free, one area, several, or parts of some. */
function randomMove(below: (n: number) => number): Move {
  const permissions = ["rw-p", "r--p", "r-xp"];
  const source = 1 + below(6);
  const sourceAt = below(3);
  const items = [`X+${sourceAt}:${source}rw-p`];
  for (let page = 32 + below(4); page < 48; ) {
    const pages = 1 + below(5);
    items.push(`X+${page}:${pages}${permissions[below(3)]!}`);
    page += pages + below(3);
  }
  const from = below(source);
  const oldPages = 1 + below(source - from);
  const kind = below(10);
  const flags = kind < 6 ? FIXED : kind < 7 ? FIXED | MREMAP_DONTUNMAP : kind < 8 ? MREMAP_MAYMOVE : 0;
  const newPages = (flags & MREMAP_DONTUNMAP) !== 0 ? oldPages : 1 + below(6);
  return {
    name: "random",
    before: items.join(" "),
    from: sourceAt + from,
    oldPages,
    newPages,
    flags,
    to: 30 + below(16),
  };
}

/** Pseudo-random whole numbers below `n` (xorshift). */
function numbers(seed: number): (n: number) => number {
  let x = seed;
  return (n) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % n;
  };
}

/** A picture as areas. */
function areasOf(picture: string): ImageVma[] {
  return picture.split(" ").map((item) => {
    const parts = /^X([+-]\d+):(\d+)(r|-)(w|-)(x|-)p$/.exec(item);
    if (parts === null) throw new Error(`"${item}" is no area: write X+16:3rw-p, 3 pages 16 behind X`);
    const startPage = X + Number(parts[1]);
    return {
      startPage,
      endPage: startPage + Number(parts[2]),
      read: parts[3] === "r",
      write: parts[4] === "w",
      exec: parts[5] === "x",
      shared: false,
      offsetPages: 0,
      device: "00:00",
      inode: "0",
      name: "",
    };
  });
}

/** Areas as a picture; what lies elsewhere (a place that the kernel chose) is left out. */
function pictureOf(areas: readonly ImageVma[]): string {
  return areas
    .filter((area) => Math.abs(area.startPage - X) < 512)
    .map((area) => {
      const at = area.startPage - X;
      const letters = `${area.read ? "r" : "-"}${area.write ? "w" : "-"}${area.exec ? "x" : "-"}p`;
      return `X${at < 0 ? "" : "+"}${at}:${area.endPage - area.startPage}${letters}`;
    })
    .join(" ");
}
