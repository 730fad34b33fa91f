/**
 * The arena over time: growth, snapshots, sweeping, whole copies.
 *
 *   units      0   1 …            frozen                 top            capacity
 *              │   │ snapshots'   │ the tree's own nodes │ never used   │
 *              │   │ never change │ changed in place     │              │
 *
 * A snapshot moves `frozen` up to `top` and sets the free lists aside. Going back to one moves `top` down to
 * `frozen`, because what was made since is reached from the abandoned state only: both take the same time for any tree.
 * What a forgotten snapshot leaves behind is found by a sweep, which copies what is reachable into a new arena; it
 * runs when the arena has doubled since the last one, so that its cost per store is constant.
 */

import { Core, type NodeAllocator, type Registers } from "./core.ts";
import type { Values } from "./values.ts";

/** Makes sure that this many units can be taken without the arena moving. */
export function makeRoom(t: Core, units: number): void {
  // One unit more than is used: a search may read the slot behind the last one.
  const need = t.top + units + 1;
  if (need <= t.capacity) return;
  // Small arenas double; large ones grow by an eighth, or half of a large tree's memory would be unused.
  const grown = t.capacity < 2048 ? 2 * t.capacity : t.capacity + (t.capacity >> 3);
  t.allot(Math.max(need, grown));
}

/** Remembers the present state. */
export function takeSnapshot(t: Core): Registers {
  const registers: Registers = {
    root: t.root,
    height: t.height,
    size: t.size,
    nodes: t.nodes,
    top: t.top,
    valuesTop: t.values.top,
    waiting: t.waiting.slice(),
    waitingBatch: t.waitingBatch.slice(),
    batch: t.batch,
    readers: t.readers,
  };
  t.snapshots.push(registers);
  t.frozen = t.top;
  t.freeLeaf = 0;
  t.freeInner = 0;
  t.values.freeze();
  if (t.sweepAt === Number.POSITIVE_INFINITY) {
    t.sweepAt = 2 * t.top + 64;
    t.sweepValuesAt = 2 * t.values.top + 64;
  }
  return registers;
}

/** Brings a state back. */
export function goBack(t: Core, to: Registers): void {
  t.root = to.root;
  t.height = to.height;
  t.size = to.size;
  t.nodes = to.nodes;
  t.waiting = to.waiting.slice();
  t.waitingBatch = to.waitingBatch.slice();
  t.batch = to.batch;
  t.readers = to.readers;
  t.top = t.frozen;
  t.freeLeaf = 0;
  t.freeInner = 0;
  t.values.rewind();
  t.version++;
  t.epoch++;
}

/** Lets a snapshot go; false if it is not among the live ones. */
export function dropSnapshot(t: Core, registers: Registers): boolean {
  const at = t.snapshots.indexOf(registers);
  if (at < 0) return false;
  t.snapshots.splice(at, 1);
  // While one lives nothing goes below its marks, so that the youngest has the highest.
  const youngest = t.snapshots.at(-1);
  t.frozen = youngest === undefined ? 0 : youngest.top;
  t.values.frozen = youngest === undefined ? 1 : youngest.valuesTop;
  return true;
}

/** Sweeps if snapshots have left enough behind; called before a write looks at the tree. */
export function sweepIfDue(t: Core): void {
  if ((t.top > t.sweepAt || t.values.top > t.sweepValuesAt) && t.waiting.length === 0 && t.readers === 0)
    sweep(t);
}

/** Copies everything reachable into a new arena; units and handles get new numbers, snapshots' first. */
export function sweep(t: Core): void {
  const old = { P: t.P, S: t.S, E: t.E, table: t.values.table };
  const { values } = t;
  const movedUnits = new Int32Array(t.top);
  const movedHandles = new Int32Array(values.top);
  const oldTop = t.top;
  t.top = 0;
  t.allot(Math.max(16, oldTop + 1));
  t.top = 1;
  values.table = [undefined];
  values.top = 1;
  values.free = 0;
  t.freeLeaf = 0;
  t.freeInner = 0;

  const moveHandle = (handle: number): number => {
    if (handle <= 0) return handle;
    let moved = movedHandles[handle];
    if (moved === 0) {
      moved = movedHandles[handle] = values.top++;
      values.table[moved] = old.table[handle];
    }
    return moved;
  };
  const moveNode = (n: number, levels: number): number => {
    const known = movedUnits[n];
    if (known !== 0) return known;
    const from = n << 4;
    const count = old.E[n];
    const moved = levels === 0 ? t.takeLeaf() : t.takeInner();
    movedUnits[n] = moved;
    const to = moved << 4;
    t.P.set(old.P.subarray(from, from + (levels === 0 ? 16 : 32)), to);
    t.E[moved] = count;
    for (let i = 0; i < count; i++) {
      const slot = old.S[from + i];
      t.S[to + i] = levels === 0 ? moveHandle(slot) : moveNode(slot, levels - 1);
    }
    return moved;
  };
  const moveRoot = (root: number, height: number): number =>
    height === 0 ? moveHandle(root) : moveNode(root, height - 1);

  for (const s of t.snapshots) s.root = moveRoot(s.root, s.height);
  const shared = t.snapshots.length > 0;
  t.frozen = shared ? t.top : 0;
  values.frozen = shared ? values.top : 1;
  for (const s of t.snapshots) {
    s.top = t.frozen;
    s.valuesTop = values.frozen;
  }
  t.root = moveRoot(t.root, t.height);
  t.sweepAt = shared ? 2 * t.top + 64 : Number.POSITIVE_INFINITY;
  t.sweepValuesAt = shared ? 2 * values.top + 64 : Number.POSITIVE_INFINITY;
  t.version++;
  t.epoch++;
}

/** Forgets every node and value. With live snapshots what they see stays. */
export function forgetAll(t: Core): void {
  t.root = 0;
  t.height = 0;
  t.size = 0;
  t.nodes = 0;
  t.version++;
  t.freeLeaf = 0;
  t.freeInner = 0;
  if (t.snapshots.length > 0) {
    t.top = t.frozen;
    t.values.rewind();
    return;
  }
  t.frozen = 0;
  t.top = 1;
  t.values.clear();
  t.sweepAt = Number.POSITIVE_INFINITY;
  t.sweepValuesAt = Number.POSITIVE_INFINITY;
  if (t.capacity > 64) t.allot(16);
}

/** A copy in one piece: the arena as it is, no allocator asked. Into a core that is no longer needed, if one is given. */
export function copyWhole(t: Core, copy: Core = new Core(1, t.scratch)): Core {
  const units = t.top + 1;
  if (copy.capacity >= units && copy.capacity <= 4 * units + 64) copyUsed(t, copy, units);
  else if (t.capacity - units <= t.capacity >> 3) {
    // A new array made from another one is the only memory of the language that is not cleared first.
    copy.lay(new Uint8Array(new Uint8Array(t.P.buffer)).buffer, t.capacity);
  } else {
    copy.top = 0;
    copy.allot(Math.max(16, units));
    copyUsed(t, copy, units);
  }
  copy.top = t.top;
  copy.version++;
  copy.freeLeaf = t.freeLeaf;
  copy.freeInner = t.freeInner;
  copy.root = t.root;
  copy.height = t.height;
  copy.size = t.size;
  copy.nodes = t.nodes;
  copy.values = t.values.copy();
  // What only the original's snapshots and readers see has come along.
  const littered = t.sweepAt !== Number.POSITIVE_INFINITY || t.waiting.length > 0;
  copy.sweepAt = littered ? copy.top + 64 : Number.POSITIVE_INFINITY;
  copy.sweepValuesAt = littered ? copy.values.top + 64 : Number.POSITIVE_INFINITY;
  return copy;
}

function copyUsed(t: Core, copy: Core, units: number): void {
  copy.P.set(t.P.subarray(0, units << 4));
  copy.S.set(t.S.subarray(0, units << 4));
  copy.E.set(t.E.subarray(0, units));
}

/**
 * A copy node by node, depth first, parents before children: one node for the root, then for every inner node all
 * its children at once. Undefined when the allocator refuses; what had been copied is given back. `__mt_dup`, 6.8+.
 */
export function copyByNode(t: Core, allocator: NodeAllocator | undefined): Core | undefined {
  const copy = new Core(2 * t.nodes + 3, t.scratch);
  const { P, S, E } = t;
  let asked = 0;
  const ask = (count: number): boolean => {
    if (allocator !== undefined && !allocator.allocate(count)) {
      if (asked > 0) allocator.release?.(asked);
      return false;
    }
    asked += count;
    return true;
  };
  const copyNode = (n: number, levels: number): number => {
    const from = n << 4;
    const count = E[n];
    if (levels > 0 && !ask(count)) return 0;
    const c = levels === 0 ? copy.takeLeaf() : copy.takeInner();
    const to = c << 4;
    copy.E[c] = count;
    if (levels === 0) {
      copy.P.set(P.subarray(from, from + 16), to);
      for (let i = 0; i < count; i++) copy.S[to + i] = copyHandle(t.values, copy.values, S[from + i]);
      return c;
    }
    copy.P.set(P.subarray(from, from + 32), to);
    for (let i = 0; i < count; i++) {
      const child = copyNode(S[from + i], levels - 1);
      if (child === 0) return 0;
      copy.S[to + i] = child;
    }
    return c;
  };
  copy.values.reserved = t.values.reserved.slice();
  if (t.height === 0) copy.root = copyHandle(t.values, copy.values, t.root);
  else {
    if (!ask(1)) return undefined;
    copy.root = copyNode(t.root, t.height - 1);
    if (copy.root === 0) return undefined;
  }
  copy.height = t.height;
  copy.size = t.size;
  copy.nodes = t.nodes;
  return copy;
}

function copyHandle(from: Values, to: Values, handle: number): number {
  return handle > 0 ? to.put(from.table[handle]) : handle;
}
