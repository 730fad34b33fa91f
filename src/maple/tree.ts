/**
 * The maple tree: a map from non-overlapping, inclusive ranges of 0 … 2^53 - 1 to values.
 *
 *     store(10, 19, "a")   store(20, 29, "b")   store(15, 24, "c")
 *
 *     0        10    15        25    30                       2^53-1
 *     │  null  │  a  │    c    │  b  │          null          │
 *
 * A store overwrites whatever lies in its range and cuts what sticks out. Ranges are not joined when their values are
 * equal; null ranges always are. This file is what users hold: it checks arguments and turns values into handles.
 * The tree itself is core.ts (shape), store.ts and rebuild.ts (writes), cursor.ts and gaps.ts (reads), memory.ts (time).
 *
 * Kernel counterpart: `struct maple_tree` with MT_FLAGS_ALLOC_RANGE, the `mtree_*` and `mas_*` calls, 6.12 to 6.19.
 */

import { checkEstimate, checkIndex, checkRange, checkSize, checkValue } from "./arguments.ts";
import { Core, type Estimate, MAX_INDEX, type NodeAllocator, type Registers } from "./core.ts";
import { Cursor } from "./cursor.ts";
import { highestGap, lowestGap } from "./gaps.ts";
import {
  copyByNode,
  copyWhole,
  dropSnapshot,
  forgetAll,
  goBack,
  sweepIfDue,
  takeSnapshot,
} from "./memory.ts";
import { type NodePicture, picture, text } from "./picture.ts";
import { Reader } from "./reader.ts";
import { innerSlot, leafSlot } from "./search.ts";
import { KINDS, plan, planDestroy, planErase, publish, reclaim, request, retire } from "./store.ts";
import { validate } from "./validate.ts";
import { Reserved } from "./values.ts";

/** How a tree is to behave; everything is optional. */
export interface MapleTreeOptions {
  /** Writers replace nodes that readers may stand in, as MT_FLAGS_USE_RCU. Default: false. */
  rcu?: boolean;
  /** Where nodes come from. Default: memory that never refuses and costs nothing. */
  allocator?: NodeAllocator;
  /**
   * How many nodes a store asks for: "room" looks how far up the change can reach (6.17 and later), "height" takes
   * the height alone (6.6 to 6.14), "always" takes 3 * height + 1 for anything but an exact replacement (6.1).
   * Default: "room".
   */
  estimate?: Estimate;
  /**
   * RCU mode: called when a write has retired nodes. The receiver calls `tree.reclaim(batch)` after a grace period.
   * Without it nodes are freed as soon as no read section is open. Copies of a tree report to the same receiver.
   */
  retired?: (batch: number, nodes: number, tree: MapleTree<unknown>) => void;
}

/** A range and its value. */
export interface Entry<V> {
  first: number;
  last: number;
  value: V;
}

/** What a store would do; see store.ts for the kinds. */
export interface StorePlan {
  kind: (typeof KINDS)[number];
  /** Nodes it asks the allocator for. */
  nodes: number;
}

/** A store whose nodes are there already: `commitStore` cannot fail, `cancelStore` gives the nodes back. */
export interface PreparedStore<V> {
  readonly first: number;
  readonly last: number;
  readonly value: V | Reserved | undefined;
  /** Nodes that were allocated for it. */
  readonly nodes: number;
  /** prepared → published → done */
  readonly state: "prepared" | "published" | "done";
}

/** A state of a tree to which it can go back; made by `MapleTree.snapshot`. */
export interface Snapshot<V> {
  /** Entries the tree had. */
  readonly size: number;
  /** Keeps snapshots of different value types apart. */
  readonly value?: V;
}

interface Prepared<V> extends PreparedStore<V> {
  readonly owner: Core;
  state: "prepared" | "published" | "done";
  left: number;
}

/** Options by which a copy gets its core; nobody outside this file can make them. */
const ADOPT: unique symbol = Symbol("adopt");
interface Adopting extends MapleTreeOptions {
  readonly [ADOPT]?: Core;
}

/** A map from ranges to values; see the head of this file. */
export class MapleTree<V> {
  readonly #core: Core;
  /** Kept for copies. */
  readonly #retired: MapleTreeOptions["retired"];
  /** The cursor behind the methods that need one for a moment. */
  #probe: Cursor<V> | undefined = undefined;

  constructor(options: MapleTreeOptions = {}) {
    const core = (options as Adopting)[ADOPT] ?? new Core(8);
    core.allocator = options.allocator;
    core.estimate = options.estimate ?? "room";
    checkEstimate(core.estimate);
    const { retired } = options;
    if (retired !== undefined) {
      core.retired = (batch, nodes) => retired(batch, nodes, this);
    }
    this.#core = core;
    this.#retired = retired;
    if (options.rcu === true) this.rcu = true;
  }

  /** A tree with these entries, stored in this order: `[first, last, value]`. */
  static from<V>(
    entries: Iterable<readonly [first: number, last: number, value: V]>,
    options?: MapleTreeOptions,
  ): MapleTree<V> {
    const tree = new MapleTree<V>(options);
    for (const [first, last, value] of entries) {
      if (!tree.store(first, last, value)) {
        throw new Error(`from: the allocator refused the nodes for [${first}, ${last}]`);
      }
    }
    return tree;
  }

  /** The tree whose `toJSON` this is. Reserved entries are not part of it. */
  static fromJSON<V>(
    json: readonly (readonly [number, number, V])[],
    options?: MapleTreeOptions,
  ): MapleTree<V> {
    if (!Array.isArray(json)) throw new TypeError("fromJSON: expected an array of [first, last, value]");
    return MapleTree.from(json, options);
  }

  /** Entries in the tree; reserved ones are not counted. */
  get size(): number {
    return this.#core.size;
  }

  /** Nodes in use. */
  get nodes(): number {
    return this.#core.nodes;
  }

  /** Levels of nodes; 0 for an empty tree and for a single value at index 0. */
  get height(): number {
    return this.#core.height;
  }

  /** Whether writers keep readers without a lock safe. Change it only while nobody else sees the tree. */
  get rcu(): boolean {
    return this.#core.rcu;
  }

  set rcu(on: boolean) {
    const t = this.#core;
    t.rcu = on;
    if (on) t.lives ??= new Uint32Array(t.capacity);
  }

  // Reading

  /** The value at an index, or undefined; a reserved entry is undefined. */
  load(index: number): V | undefined {
    if (!(index >= 0 && Number.isSafeInteger(index))) checkIndex("load", index);
    const t = this.#core;
    const { P, S } = t;
    let level = t.height;
    if (level === 0) return index === 0 ? (t.values.visible(t.root) as V | undefined) : undefined;
    let n = t.root;
    for (; level > 1; level--) n = S[innerSlot(P, S, n << 4, index)];
    return t.values.visible(S[leafSlot(P, S, n << 4, index)]) as V | undefined;
  }

  /** Whether an ordinary value stands at an index. */
  has(index: number): boolean {
    return this.load(index) !== undefined;
  }

  /** The entry that holds `index`, or else the first one behind it that starts at or before `max`. `mt_find`. */
  find(index: number, max: number = MAX_INDEX): Entry<V> | undefined {
    checkIndex("find", index);
    checkIndex("find", max);
    return this.#firstVisible(this.#at(index), max);
  }

  /** The first entry that starts behind `index` and at or before `max`. */
  findAfter(index: number, max: number = MAX_INDEX): Entry<V> | undefined {
    checkIndex("findAfter", index);
    checkIndex("findAfter", max);
    const cursor = this.#at(index);
    cursor.walk();
    return this.#firstVisible(cursor, max);
  }

  /** The entry behind the one at `index`: `findAfter` under the kernel's name. `mt_next`. */
  next(index: number, max: number = MAX_INDEX): Entry<V> | undefined {
    return this.findAfter(index, max);
  }

  /** The last entry that ends before the range at `index` and at or behind `min`. `mt_prev`. */
  prev(index: number, min: number = 0): Entry<V> | undefined {
    checkIndex("prev", index);
    checkIndex("prev", min);
    const cursor = this.#at(index);
    for (;;) {
      const value = cursor.prev(min);
      if (value === undefined) return undefined;
      if (!(value instanceof Reserved)) return { first: cursor.index, last: cursor.last, value };
    }
  }

  /** A cursor that will look at `index` first. */
  cursor(index: number = 0): Cursor<V> {
    checkIndex("cursor", index);
    return new Cursor<V>(this.#core, this, index);
  }

  /** A reader for trees in RCU mode that takes one node per call. */
  reader(index: number = 0): Reader<V> {
    checkIndex("reader", index);
    return new Reader<V>(this.#core, index);
  }

  /** All entries in order, as `[first, last, value]`. The tree may change meanwhile: the walk goes on behind where it was. */
  *entries(
    first: number = 0,
    last: number = MAX_INDEX,
  ): IterableIterator<[first: number, last: number, value: V]> {
    checkRange("entries", first, last);
    const cursor = new Cursor<V>(this.#core, this, first);
    for (let value = cursor.find(last); value !== undefined; value = cursor.find(last)) {
      if (!(value instanceof Reserved)) yield [cursor.index, cursor.last, value];
    }
  }

  /** The same as `entries()`. */
  [Symbol.iterator](): IterableIterator<[first: number, last: number, value: V]> {
    return this.entries();
  }

  /** All ranges that hold a value, as `[first, last]`. */
  *ranges(): IterableIterator<[first: number, last: number]> {
    for (const [first, last] of this.entries()) yield [first, last];
  }

  /** All values, in the order of their ranges. */
  *values(): IterableIterator<V> {
    for (const [, , value] of this.entries()) yield value;
  }

  /** Calls `visit` for every entry, in order. */
  forEach(visit: (value: V, first: number, last: number) => void): void {
    for (const [first, last, value] of this.entries()) visit(value, first, last);
  }

  /** The lowest start of `size` free indices within [min, max], or -1 when there is none. Reserved entries are not free. */
  emptyArea(min: number, max: number, size: number): number {
    checkRange("emptyArea", min, max);
    checkSize("emptyArea", size);
    return lowestGap(this.#core, min, max, size);
  }

  /** The highest start of `size` free indices within [min, max], or -1. */
  emptyAreaRev(min: number, max: number, size: number): number {
    checkRange("emptyAreaRev", min, max);
    checkSize("emptyAreaRev", size);
    return highestGap(this.#core, min, max, size);
  }

  // Writing

  /**
   * Makes every index of [first, last] hold `value`, or nothing when it is undefined. False when the allocator refused:
   * then nothing has changed. Replacing an entry by another over exactly its range asks for no node.
   */
  store(first: number, last: number, value: V | Reserved | undefined): boolean {
    checkRange("store", first, last);
    if (value === null) checkValue("store", value);
    this.#settled("store");
    const t = this.#core;
    sweepIfDue(t);
    plan(t, first, last, value === undefined);
    return this.#write(value);
  }

  /** Stores over a range that holds nothing. False when it holds something (a reserved entry counts) or the allocator refused. */
  insert(first: number, last: number, value: V | Reserved): boolean {
    checkRange("insert", first, last);
    if (value === undefined || value === null) {
      throw new TypeError("insert: there is nothing to insert; use store to empty a range");
    }
    if (this.#at(first).find(last) !== undefined) return false;
    return this.store(first, last, value);
  }

  /** Erases the whole range that holds `index`. Returns its value; undefined when there was none or the allocator refused. */
  erase(index: number): V | undefined {
    checkIndex("erase", index);
    this.#settled("erase");
    const t = this.#core;
    sweepIfDue(t);
    if (!planErase(t, index)) return undefined;
    const value = t.values.visible(t.height === 0 ? t.root : t.S[t.erased]) as V | undefined;
    return this.#write(undefined) ? value : undefined;
  }

  /** Nodes a store would ask the allocator for now; 0 for an exact replacement. */
  nodesForStore(first: number, last: number, value: V | Reserved | undefined): number {
    return this.planStore(first, last, value).nodes;
  }

  /** What a store would do now. */
  planStore(first: number, last: number, value: V | Reserved | undefined): StorePlan {
    checkRange("planStore", first, last);
    checkValue("planStore", value);
    const t = this.#core;
    plan(t, first, last, value === undefined);
    return { kind: KINDS[t.kind], nodes: request(t, value) };
  }

  /** Gets the nodes for a store; undefined when the allocator refused. The tree is untouched. `mas_preallocate`. */
  prepareStore(first: number, last: number, value: V | Reserved | undefined): PreparedStore<V> | undefined {
    checkRange("prepareStore", first, last);
    checkValue("prepareStore", value);
    const t = this.#core;
    plan(t, first, last, value === undefined);
    const nodes = request(t, value);
    if (nodes > 0 && t.allocator !== undefined && !t.allocator.allocate(nodes)) return undefined;
    const prepared: Prepared<V> = { owner: t, first, last, value, nodes, state: "prepared", left: nodes };
    return prepared;
  }

  /** Publishes and retires a prepared store. Cannot fail. `mas_store_prealloc`. */
  commitStore(prepared: PreparedStore<V>): void {
    this.publishStore(prepared);
    this.retireStore(prepared);
  }

  /** Makes a prepared store visible. Until `retireStore` the replaced nodes look alive to readers; no other write may come between. */
  publishStore(prepared: PreparedStore<V>): void {
    const p = this.#own("publishStore", prepared, "prepared");
    const t = this.#core;
    this.#settled("publishStore");
    sweepIfDue(t);
    plan(t, p.first, p.last, p.value === undefined);
    const nodes = request(t, p.value);
    if (nodes > p.nodes) {
      throw new Error(
        `publishStore: the tree has changed since prepareStore; this store now needs ${nodes} nodes, ${p.nodes} were prepared`,
      );
    }
    publish(t, t.values.put(p.value));
    p.left = p.nodes - t.used;
    p.state = "published";
  }

  /** Marks the nodes a published store replaced dead and hands them to the grace period; gives back nodes it did not need. */
  retireStore(prepared: PreparedStore<V>): void {
    const p = this.#own("retireStore", prepared, "published");
    p.state = "done";
    if (p.left > 0) this.#core.allocator?.release?.(p.left);
    retire(this.#core);
  }

  /** Gives the nodes of a prepared store back. `mas_destroy`. */
  cancelStore(prepared: PreparedStore<V>): void {
    const p = this.#own("cancelStore", prepared, "prepared");
    p.state = "done";
    if (p.nodes > 0) this.#core.allocator?.release?.(p.nodes);
  }

  /** RCU mode: the grace period of this batch, and of all before it, is over; see `MapleTreeOptions.retired`. */
  reclaim(batch: number): void {
    reclaim(this.#core, batch);
  }

  // The whole tree

  /** Empties the tree, nodes and entries. Never asks the allocator. The same as `destroy`. */
  clear(): void {
    this.destroy();
  }

  /** Frees all nodes, never an entry's value; the tree is then empty. In RCU mode after a grace period. `__mt_destroy`. */
  destroy(): void {
    const t = this.#core;
    // Where readers were or are, each node must die its own death: a late reader is to find that it did.
    if (t.rcu || t.lives !== undefined) {
      planDestroy(t);
      publish(t, 0);
      retire(t);
      return;
    }
    const { nodes } = t;
    forgetAll(t);
    if (nodes > 0) t.allocator?.release?.(nodes);
  }

  /**
   * A copy that shares the values, made node by node in the kernel's order: one node for the root, then the children of
   * each inner node at once. Undefined when the allocator (this tree's, unless another is given) refused; the nodes
   * copied so far were given back. `__mt_dup`.
   */
  dup(allocator?: NodeAllocator): MapleTree<V> | undefined {
    this.#settled("dup");
    const t = this.#core;
    const from = allocator ?? t.allocator;
    const core = copyByNode(t, from);
    return core === undefined ? undefined : this.#around(core, from);
  }

  /**
   * A copy that shares the values, made in one piece and without an allocator: the fast way. A tree that is no longer
   * needed, and has no allocator, can be given for its memory; it becomes the copy, and keeps its own mode.
   */
  clone(into?: MapleTree<V>): MapleTree<V> {
    this.#settled("clone");
    if (into === undefined) return this.#around(copyWhole(this.#core), undefined);
    if (!(into instanceof MapleTree)) throw new TypeError("clone: what is given for its memory is no tree");
    const target = into.#core;
    if (into === this) throw new Error("clone: a tree cannot be copied into itself");
    if (target.snapshots.length > 0 || target.readers > 0 || target.waiting.length > 0) {
      throw new Error("clone: the tree given for its memory has snapshots or readers");
    }
    if (target.allocator !== undefined) {
      throw new Error(
        "clone: the tree given for its memory has an allocator, which would lose count; use dup",
      );
    }
    copyWhole(this.#core, target);
    return into;
  }

  /** Remembers the present state in constant time. Writes then copy what they change; keep a snapshot no longer than needed. */
  snapshot(): Snapshot<V> {
    this.#settled("snapshot");
    return takeSnapshot(this.#core);
  }

  /** Brings back exactly the tree of a snapshot, in constant time, as often as wanted. The allocator is told nothing. */
  restore(snapshot: Snapshot<V>): void {
    const registers = snapshot as unknown as Registers;
    if (!this.#core.snapshots.includes(registers)) {
      throw new Error("restore: that snapshot was forgotten or belongs to another tree");
    }
    this.#core.dead.length = 0;
    this.#core.dropped.length = 0;
    goBack(this.#core, registers);
  }

  /** Lets a snapshot go; what only it kept alive becomes free again. */
  forget(snapshot: Snapshot<V>): void {
    if (!dropSnapshot(this.#core, snapshot as unknown as Registers)) {
      throw new Error("forget: that snapshot was forgotten before or belongs to another tree");
    }
  }

  /** Throws an Error naming node, slot, what was expected and what was found, if anything in the tree is not as it must be. */
  validate(): void {
    validate(this.#core);
  }

  /** The tree as text: one line per node, its slots below it. */
  toString(): string {
    return text(this.picture());
  }

  /** The nodes as plain data, for drawing; undefined while the tree has none. */
  picture(): NodePicture | undefined {
    return picture(this.#core);
  }

  /** `[first, last, value]` for every entry; reserved ones are left out. */
  toJSON(): [first: number, last: number, value: V][] {
    return [...this.entries()];
  }

  #at(index: number): Cursor<V> {
    this.#probe ??= new Cursor<V>(this.#core, this, index);
    return this.#probe.set(index);
  }

  #firstVisible(cursor: Cursor<V>, max: number): Entry<V> | undefined {
    for (;;) {
      const value = cursor.find(max);
      if (value === undefined) return undefined;
      if (!(value instanceof Reserved)) return { first: cursor.index, last: cursor.last, value };
    }
  }

  /** Carries out the planned write, or nothing of it when the allocator refuses. */
  #write(value: V | Reserved | undefined): boolean {
    const t = this.#core;
    if (t.allocator === undefined) {
      publish(t, t.values.put(value));
      if (t.dead.length !== 0 || t.dropped.length !== 0) retire(t);
      return true;
    }
    const nodes = request(t, value);
    if (nodes > 0 && !t.allocator.allocate(nodes)) return false;
    publish(t, t.values.put(value));
    if (nodes > t.used) t.allocator.release?.(nodes - t.used);
    retire(t);
    return true;
  }

  #settled(call: string): void {
    const t = this.#core;
    if (t.dead.length + t.dropped.length > 0) {
      throw new Error(`${call}: a store is published but not retired; call retireStore first`);
    }
  }

  #own(call: string, prepared: PreparedStore<V>, state: "prepared" | "published"): Prepared<V> {
    const p = prepared as Prepared<V>;
    if (p.owner !== this.#core) throw new Error(`${call}: that store was prepared by another tree`);
    if (p.state !== state) throw new Error(`${call}: that store is ${p.state}, it must be ${state}`);
    return p;
  }

  #around(core: Core, allocator: NodeAllocator | undefined): MapleTree<V> {
    const { estimate, rcu } = this.#core;
    const options: Adopting = {
      [ADOPT]: core,
      estimate,
      rcu,
      ...(allocator === undefined ? {} : { allocator }),
      ...(this.#retired === undefined ? {} : { retired: this.#retired }),
    };
    return new MapleTree<V>(options);
  }
}
