/**
 * One write, in the three parts a lockless reader can tell apart.
 *
 *   plan      walk down, see what the write is and how many nodes it may need     touches nothing
 *   publish   build new nodes where needed, then make them visible with one       readers see the old or the
 *             pointer store (or change a leaf in place where that is safe)        new state, never a mixture
 *   retire    mark the replaced nodes dead; free them now or after a grace period
 *
 * A write of null is first widened over the null ranges next to it, because two neighbouring null ranges are
 * illegal. Then one of these, as in the kernel (`enum store_type`, 6.12):
 *
 *   exact       the range of one existing slot                    in place, no node
 *   append      into the last slot of a leaf                      in place, no node; not in RCU mode
 *   slot        moves boundaries, same number of slots            in place, no node; in RCU mode only over two slots
 *   node        any other change that stays in one leaf           in place, no node; in RCU mode a new leaf
 *   split       the leaf overflows                                rebuild.ts
 *   rebalance   the leaf falls below its minimum                  rebuild.ts
 *   spanning    crosses leaves, or would end a leaf with null     rebuild.ts
 *   new root    the whole index space
 *   store root  the tree has no node yet
 *
 * Kernel counterparts: `mas_wr_store_type`, `mas_wr_extend_null`, `mas_prealloc_calc`, `mas_wr_store_entry`.
 */

import { type Core, INNER_MIN, INNER_SLOTS, LEAF_MIN, LEAF_SLOTS, MAX_INDEX } from "./core.ts";
import { makeRoom } from "./memory.ts";
import { rebalance, replaceAll, spanningStore, split } from "./rebuild.ts";
import { innerSlot, leafSlot } from "./search.ts";
import { isReserved, Reserved } from "./values.ts";

export const EXACT = 0;
export const APPEND = 1;
export const SLOT = 2;
export const NODE = 3;
export const SPLIT = 4;
export const REBALANCE = 5;
export const SPANNING = 6;
export const NEW_ROOT = 7;
export const STORE_ROOT = 8;

/** The kinds of store, by number. */
export const KINDS = [
  "exact",
  "append",
  "slot",
  "node",
  "split",
  "rebalance",
  "spanning",
  "new root",
  "store root",
] as const;

/** Walks down for a write of [first, last] and classifies it; the result stands in the core's scratch registers. */
export function plan(t: Core, first: number, last: number, isNull: boolean): void {
  const range = t.range;
  range[0] = first;
  range[1] = last;
  const height = t.height;
  if (height === 0) {
    t.kind = STORE_ROOT;
    return;
  }
  const { P, S, Ln, Ls, Lm } = t;
  let n = t.root;
  let min = 0;
  const bottom = height - 1;
  for (let d = 0; d < bottom; d++) {
    const i = innerSlot(P, S, n << 4, first);
    Ln[d] = n;
    Lm[d] = min;
    const pivot = P[i];
    if (last >= pivot && (last > pivot || (isNull && last !== MAX_INDEX))) {
      t.kind = SPANNING;
      t.spanDepth = d;
      return;
    }
    Ls[d] = i;
    if ((i & 15) !== 0) min = P[i - 1] + 1;
    n = S[i];
  }
  Ln[bottom] = n;
  Lm[bottom] = min;
  // What ends a leaf ends a child of its parent too, and has been seen there.
  const a = leafSlot(P, S, n << 4, first);
  let e = a;
  while (P[e] < last) e++;
  classify(t, n, a, e, first, last, isNull);
}

/** Walks down for erasing the whole range that holds an index, and classifies that; false when the range is null. */
export function planErase(t: Core, index: number): boolean {
  const { height } = t;
  if (height === 0) {
    t.range[0] = 0;
    t.range[1] = 0;
    t.kind = STORE_ROOT;
    return index === 0 && t.root !== 0;
  }
  const { P, S, E, Ln, Ls, Lm } = t;
  let n = t.root;
  let min = 0;
  const bottom = height - 1;
  for (let d = 0; d < bottom; d++) {
    const i = innerSlot(P, S, n << 4, index);
    Ln[d] = n;
    Lm[d] = min;
    Ls[d] = i;
    if ((i & 15) !== 0) min = P[i - 1] + 1;
    n = S[i];
  }
  Ln[bottom] = n;
  Lm[bottom] = min;
  const base = n << 4;
  const a = leafSlot(P, S, base, index);
  t.erased = a;
  if (S[a] === 0) return false;
  const first = a === base ? min : P[a - 1] + 1;
  const last = P[a];
  if (a === base + E[n] - 1 && last !== MAX_INDEX) {
    t.range[0] = first;
    t.range[1] = last;
    t.kind = SPANNING;
    // A store of null would have been seen to span at the highest level where the range ends a child.
    let d = 0;
    while (P[Ls[d]] !== last) d++;
    t.spanDepth = d;
    return true;
  }
  classify(t, n, a, a, first, last, true);
  return true;
}

/** Plans the end of every node and entry. */
export function planDestroy(t: Core): void {
  t.range[0] = 0;
  t.range[1] = MAX_INDEX;
  t.kind = t.height === 0 ? STORE_ROOT : NEW_ROOT;
}

/** The write changes the slots from `a` to `e` of leaf `n` and nothing else: what is it? */
function classify(
  t: Core,
  n: number,
  a: number,
  e: number,
  first: number,
  last: number,
  isNull: boolean,
): void {
  const { P, S, range } = t;
  const base = n << 4;
  const count = t.E[n];
  const end = base + count - 1;
  const bottom = t.height - 1;
  let start = a === base ? t.Lm[bottom] : P[a - 1] + 1;
  if (isNull) {
    if (S[e] === 0) last = P[e];
    else if (last === P[e] && e !== end && S[e + 1] === 0) last = P[++e];
    if (S[a] === 0) first = start;
    else if (first === start && a !== base && S[a - 1] === 0) {
      a--;
      start = first = a === base ? t.Lm[bottom] : P[a - 1] + 1;
    }
  }
  range[0] = first;
  range[1] = last;
  range[2] = start;
  t.from = a;
  t.to = e;
  if (first === start && last === P[a]) {
    t.kind = EXACT;
    return;
  }
  if (first === 0 && last === MAX_INDEX) {
    t.kind = NEW_ROOT;
    return;
  }
  const after = count - (e - a) + (first > start ? 1 : 0) + (last < P[e] ? 1 : 0);
  if (after <= LEAF_MIN) t.kind = bottom === 0 ? NODE : REBALANCE;
  else if (after > LEAF_SLOTS) t.kind = SPLIT;
  else if (!t.rcu && a === end) t.kind = APPEND;
  else if (after === count && (!t.rcu || e - a === 1)) t.kind = SLOT;
  else t.kind = NODE;
}

/** Nodes the planned write of this value asks the allocator for; never fewer than it uses. `mas_prealloc_calc`. */
export function request(t: Core, value: unknown): number {
  const { height, kind } = t;
  if (t.estimate === "always") return kind === EXACT ? 0 : 3 * height + 1;
  switch (kind) {
    case EXACT:
    case APPEND:
    case SLOT:
      return 0;
    case NODE:
      return t.rcu ? 1 : 0;
    case NEW_ROOT:
    case STORE_ROOT:
      // A reserved entry cannot stand in the root itself: who loads index 0 there sees a value.
      return t.range[1] === 0 && !(value instanceof Reserved) ? 0 : 1;
  }
  if (t.estimate === "height") {
    if (kind === SPLIT) return 2 * height + 1;
    return kind === REBALANCE ? Math.max(1, 2 * height - 1) : 3 * height + 1;
  }
  // How far up the write can reach: to the lowest ancestor with a free slot (a split stops there), and when nodes
  // may be merged, to the lowest one that can lose a child.
  const depth = kind === SPANNING ? t.spanDepth : height - 1;
  let vacant = 0;
  let sufficient = 0;
  for (let d = 0; d < depth; d++) {
    const end = t.E[t.Ln[d]] - 1;
    if (end < INNER_SLOTS - 1) vacant = d + 1;
    if (d === 0 ? end > 2 : end > INNER_MIN + 1) sufficient = d + 1;
  }
  if (kind === SPLIT) return 2 * (height - vacant) + 1;
  const reach = height - Math.min(vacant, sufficient);
  return (kind === SPANNING ? 3 : 2) * reach + 1;
}

/** Builds and makes visible the planned write of this handle. Cannot fail. */
export function publish(t: Core, handle: number): void {
  t.version++;
  t.used = 0;
  switch (t.kind) {
    case EXACT:
    case APPEND:
    case SLOT:
      editInPlace(t, handle);
      return;
    case NODE:
      if (t.rcu) editCopy(t, handle);
      else editInPlace(t, handle);
      return;
    case STORE_ROOT:
      storeRoot(t, handle);
      return;
    case NEW_ROOT:
      replaceAll(t, handle);
      return;
    case SPLIT:
      split(t, handle);
      return;
    case REBALANCE:
      rebalance(t, handle);
      return;
    default:
      spanningStore(t, handle);
  }
}

/** Marks the nodes the last publish replaced dead and frees them, at once or after a grace period. */
export function retire(t: Core): void {
  const { dead, dropped, E, frozen } = t;
  for (const handle of dropped) t.values.drop(handle);
  dropped.length = 0;
  const count = dead.length;
  if (count === 0) return;
  t.nodes -= count;
  if (!t.rcu || (t.readers === 0 && t.retired === undefined)) {
    for (let i = 0; i < count; i++) t.free(dead[i] >> 1, (dead[i] & 1) === 1);
    dead.length = 0;
    t.allocator?.release?.(count);
    return;
  }
  const batch = ++t.batch;
  for (let i = 0; i < count; i++) {
    const n = dead[i] >> 1;
    if (n >= frozen) E[n] = 0;
    t.waiting.push(dead[i]);
    t.waitingBatch.push(batch);
  }
  dead.length = 0;
  t.retired?.(batch, count);
}

/** Frees what was retired up to and including this batch: its grace period is over. */
export function reclaim(t: Core, batch: number): void {
  const { waiting, waitingBatch } = t;
  let done = 0;
  while (done < waiting.length && waitingBatch[done] <= batch) {
    t.free(waiting[done] >> 1, (waiting[done] & 1) === 1);
    done++;
  }
  if (done === 0) return;
  waiting.splice(0, done);
  waitingBatch.splice(0, done);
  t.allocator?.release?.(done);
}

/** The write fits into its leaf, which nobody reads without a lock or where readers stand the change. */
function editInPlace(t: Core, handle: number): void {
  const bottom = t.height - 1;
  if (t.frozen !== 0) thawLeaf(t, bottom);
  edit(t, t.Ln[bottom], bottom, handle);
}

/** The write fits into its leaf, but readers may be in there: change a copy and swap it in. */
function editCopy(t: Core, handle: number): void {
  const bottom = t.height - 1;
  makeRoom(t, 2 * t.height - 1);
  t.thaw(bottom);
  const old = t.Ln[bottom];
  const copy = copyLeaf(t, bottom);
  // The copy is private until the pointer below is written; gaps of the ancestors follow at once.
  const { P, S } = t;
  const gap = applyEdit(t, copy, handle, t.Lm[bottom]);
  if (bottom === 0) t.root = copy;
  else {
    S[t.Ls[bottom - 1]] = copy;
    if (gap >= 0 && P[t.Ls[bottom - 1] + 16] !== gap) t.raiseGap(bottom - 1, gap);
  }
  t.dead.push(old << 1);
  t.nodes++;
  t.used = 1;
}

/** A copy of the leaf at the end of the left path; the touched slots move along. */
function copyLeaf(t: Core, bottom: number): number {
  const n = t.Ln[bottom];
  const copy = t.takeLeaf();
  t.P.copyWithin(copy << 4, n << 4, (n + 1) << 4);
  t.S.copyWithin(copy << 4, n << 4, (n + 1) << 4);
  t.E[copy] = t.E[n];
  t.from += (copy - n) << 4;
  t.to += (copy - n) << 4;
  t.Ln[bottom] = copy;
  return copy;
}

/** Copies what a snapshot sees of the path and the leaf, so that the write may change them in place. */
function thawLeaf(t: Core, bottom: number): void {
  if (t.Ln[bottom] >= t.frozen) return;
  makeRoom(t, 2 * t.height - 1);
  t.thaw(bottom);
  const copy = copyLeaf(t, bottom);
  if (bottom === 0) t.root = copy;
  else t.S[t.Ls[bottom - 1]] = copy;
}

function edit(t: Core, n: number, bottom: number, handle: number): void {
  const gap = applyEdit(t, n, handle, t.Lm[bottom]);
  if (gap >= 0 && bottom > 0 && t.P[t.Ls[bottom - 1] + 16] !== gap) t.raiseGap(bottom - 1, gap);
}

/** Changes the slots of one leaf. Returns the leaf's new gap, or -1 when no null range was involved. */
function applyEdit(t: Core, n: number, handle: number, min: number): number {
  const { P, S, E, range } = t;
  const first = range[0];
  const last = range[1];
  let a = t.from;
  const e = t.to;
  const oldEnd = P[e];
  let right = S[e];
  const keepLeft = first > range[2];
  const keepRight = last < oldEnd;
  let nulls = handle === 0;
  if (handle !== 0 && !isReserved(handle)) t.size++;
  if (a === e) {
    if (right === 0) nulls = true;
    else if (keepLeft) {
      if (keepRight) {
        right = t.values.duplicate(right);
        if (!isReserved(right)) t.size++;
      }
    } else if (!keepRight) t.dropSlot(right);
  } else {
    if (S[a] === 0) nulls = true;
    else if (!keepLeft) t.dropSlot(S[a]);
    for (let i = a + 1; i < e; i++) {
      if (S[i] === 0) nulls = true;
      else t.dropSlot(S[i]);
    }
    if (right === 0) nulls = true;
    else if (!keepRight) t.dropSlot(right);
  }
  const delta = a - e + (keepLeft ? 1 : 0) + (keepRight ? 1 : 0);
  if (delta !== 0) {
    const count = E[n];
    const end = (n << 4) + count;
    if (delta > 0) {
      for (let i = end - 1; i > e; i--) {
        P[i + delta] = P[i];
        S[i + delta] = S[i];
      }
    } else {
      for (let i = e + 1; i < end; i++) {
        P[i + delta] = P[i];
        S[i + delta] = S[i];
      }
      for (let i = end + delta; i < end; i++) P[i] = Number.POSITIVE_INFINITY;
    }
    E[n] = count + delta;
  }
  if (keepLeft) P[a++] = first - 1;
  P[a] = last;
  S[a] = handle;
  if (keepRight) {
    P[a + 1] = oldEnd;
    S[a + 1] = right;
  }
  return nulls ? t.leafGap(n, min) : -1;
}

/** The tree has no node: a value at index 0 alone stands in the root itself, anything else makes one leaf. */
function storeRoot(t: Core, handle: number): void {
  const first = t.range[0];
  const last = t.range[1];
  if (handle === 0) {
    if (first === 0) {
      t.dropSlot(t.root);
      t.root = 0;
    }
    return;
  }
  const counted = isReserved(handle) ? 0 : 1;
  if (last === 0 && counted === 1) {
    t.dropSlot(t.root);
    t.root = handle;
    t.size++;
    return;
  }
  makeRoom(t, 1);
  const n = t.takeLeaf();
  const { P, S, E } = t;
  let i = n << 4;
  if (first > 0) {
    if (t.root !== 0) {
      P[i] = 0;
      S[i++] = t.root;
    }
    if (t.root === 0 || first > 1) {
      P[i] = first - 1;
      S[i++] = 0;
    }
  } else t.dropSlot(t.root);
  P[i] = last;
  S[i++] = handle;
  if (last !== MAX_INDEX) {
    P[i] = MAX_INDEX;
    S[i++] = 0;
  }
  E[n] = i - (n << 4);
  t.padLeaf(n);
  t.root = n;
  t.height = 1;
  t.size += counted;
  t.nodes = 1;
  t.used = 1;
}
