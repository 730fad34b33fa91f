/**
 * The tree without its values: nodes in one arena, and the registers that say where the tree starts.
 *
 *   unit n          P[16n … 16n+15]     pivots: inclusive end of each slot, the last used one = the node's max;
 *                                       behind it Infinity, up to slot 15 (inner node: 9), see search.ts
 *                   S[16n … 16n+15]     slots: child units (inner node) or value handles (leaf), 0 = null range
 *                   E[n]                used slots, 1 … 16; 0 = dead or free
 *   inner node      two units n, n+1:   P[16n+16+i] = largest null run below slot i, behind the last one Infinity up
 *                                       to i = 10; S of the second unit unused
 *
 * A node does not know its parent: a node may be shared by the tree and its snapshots, which have different
 * parents. Whoever climbs keeps the path it came down: one absolute slot number per level (`slot >> 4` is the node).
 *
 * Units below `frozen` may be seen by a snapshot: they are never changed and never reused; a write copies them.
 * Allocation is a bump pointer with two free lists (leaves, inner nodes), so that going back to a snapshot is
 * resetting the pointer and forgetting the lists.
 *
 * Invariants: see validate.ts. Kernel counterpart: `struct maple_node`, `maple_leaf_64`, `maple_arange_64`
 * (lib/maple_tree.c, include/linux/maple_tree.h; 6.1 and later).
 */

import { isReserved, Values } from "./values.ts";

/** The highest index: 2^53 - 1, where the kernel has `ULONG_MAX`. */
export const MAX_INDEX: number = Number.MAX_SAFE_INTEGER;
/** Slots of a leaf. */
export const LEAF_SLOTS = 16;
/** Slots of an inner node. */
export const INNER_SLOTS = 10;
/** A leaf that is not the root wants more used slots than this. */
export const LEAF_MIN = 6;
/** The same for an inner node. */
export const INNER_MIN = 4;
/** No tree over 2^53 indices is deeper. */
export const MAX_HEIGHT = 32;

/** Bytes of one unit in the arena: 16 pivots, 16 slots, one count. */
const PIVOT_BYTES = 128;
const SLOT_BYTES = 64;
/**
 * Bytes before the first pivot. A large block of `malloc` starts 16 bytes behind a page, so that with these every node's
 * pivots fill two cache lines and its slots one. Elsewhere they do no harm.
 */
const LEAD = 48;

/** Memory for nodes, as the kernel's slab would be asked for it. */
export interface NodeAllocator {
  /** Asks for this many nodes at once; false refuses, and the operation leaves the tree as it was. */
  allocate(count: number): boolean;
  /** Says that this many nodes were given back. */
  release?(count: number): void;
}

/** How many nodes a store asks for before it starts; see `MapleTree.nodesForStore`. */
export type Estimate = "room" | "height" | "always";

/** Content of a node under construction: more slots than any node has, to be cut into nodes. */
export class BigNode {
  readonly pivot: Float64Array = new Float64Array(64);
  readonly slot: Int32Array = new Int32Array(64);
  readonly gap: Float64Array = new Float64Array(64);
  count = 0;
}

/**
 * Working space of one operation. Nothing in it outlives the operation, so that a tree and its copies share one: making
 * these arrays costs more than copying a small tree.
 */
export class Scratch {
  /** Path of the left edge of a write: node, absolute slot and node minimum per level, root first. */
  readonly Ln: Int32Array = new Int32Array(MAX_HEIGHT);
  readonly Ls: Int32Array = new Int32Array(MAX_HEIGHT);
  readonly Lm: Float64Array = new Float64Array(MAX_HEIGHT);
  /** The same for its right edge; spanning stores and rebalancing only. */
  readonly Rn: Int32Array = new Int32Array(MAX_HEIGHT);
  readonly Rs: Int32Array = new Int32Array(MAX_HEIGHT);
  /** Range of the write, widened when it writes null: [0] first, [1] last, [2] start of the first slot. */
  readonly range: Float64Array = new Float64Array(3);
  readonly big: BigNode = new BigNode();
  /** Gap and maximum of the node emitted last. */
  readonly emitted: Float64Array = new Float64Array(2);
  /** Path of a walk along one level, and of a gap search: absolute slot per level. */
  readonly along: Int32Array = new Int32Array(MAX_HEIGHT);
  readonly gapSlot: Int32Array = new Int32Array(MAX_HEIGHT);
}

/** What a snapshot holds of the tree. */
export interface Registers {
  root: number;
  height: number;
  size: number;
  nodes: number;
  /** Units and handles given out when it was taken. */
  top: number;
  valuesTop: number;
  /** Grace periods that were under way. */
  waiting: number[];
  waitingBatch: number[];
  batch: number;
  readers: number;
}

/** Arena, registers and the scratch of one tree. */
export class Core {
  P: Float64Array<ArrayBuffer> = new Float64Array(0);
  S: Int32Array<ArrayBuffer> = new Int32Array(0);
  E: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  /** Units the arena has. */
  capacity: number = 0;
  /** First unit that was never given out (since the last restore). Unit 0 is nobody's. */
  top = 1;
  freeLeaf = 0;
  freeInner = 0;
  /** Units below this belong to live snapshots. */
  frozen = 0;
  /** Where looking for units and handles that nothing reaches is worth it; only snapshots leave such litter. */
  sweepAt: number = Number.POSITIVE_INFINITY;
  sweepValuesAt: number = Number.POSITIVE_INFINITY;

  /** Height 0: a value handle for index 0, or 0. Otherwise the root node. */
  root = 0;
  height = 0;
  /** Ranges that hold a value; reserved ones are not counted. */
  size = 0;
  /** Nodes of the tree. */
  nodes = 0;
  /** Changes with every write: a cursor that sees another number walks again. */
  version = 0;
  values: Values = new Values();

  rcu = false;
  allocator: NodeAllocator | undefined;
  estimate: Estimate = "room";

  /** Live snapshots, oldest first. */
  snapshots: Registers[] = [];

  /** Times each unit was freed; kept in RCU mode only, so that a late reader is caught. */
  lives: Uint32Array | undefined;
  /** Changes with every restore: readers from before it are stale. */
  epoch = 0;

  // One write in the making: see store.ts. The arrays are the scratch's.
  kind = 0;
  readonly scratch: Scratch;
  readonly Ln: Int32Array;
  readonly Ls: Int32Array;
  readonly Lm: Float64Array;
  readonly Rn: Int32Array;
  readonly Rs: Int32Array;
  readonly range: Float64Array;
  readonly big: BigNode;
  readonly emitted: Float64Array;
  /** First and last touched slot of the leaf. */
  from = 0;
  to = 0;
  /** Slot of the entry that is being erased. */
  erased = 0;
  /** Level at which a spanning store was recognised. */
  spanDepth = 0;
  /** Nodes made by this write. */
  used = 0;
  /** Nodes this write replaced: unit * 2, + 1 for an inner node. */
  readonly dead: number[] = [];
  /** RCU mode: handles this write overwrote. */
  readonly dropped: number[] = [];
  /** Nodes waiting for a grace period, same coding, and the batch each belongs to. */
  waiting: number[] = [];
  waitingBatch: number[] = [];
  batch = 0;
  /** Open read sections. */
  readers = 0;
  /** Told of every retired batch; without it a batch is free when no read section is open. */
  retired: ((batch: number, nodes: number) => void) | undefined;

  constructor(units: number, scratch: Scratch = new Scratch()) {
    this.scratch = scratch;
    this.Ln = scratch.Ln;
    this.Ls = scratch.Ls;
    this.Lm = scratch.Lm;
    this.Rn = scratch.Rn;
    this.Rs = scratch.Rs;
    this.range = scratch.range;
    this.big = scratch.big;
    this.emitted = scratch.emitted;
    this.allot(units);
  }

  /** New arena of this many units; keeps what is in use. */
  allot(units: number): void {
    const { P, S, E } = this;
    this.lay(new ArrayBuffer(LEAD + units * (PIVOT_BYTES + SLOT_BYTES + 1)), units);
    const keep = Math.min(this.top, E.length);
    this.P.set(P.subarray(0, keep << 4));
    this.S.set(S.subarray(0, keep << 4));
    this.E.set(E.subarray(0, keep));
  }

  /** Takes this memory for the arena; what is in it stands there now. */
  lay(buffer: ArrayBuffer, units: number): void {
    const slots = LEAD + units * PIVOT_BYTES;
    this.P = new Float64Array(buffer, LEAD, units << 4);
    this.S = new Int32Array(buffer, slots, units << 4);
    this.E = new Uint8Array(buffer, slots + units * SLOT_BYTES, units);
    this.capacity = units;
    if (this.lives !== undefined) {
      const lives = new Uint32Array(units);
      lives.set(this.lives.subarray(0, Math.min(units, this.lives.length)));
      this.lives = lives;
    }
  }

  /** A unit for a leaf. The arena has room: the write asked for it. */
  takeLeaf(): number {
    const n = this.freeLeaf;
    if (n !== 0) {
      this.freeLeaf = this.S[n << 4];
      return n;
    }
    return this.top++;
  }

  /** Two units for an inner node. */
  takeInner(): number {
    const n = this.freeInner;
    if (n !== 0) {
      this.freeInner = this.S[n << 4];
      return n;
    }
    const fresh = this.top;
    this.top = fresh + 2;
    return fresh;
  }

  /** Makes the pivots behind a new leaf's last slot what the search wants. */
  padLeaf(n: number): void {
    this.P.fill(Number.POSITIVE_INFINITY, (n << 4) + this.E[n], (n << 4) + LEAF_SLOTS);
  }

  /** Puts a node on its free list, unless a snapshot may still see it. */
  free(n: number, inner: boolean): void {
    if (n < this.frozen) return;
    this.E[n] = 0;
    if (this.lives !== undefined) this.lives[n]++;
    if (inner) {
      this.S[n << 4] = this.freeInner;
      this.freeInner = n;
    } else {
      this.S[n << 4] = this.freeLeaf;
      this.freeLeaf = n;
    }
  }

  /** Ends the life of the value in a slot that is being overwritten. Readers without a lock may look until it is retired. */
  dropSlot(handle: number): void {
    if (handle === 0) return;
    if (handle > 0) {
      this.size--;
      if (this.rcu) this.dropped.push(handle);
      else this.values.drop(handle);
    } else if (!isReserved(handle)) this.size--;
  }

  /** The largest null run in a leaf that starts at `min`. */
  leafGap(n: number, min: number): number {
    const { P, S } = this;
    const base = n << 4;
    const end = base + this.E[n];
    let gap = 0;
    let start = min;
    for (let i = base; i < end; i++) {
      const pivot = P[i];
      if (S[i] === 0 && pivot - start >= gap) gap = pivot - start + 1;
      start = pivot + 1;
    }
    return gap;
  }

  /** The largest null run below an inner node. */
  innerGap(n: number): number {
    const { P } = this;
    const base = (n << 4) + 16;
    const end = base + this.E[n];
    let gap = 0;
    for (let i = base; i < end; i++) if (P[i] > gap) gap = P[i];
    return gap;
  }

  /** Writes a child's gap into the slot at `depth` of the left path and carries it up while it changes anything. */
  raiseGap(depth: number, gap: number): void {
    const { P, Ln, Ls } = this;
    for (let d = depth; d >= 0; d--) {
      const at = Ls[d] + 16;
      if (P[at] === gap) return;
      P[at] = gap;
      if (d > 0) gap = this.innerGap(Ln[d]);
    }
  }

  /** Makes the nodes of the left path above `depth` writable: those a snapshot sees are copied. */
  thaw(depth: number): void {
    const { frozen, P, S, E, Ln, Ls } = this;
    if (frozen === 0) return;
    for (let d = 0; d < depth; d++) {
      const n = Ln[d];
      if (n >= frozen) continue;
      const copy = this.takeInner();
      P.copyWithin(copy << 4, n << 4, (n + 2) << 4);
      S.copyWithin(copy << 4, n << 4, (n << 4) + INNER_SLOTS);
      E[copy] = E[n];
      if (d === 0) this.root = copy;
      else S[Ls[d - 1]] = copy;
      Ln[d] = copy;
      Ls[d] += (copy - n) << 4;
    }
  }
}
