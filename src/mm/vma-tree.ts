/**
 * The tree of VMAs of one mm (mm_mt), by page number.
 *
 * Under mmap_lock the tree is one guarded thing: every call is one access to the mm's guard word, so a walk that
 * nothing orders against a store is a data race. The state behind it is a maple tree; it goes back to the mark
 * together with the machine's memory.
 *
 * An entry is a VMA or the marker XA_ZERO_ENTRY. Readers get the marker as what it is: something that stands where a
 * VMA is expected. Comparing it is fine; touching a field of it is a bad pointer, whoever does it.
 */
import {
  type Cursor,
  MapleTree,
  type NodeAllocator,
  type Reserved,
  type Snapshot,
  ZERO_ENTRY,
} from "../maple/index.ts";
import type { Tracked } from "../sched/index.ts";
import type { Kernel } from "./kernel.ts";
import type { Mm } from "./mm-struct.ts";
import { type Vma, vmas } from "./vma.ts";

/** The value that a failed fork stores over the range of the VMA it stopped at. */
export function markerOf(k: Kernel): Vma {
  k.marker ??= k.poison(
    vmas,
    "bad-pointer",
    "XA_ZERO_ENTRY",
    "the marker that a failed fork leaves in a tree of VMAs",
  );
  return k.marker;
}

/** What stands where a VMA is expected and there is none: comparing it is fine, touching a field of it is a bad pointer. */
export function orNull(k: Kernel, vma: Vma | null): Vma {
  if (vma !== null) return vma;
  k.nullVma ??= k.poison(vmas, "bad-pointer", "NULL", "no VMA: the address space has none here");
  return k.nullVma;
}

/** A tree without entries, and its cursor: all empty trees of a kernel share it, until something is stored. */
export interface EmptyTree {
  readonly tree: MapleTree<Vma>;
  readonly cursor: Cursor<Vma>;
}

/** What a kernel's trees are before their first store. */
export function emptyTree(): EmptyTree {
  const tree = new MapleTree<Vma>();
  return { tree, cursor: tree.cursor() };
}

export class VmaTree implements Tracked {
  readonly #kernel: Kernel;
  readonly #guard: number;
  #tree: MapleTree<Vma>;
  #marked: Snapshot<Vma> | undefined;
  #treeAtMark: MapleTree<Vma> | undefined;
  #rangeStart = 0;
  #rangeEnd = 0;
  /** One cursor for all lookups; made anew when the tree is another one. */
  #cursor: Cursor<Vma>;

  /** @param guard word whose accesses stand for accesses to the tree */
  constructor(kernel: Kernel, guard: number) {
    this.#kernel = kernel;
    this.#guard = guard;
    this.#tree = kernel.emptyTree.tree;
    this.#cursor = kernel.emptyTree.cursor;
    if (!kernel.recycling) kernel.memory.track(this);
  }

  mark(): void {
    this.#treeAtMark = this.#tree;
    this.#marked = this.#isShared() ? undefined : this.#tree.snapshot();
  }

  reset(): void {
    const tree = this.#treeAtMark;
    if (tree === undefined) return;
    if (this.#marked !== undefined) tree.restore(this.#marked);
    if (this.#tree === tree) return;
    this.#tree = tree;
    this.#cursor = this.#isShared() ? this.#kernel.emptyTree.cursor : tree.cursor();
  }

  #isShared(): boolean {
    return this.#tree === this.#kernel.emptyTree.tree;
  }

  /** The tree, to be written to. */
  #own(): MapleTree<Vma> {
    if (this.#isShared()) {
      this.#tree = this.#tree.clone();
      this.#cursor = this.#tree.cursor();
    }
    return this.#tree;
  }

  digest(): string {
    const parts: string[] = [];
    const cursor = this.#tree.cursor(0);
    for (
      let e = cursor.find(Number.MAX_SAFE_INTEGER);
      e !== undefined;
      e = cursor.find(Number.MAX_SAFE_INTEGER)
    ) {
      parts.push(
        `${cursor.index}-${cursor.last}:${e === ZERO_ENTRY ? "marker" : this.#kernel.stableName((e as Vma).at)}`,
      );
    }
    return parts.join(" ");
  }

  /** First entry that ends behind page `from` and starts before page `limit` (mas_find). */
  find(from: number, limit: number = Number.MAX_SAFE_INTEGER): Vma | null {
    this.#kernel.touch(this.#guard, false);
    const cursor = this.#cursor.set(from);
    return this.#found(cursor.find(limit === Number.MAX_SAFE_INTEGER ? limit : limit - 1));
  }

  /** Last entry that ends before the one at page `at`, or before `at` where there is none (mas_prev). */
  before(at: number): Vma | null {
    this.#kernel.touch(this.#guard, false);
    return this.#found(this.#cursor.set(at).prev(0));
  }

  #found(entry: Vma | Reserved | undefined): Vma | null {
    if (entry === undefined) return null;
    this.#rangeStart = this.#cursor.index;
    this.#rangeEnd = this.#cursor.last + 1;
    return entry === ZERO_ENTRY ? markerOf(this.#kernel) : (entry as Vma);
  }

  /** Highest start of `pages` free pages within `[low, high)`, or -1 (mas_empty_area_rev). */
  highestGap(low: number, high: number, pages: number): number {
    this.#kernel.touch(this.#guard, false);
    return high - low < pages ? -1 : this.#tree.emptyAreaRev(low, high - 1, pages);
  }

  /** Lowest start of `pages` free pages within `[low, high)`, or -1 (mas_empty_area). */
  lowestGap(low: number, high: number, pages: number): number {
    this.#kernel.touch(this.#guard, false);
    return high - low < pages ? -1 : this.#tree.emptyArea(low, high - 1, pages);
  }

  /** Nodes that storing `vma` (null: nothing) over `[start, end)` would ask for. */
  nodesFor(start: number, end: number, vma: Vma | null): number {
    return this.#tree.nodesForStore(start, end - 1, vma ?? undefined);
  }

  /** Range of the entry found last, which for a marker is all there is to know. */
  get foundStart(): number {
    return this.#rangeStart;
  }
  get foundEnd(): number {
    return this.#rangeEnd;
  }

  /** Puts an entry over `[start, end)`; false when a node was refused. */
  store(start: number, end: number, vma: Vma): boolean {
    this.#kernel.touch(this.#guard, true);
    return this.#own().store(start, end - 1, vma);
  }

  /** Puts the marker over `[start, end)`: over exactly one entry this never allocates. */
  storeMarker(start: number, end: number): void {
    this.#kernel.touch(this.#guard, true);
    this.#kernel.placed(markerOf(this.#kernel));
    if (!this.#own().store(start, end - 1, ZERO_ENTRY)) {
      throw new Error(
        "storing the marker over exactly one entry may not allocate: is the range that of an entry?",
      );
    }
  }

  /** Empties `[start, end)`, whatever it takes. */
  clear(start: number, end: number): void {
    this.#kernel.touch(this.#guard, true);
    this.#own().store(start, end - 1, undefined);
  }

  /** Empties `[start, end)`; false when a node was refused. `allocator` is asked for every node it needs. */
  erase(start: number, end: number, allocator: NodeAllocator): boolean {
    this.#kernel.touch(this.#guard, true);
    const needed = this.#tree.nodesForStore(start, end - 1, undefined);
    if (needed > 0 && !allocator.allocate(needed)) return false;
    return this.#own().store(start, end - 1, undefined);
  }

  /** Becomes a copy of `old`, node by node (__mt_dup); false when a node was refused: then it stays empty. */
  duplicate(old: VmaTree, allocator: NodeAllocator): boolean {
    this.#kernel.touch(old.#guard, false);
    this.#kernel.touch(this.#guard, true);
    // The copy keeps its allocator; later stores name theirs, or must not be refused.
    let copying = true;
    const copy = old.#tree.dup({ allocate: (nodes) => !copying || allocator.allocate(nodes) });
    copying = false;
    if (copy === undefined) return false;
    this.#tree = copy;
    this.#cursor = copy.cursor();
    return true;
  }

  /** Frees the nodes, never the entries (__mt_destroy). */
  destroy(): void {
    this.#kernel.touch(this.#guard, true);
    this.#tree = this.#kernel.emptyTree.tree;
    this.#cursor = this.#kernel.emptyTree.cursor;
  }

  /** Entries, markers included. */
  get size(): number {
    this.#kernel.touch(this.#guard, false);
    return this.#tree.size;
  }

  /** Throws when the tree breaks one of its own invariants. */
  validate(): void {
    this.#tree.validate();
  }
}

/**
 * The first VMA that ends at or after page `from` and starts before `limit` (find_vma, for_each_vma). Requires
 * mmap_lock. What stands in the tree must be a VMA of this mm: a live one of another mm is a finding, because the
 * caller does not hold the lock that guards it. A marker is returned as it is.
 */
export function findVma(
  k: Kernel,
  mm: Mm,
  from: number,
  limit: number = Number.MAX_SAFE_INTEGER,
): Vma | null {
  k.assertHeld(mm.mmapLock);
  const entry = mm.tree.find(from, limit);
  if (entry === null || entry === markerOf(k)) return entry;
  if (entry.mm !== mm) {
    k.find("stale-vma", {
      message: `the tree of ${k.rowName(mm)} holds ${k.rowName(entry)}, which belongs to ${k.rowName(entry.mm)}`,
      objects: [k.rowName(mm), k.rowName(entry)],
    });
  }
  return entry;
}
