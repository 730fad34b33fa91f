/**
 * Writes that a single leaf cannot take: split, rebalance, spanning store, new root.
 *
 * All of them work upwards, level by level, on one *big node* that holds the new content of the nodes from the left
 * edge L to the right edge R of the write, more than one node may hold:
 *
 *        level d-1    …  [ . . L↑ . . ]   [ . R↑ . ]  …        big := what is left of L↑, new nodes, right of R↑
 *                           ┌──┘             └──┐
 *        level d         [ L ]  (gone)  (gone)  [ R ]           big  →  one, two or three new nodes
 *
 * A split looks left, then right, for room in a sibling before it makes the level longer. Too little data for a
 * node fetches a neighbour: the next one to the right at any distance below a common ancestor, else to the left. The climb
 * ends where the parent of everything new fits into one node; that node is swapped in with one pointer store.
 * A leaf never ends with a null range, except the last one of the tree: no cut is made behind a null slot.
 *
 * Room: three nodes a level and one above, two units each but for the leaves, and a copy of each node that a snapshot
 * sees on the path above that: 8 units a level are enough.
 *
 * Kernel counterparts: `mas_split`, `mas_push_data`, `mas_rebalance`, `mas_wr_spanning_store`,
 * `mas_spanning_rebalance`, `mab_calc_split`, `mas_new_root`, 6.12 to 6.19.
 */

import { type BigNode, type Core, INNER_MIN, INNER_SLOTS, LEAF_MIN, LEAF_SLOTS, MAX_INDEX } from "./core.ts";
import { makeRoom } from "./memory.ts";
import { isReserved } from "./values.ts";

/** The planned write overflows its leaf. */
export function split(t: Core, handle: number): void {
  makeRoom(t, 8 * t.height);
  const { P, S, E, Ln, Ls, Lm, big } = t;
  let d = t.height - 1;
  fillFromLeaf(t, handle);
  for (;;) {
    const leaf = d === t.height - 1;
    const slots = leaf ? LEAF_SLOTS : INNER_SLOTS;
    const node = Ln[d];
    markDead(t, node, leaf);
    if (big.count <= slots) {
      publishAt(t, d, emit(t, 0, big.count - 1, leaf, Lm[d]));
      break;
    }
    const last = big.count - 1;
    if (d > 0) {
      const parent = Ln[d - 1];
      const at = Ls[d - 1];
      const parentEnd = (parent << 4) + E[parent] - 1;
      // Pushing must leave both nodes a free slot; a leaf needs one more in case the cut has to avoid a null, and
      // so does the last node of a level.
      let room = 2 * slots - 2;
      if (leaf) room--;
      if (P[(node << 4) + E[node] - 1] === MAX_INDEX) room--;
      let sibling = 0;
      let cut = 0;
      let pairAt = at;
      let pairMin = Lm[d];
      if (at > parent << 4 && last + E[S[at - 1]] - 1 < room) {
        sibling = S[at - 1];
        pairAt = at - 1;
        pairMin = pairAt === parent << 4 ? Lm[d - 1] : P[pairAt - 1] + 1;
        prepend(t, big, sibling, leaf);
        cut = avoidNull(big, slots - 2, slots, leaf);
      } else if (at < parentEnd && last + E[S[at + 1]] - 1 < room) {
        sibling = S[at + 1];
        const total = last + E[sibling] - 1;
        append(t, big, sibling, leaf);
        cut = avoidNull(big, total - (slots - 2), slots, leaf);
      }
      if (sibling !== 0) {
        markDead(t, sibling, leaf);
        const left = emit(t, 0, cut, leaf, pairMin);
        const leftMax = t.emitted[1];
        const leftGap = t.emitted[0];
        const right = emit(t, cut + 1, big.count - 1, leaf, leftMax + 1);
        const rightGap = t.emitted[0];
        big.count = 0;
        append(t, big, parent, false);
        const slot = pairAt - (parent << 4);
        setBig(big, slot, left, leftMax, leftGap);
        setBig(big, slot + 1, right, big.pivot[slot + 1], rightGap);
        markDead(t, parent, false);
        publishAt(t, d - 1, emit(t, 0, big.count - 1, false, 0));
        break;
      }
    }
    const cut = avoidNull(big, last >> 1, slots, leaf);
    const left = emit(t, 0, cut, leaf, Lm[d]);
    const leftMax = t.emitted[1];
    const leftGap = t.emitted[0];
    const right = emit(t, cut + 1, last, leaf, leftMax + 1);
    const rightMax = t.emitted[1];
    const rightGap = t.emitted[0];
    big.count = 0;
    if (d === 0) {
      setBig(big, 0, left, leftMax, leftGap);
      setBig(big, 1, right, rightMax, rightGap);
      big.count = 2;
      t.height++;
      publishRoot(t, emit(t, 0, 1, false, 0));
      break;
    }
    d--;
    const parent = Ln[d];
    const slot = Ls[d] - (parent << 4);
    append(t, big, parent, false);
    const behind = slot + 1;
    big.pivot.copyWithin(behind + 1, behind, big.count);
    big.slot.copyWithin(behind + 1, behind, big.count);
    big.gap.copyWithin(behind + 1, behind, big.count);
    big.count++;
    setBig(big, slot, left, leftMax, leftGap);
    setBig(big, behind, right, rightMax, rightGap);
  }
}

/** The planned write leaves its leaf with too little: a neighbour is fetched. */
export function rebalance(t: Core, handle: number): void {
  makeRoom(t, 8 * t.height);
  fillFromLeaf(t, handle);
  t.Rn.set(t.Ln);
  t.Rs.set(t.Ls);
  settle(t);
}

/** The planned write reaches over the edge of its leaf, or would leave a null there. */
export function spanningStore(t: Core, handle: number): void {
  let first = t.range[0];
  let last = t.range[1];
  makeRoom(t, 8 * t.height);
  const { P, S, E, Ln, Rn, big } = t;
  const d = t.height - 1;
  // The right edge goes to the slot behind the write: what follows a null must be seen, and what follows a value
  // is joined with it.
  const min = walkLeft(t, first);
  let right = walkRight(t, last === MAX_INDEX ? last : last + 1);
  const leftBase = Ln[d] << 4;
  let left = t.from;
  let start = left === leftBase ? min : P[left - 1] + 1;
  const rightEnd = (Rn[d] << 4) + E[Rn[d]] - 1;
  const rightMax = P[rightEnd];
  if (handle === 0) {
    if (S[left] === 0) first = start;
    else if (first === start && left > leftBase && S[left - 1] === 0) {
      left--;
      start = first = left === leftBase ? min : P[left - 1] + 1;
    }
    if (S[right] === 0) {
      last = P[right];
      right++;
    }
  }
  if (first === 0 && last === MAX_INDEX) {
    replaceAll(t, handle);
    return;
  }
  if (last >= rightMax) right = rightEnd + 1;
  dropBetween(t, first > start ? left + 1 : left, right);
  if (handle !== 0 && !isReserved(handle)) t.size++;

  big.count = 0;
  for (let i = leftBase; i < left; i++) push(big, P[i], S[i]);
  if (first > start) push(big, first - 1, S[left]);
  push(big, last, handle);
  for (let i = right; i <= rightEnd; i++) push(big, P[i], S[i]);
  settle(t);
}

/** The write covers the whole index space: one leaf with one slot, or no node at all. */
export function replaceAll(t: Core, handle: number): void {
  makeRoom(t, 1);
  killSubtree(t, t.root, t.height - 1);
  t.size = 0;
  if (handle === 0) {
    t.root = 0;
    t.height = 0;
    return;
  }
  const n = t.takeLeaf();
  t.P[n << 4] = MAX_INDEX;
  t.S[n << 4] = handle;
  t.E[n] = 1;
  t.padLeaf(n);
  t.root = n;
  t.height = 1;
  t.size = isReserved(handle) ? 0 : 1;
  t.nodes++;
  t.used++;
}

/**
 * `big` holds the content of the leaves from the left edge to the right: makes nodes of it, and of their parents, until
 * everything new hangs below one node. `mas_spanning_rebalance`.
 */
function settle(t: Core): void {
  const { P, S, E, Ln, Ls, Lm, Rn, Rs, big } = t;
  const bottom = t.height - 1;
  let d = bottom;
  if (big.count <= LEAF_MIN) fetchNeighbour(t, d, true);
  for (;;) {
    const leaf = d === bottom;
    const slots = leaf ? LEAF_SLOTS : INNER_SLOTS;
    killLevel(t, d, leaf);
    const last = big.count - 1;
    const lowest = Lm[d];
    let cut = last;
    let middle = 0;
    if (last >= slots) {
      cut = last >> 1;
      // Two nodes are not enough only after a write over the end of one full node and the start of another.
      if (last >= 2 * slots || (leaf && big.slot[cut] === 0 && last >= 2 * slots - 1)) {
        cut = Math.floor(last / 3);
        middle = avoidNull(big, cut * 2, slots, leaf);
      }
      cut = avoidNull(big, cut, slots, leaf);
    }
    const a = emit(t, 0, cut, leaf, lowest);
    const aGap = t.emitted[0];
    const aMax = t.emitted[1];
    if (lowest === 0 && aMax === MAX_INDEX) {
      for (let k = d - 1; k >= 0; k--) killLevel(t, k, false);
      t.height -= d;
      publishRoot(t, a);
      return;
    }
    let b = 0;
    let bGap = 0;
    let bMax = 0;
    let c = 0;
    let cGap = 0;
    let cMax = 0;
    if (cut < last) {
      b = emit(t, cut + 1, middle > 0 ? middle : last, leaf, aMax + 1);
      bGap = t.emitted[0];
      bMax = t.emitted[1];
      if (middle > 0) {
        c = emit(t, middle + 1, last, leaf, bMax + 1);
        cGap = t.emitted[0];
        cMax = t.emitted[1];
      }
    }
    big.count = 0;
    const grows = d === 0;
    if (!grows) {
      d--;
      for (let i = Ln[d] << 4; i < Ls[d]; i++) pushChild(big, P[i], S[i], P[i + 16]);
    }
    pushChild(big, aMax, a, aGap);
    if (b !== 0) pushChild(big, bMax, b, bGap);
    if (c !== 0) pushChild(big, cMax, c, cGap);
    if (grows) {
      t.height++;
      publishRoot(t, emit(t, 0, big.count - 1, false, 0));
      return;
    }
    const end = (Rn[d] << 4) + E[Rn[d]];
    for (let i = Rs[d] + 1; i < end; i++) pushChild(big, P[i], S[i], P[i + 16]);
    if (big.count > INNER_MIN) {
      if (big.count <= INNER_SLOTS && Ln[d] === Rn[d]) break;
    } else fetchNeighbour(t, d, false);
  }
  killLevel(t, d, false);
  publishAt(t, d, emit(t, 0, big.count - 1, false, 0));
}

/** Too little for a node: takes in the node right of R, or the one left of L, whichever has the nearer ancestor, if any. */
function fetchNeighbour(t: Core, d: number, leaf: boolean): void {
  const { P, S, E, Ln, Ls, Lm, Rn, Rs, big } = t;
  for (let k = d - 1; k >= 0; k--) {
    if (Rs[k] < (Rn[k] << 4) + E[Rn[k]] - 1) {
      Rs[k]++;
      for (let j = k + 1; j <= d; j++) {
        Rn[j] = S[Rs[j - 1]];
        Rs[j] = Rn[j] << 4;
      }
      append(t, big, Rn[d], leaf);
      return;
    }
    if (Ls[k] > Ln[k] << 4) {
      Ls[k]--;
      for (let j = k + 1; j <= d; j++) {
        const at = Ls[j - 1];
        Lm[j] = at === Ln[j - 1] << 4 ? Lm[j - 1] : P[at - 1] + 1;
        Ln[j] = S[at];
        Ls[j] = (Ln[j] << 4) + E[Ln[j]] - 1;
      }
      prepend(t, big, Ln[d], leaf);
      return;
    }
  }
}

/**
 * Moves a cut off a null slot: forwards, if the node has room for one more. `mab_no_null_split`, which also asks whether
 * enough is left behind the cut: where we cut, it always is.
 */
function avoidNull(big: BigNode, cut: number, slots: number, leaf: boolean): number {
  if (!leaf || big.slot[cut] !== 0) return cut;
  return cut < slots - 1 ? cut + 1 : cut - 1;
}

/** Makes one node of big[from … to]; leaves its gap and maximum in `emitted`. */
function emit(t: Core, from: number, to: number, leaf: boolean, min: number): number {
  const n = leaf ? t.takeLeaf() : t.takeInner();
  const { P, S, big } = t;
  let at = n << 4;
  let gap = 0;
  if (leaf) {
    let start = min;
    for (let i = from; i <= to; i++, at++) {
      const pivot = big.pivot[i];
      P[at] = pivot;
      S[at] = big.slot[i];
      if (big.slot[i] === 0 && pivot - start >= gap) gap = pivot - start + 1;
      start = pivot + 1;
    }
  } else {
    for (let i = from; i <= to; i++, at++) {
      P[at] = big.pivot[i];
      S[at] = big.slot[i];
      P[at + 16] = big.gap[i];
      if (big.gap[i] > gap) gap = big.gap[i];
    }
  }
  if (leaf) {
    for (const stop = (n << 4) + LEAF_SLOTS; at < stop; at++) P[at] = Number.POSITIVE_INFINITY;
  } else {
    P[(n << 4) + 16 + INNER_SLOTS] = Number.POSITIVE_INFINITY;
    for (const stop = (n << 4) + INNER_SLOTS; at < stop; at++) {
      P[at] = Number.POSITIVE_INFINITY;
      P[at + 16] = Number.POSITIVE_INFINITY;
    }
  }
  t.E[n] = to - from + 1;
  t.emitted[0] = gap;
  t.emitted[1] = big.pivot[to];
  t.nodes++;
  t.used++;
  return n;
}

/** Hangs the finished node into the tree in place of the one on the left path; the one visible store of a rebuild. */
function publishAt(t: Core, d: number, n: number): void {
  if (d === 0) {
    t.root = n;
    return;
  }
  const gap = t.emitted[0];
  t.thaw(d);
  t.S[t.Ls[d - 1]] = n;
  t.raiseGap(d - 1, gap);
}

function publishRoot(t: Core, n: number): void {
  t.root = n;
}

/** The leaf of the planned write with the write applied. */
function fillFromLeaf(t: Core, handle: number): void {
  const { P, S, E, range, big } = t;
  const n = t.Ln[t.height - 1];
  const base = n << 4;
  const end = base + E[n];
  const { from, to } = t;
  const first = range[0];
  const last = range[1];
  const keepLeft = first > range[2];
  const keepRight = last < P[to];
  big.count = 0;
  for (let i = base; i < from; i++) push(big, P[i], S[i]);
  if (keepLeft) push(big, first - 1, S[from]);
  push(big, last, handle);
  if (handle !== 0 && !isReserved(handle)) t.size++;
  if (keepRight) {
    let rest = S[to];
    if (keepLeft && from === to) {
      rest = t.values.duplicate(rest);
      if (rest !== 0 && !isReserved(rest)) t.size++;
    }
    push(big, P[to], rest);
  }
  for (let i = keepLeft ? from + 1 : from; i < (keepRight ? to : to + 1); i++) t.dropSlot(S[i]);
  for (let i = to + 1; i < end; i++) push(big, P[i], S[i]);
}

function push(big: BigNode, pivot: number, slot: number): void {
  const i = big.count++;
  big.pivot[i] = pivot;
  big.slot[i] = slot;
}

function pushChild(big: BigNode, pivot: number, child: number, gap: number): void {
  big.gap[big.count] = gap;
  push(big, pivot, child);
}

function setBig(big: BigNode, i: number, child: number, pivot: number, gap: number): void {
  big.slot[i] = child;
  big.pivot[i] = pivot;
  big.gap[i] = gap;
}

/** Adds the slots of a node behind what the big node holds. */
function append(t: Core, big: BigNode, n: number, leaf: boolean): void {
  const { P, S, E } = t;
  const end = (n << 4) + E[n];
  for (let i = n << 4; i < end; i++) {
    if (!leaf) big.gap[big.count] = P[i + 16];
    push(big, P[i], S[i]);
  }
}

/** Adds all slots of a node before what the big node holds. */
function prepend(t: Core, big: BigNode, n: number, leaf: boolean): void {
  const shift = t.E[n];
  const { count } = big;
  big.pivot.copyWithin(shift, 0, count);
  big.slot.copyWithin(shift, 0, count);
  if (!leaf) big.gap.copyWithin(shift, 0, count);
  big.count = 0;
  append(t, big, n, leaf);
  big.count = shift + count;
}

/** Walks to an index along the left path; the slot stands in `from`. Returns the leaf's minimum. */
function walkLeft(t: Core, index: number): number {
  const { P, S, Ln, Ls, Lm } = t;
  const bottom = t.height - 1;
  let n = t.root;
  let min = 0;
  for (let d = 0; ; d++) {
    let i = n << 4;
    while (P[i] < index) i++;
    Ln[d] = n;
    Ls[d] = i;
    Lm[d] = min;
    if (d === bottom) {
      t.from = i;
      return min;
    }
    if (i > n << 4) min = P[i - 1] + 1;
    n = S[i];
  }
}

/** The same along the right path; returns the slot. */
function walkRight(t: Core, index: number): number {
  const { P, S, Rn, Rs } = t;
  const bottom = t.height - 1;
  let n = t.root;
  for (let d = 0; ; d++) {
    let i = n << 4;
    while (P[i] < index) i++;
    Rn[d] = n;
    Rs[d] = i;
    if (d === bottom) return i;
    n = S[i];
  }
}

function markDead(t: Core, n: number, leaf: boolean): void {
  t.dead.push(leaf ? n << 1 : (n << 1) | 1);
}

/** Marks every node of level d from Ln[d] to Rn[d] for retiring. */
function killLevel(t: Core, d: number, leaf: boolean): void {
  forEachBetween(t, d, (n) => markDead(t, n, leaf));
}

/** Ends the life of the values from slot `left` of the leaf Ln to the slot before `right` of the leaf Rn. */
function dropBetween(t: Core, left: number, right: number): void {
  const d = t.height - 1;
  const leftLeaf = t.Ln[d];
  const rightLeaf = t.Rn[d];
  forEachBetween(t, d, (n) => {
    const from = n === leftLeaf ? left : n << 4;
    const to = n === rightLeaf ? right : (n << 4) + t.E[n];
    for (let i = from; i < to; i++) t.dropSlot(t.S[i]);
  });
}

/** Visits the nodes of level d from Ln[d] to Rn[d], left to right. */
function forEachBetween(t: Core, d: number, visit: (n: number) => void): void {
  const { S, E, Ln, Ls, Rn } = t;
  let n = Ln[d];
  visit(n);
  const path = t.scratch.along;
  for (let k = 0; k < d; k++) path[k] = Ls[k];
  while (n !== Rn[d]) {
    let k = d - 1;
    while (path[k] === ((path[k] >> 4) << 4) + E[path[k] >> 4] - 1) k--;
    path[k]++;
    for (let j = k + 1; j < d; j++) path[j] = S[path[j - 1]] << 4;
    n = S[path[d - 1]];
    visit(n);
  }
}

/** Marks a whole subtree for retiring and ends the life of its values. */
function killSubtree(t: Core, n: number, levels: number): void {
  const { S, E } = t;
  const end = (n << 4) + E[n];
  if (levels === 0) {
    for (let i = n << 4; i < end; i++) t.dropSlot(S[i]);
  } else {
    for (let i = n << 4; i < end; i++) killSubtree(t, S[i], levels - 1);
  }
  markDead(t, n, levels === 0);
}
