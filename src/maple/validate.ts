/**
 * Every invariant of a tree, checked from scratch. Kernel counterpart: `mt_validate` and what it calls (6.12), plus
 * registers, free lists and handles.
 *
 *   - the root, and every node below it, is alive; no node hangs in two places
 *   - all leaves lie at the same depth, which is the height; a used slot of an inner node names a child
 *   - pivots ascend strictly; the last one is the node's maximum, which is the pivot in the parent (or 2^53 - 1)
 *   - behind the last used slot every pivot, and every gap, is Infinity
 *   - nodes are filled: a leaf has more than 6 slots, an inner node more than 4, except the root
 *   - no two null ranges touch, across leaf edges neither; no leaf ends with null, except the last
 *   - the gap of every inner slot is what a scan of the leaves below it finds
 *   - the counts of entries and nodes are right; every value handle is owned by one slot and not on the free list
 *   - every handle given out is owned, free, or to be dropped, unless snapshots have left litter
 *   - every unit of the arena is in the tree, free, or waiting, unless snapshots have left litter
 *   - no node on a free list or waiting for a grace period hangs in the tree
 *
 * There are no parent links to check: a node may be shared with snapshots and does not know its parent (core.ts).
 */

import { type Core, INNER_MIN, INNER_SLOTS, LEAF_MIN, LEAF_SLOTS, MAX_INDEX } from "./core.ts";
import { isReserved } from "./values.ts";

/** Throws an Error that names node, slot, what was expected and what was found. */
export function validate(t: Core): void {
  const { P, S, E } = t;
  const seen = new Set<number>();
  const handles = new Set<number>();
  const free = freeUnits(t);
  const freeHandles = freeHandleSet(t);
  let entries = 0;
  let lastWasNull = false;
  let units = 0;

  const checkHandle = (where: string, handle: number): void => {
    if (handle !== 0 && !isReserved(handle)) entries++;
    if (handle <= 0) return;
    if (handle >= t.values.top) fail(where, `a handle below ${t.values.top}`, handle);
    if (freeHandles.has(handle)) fail(where, "a handle in use", `handle ${handle}, which is free`);
    if (handles.has(handle))
      fail(where, "a handle of its own", `handle ${handle}, which another slot has too`);
    handles.add(handle);
  };

  const visit = (n: number, levels: number, min: number, max: number): number => {
    const leaf = levels === 0;
    const name = `${leaf ? "leaf" : "inner node"} ${n}`;
    if (!(n > 0 && n < t.top)) fail(name, `a unit from 1 to ${t.top - 1}`, n);
    if (seen.has(n)) fail(name, "one place in the tree", "a second one");
    seen.add(n);
    units += leaf ? 1 : 2;
    if (free.has(n)) fail(name, "a node in use", "a free or retired one");
    const count = E[n];
    if (count === 0) fail(name, "a live node", "a dead one");
    const most = leaf ? LEAF_SLOTS : INNER_SLOTS;
    if (count > most) fail(name, `at most ${most} slots`, count);
    const root = levels === t.height - 1;
    const least = leaf ? LEAF_MIN : INNER_MIN;
    if (!root && count <= least) fail(name, `more than ${least} slots`, count);
    if (root && !leaf && count < 2) fail(name, "a root with at least 2 children", count);
    const base = n << 4;
    let start = min;
    let gap = 0;
    for (let i = 0; i < count; i++) {
      const where = `${name} slot ${i}`;
      const pivot = P[base + i];
      if (!(pivot >= start)) fail(where, `a pivot of at least ${start}`, pivot);
      if (pivot > max) fail(where, `a pivot of at most ${max}`, pivot);
      const slot = S[base + i];
      let below = 0;
      if (leaf) {
        checkHandle(where, slot);
        if (slot === 0) {
          if (lastWasNull) fail(where, "an entry behind a null range", "another null range");
          below = pivot - start + 1;
        }
        lastWasNull = slot === 0;
      } else {
        below = visit(slot, levels - 1, start, pivot);
        const stored = P[base + i + 16];
        if (stored !== below) fail(where, `gap ${below}`, stored);
      }
      if (below > gap) gap = below;
      start = pivot + 1;
    }
    if (start - 1 !== max) fail(`${name} slot ${count - 1}`, `the node's maximum ${max}`, start - 1);
    // What the searches rely on: nothing behind the last slot can look like the right one.
    for (let i = count; i < most; i++) {
      const pad = P[base + i];
      if (pad !== Number.POSITIVE_INFINITY) fail(`${name} slot ${i}`, "Infinity behind the last slot", pad);
    }
    for (let i = leaf ? LEAF_SLOTS : count; i <= INNER_SLOTS; i++) {
      const pad = P[base + i + 16];
      if (pad !== Number.POSITIVE_INFINITY) fail(`${name} gap ${i}`, "Infinity behind the last gap", pad);
    }
    if (leaf && max !== MAX_INDEX && S[base + count - 1] === 0) {
      fail(`${name} slot ${count - 1}`, "an entry at the end of the leaf", "a null range");
    }
    return gap;
  };

  if (t.height === 0) checkHandle("root", t.root);
  else visit(t.root, t.height - 1, 0, MAX_INDEX);
  if (entries !== t.size) fail("tree", `size ${entries}`, t.size);
  const due = t.dead.length;
  if (seen.size !== t.nodes - due) fail("tree", `${seen.size} nodes`, t.nodes - due);
  if (t.sweepAt === Number.POSITIVE_INFINITY) {
    for (const coded of [...t.waiting, ...t.dead]) units += 1 + (coded & 1);
    units += unitsOf(t, t.freeLeaf, 1) + unitsOf(t, t.freeInner, 2);
    const owned = handles.size + freeHandles.size + t.dropped.length;
    if (owned !== t.values.top - 1) {
      fail("values", `${t.values.top - 1} handles in the tree, free or to be dropped`, owned);
    }
    if (units !== t.top - 1) fail("arena", `${t.top - 1} units in the tree, free or waiting`, units);
  }
}

/** Units on a free list or waiting for a grace period. */
function freeUnits(t: Core): Set<number> {
  const free = new Set<number>();
  for (const head of [t.freeLeaf, t.freeInner]) {
    for (let n = head; n !== 0; n = t.S[n << 4]) {
      if (free.has(n)) fail(`unit ${n}`, "one place on the free lists", "a second one");
      if (n < t.frozen) fail(`unit ${n}`, `a free unit from ${t.frozen} on, the rest is the snapshots'`, n);
      free.add(n);
    }
  }
  for (const coded of t.waiting) free.add(coded >> 1);
  return free;
}

function unitsOf(t: Core, head: number, size: number): number {
  let units = 0;
  for (let n = head; n !== 0; n = t.S[n << 4]) units += size;
  return units;
}

function freeHandleSet(t: Core): Set<number> {
  const free = new Set<number>();
  for (let handle = t.values.free; handle !== 0; handle = t.values.table[handle] as number) {
    if (free.has(handle)) fail(`handle ${handle}`, "one place on the free list", "a second one");
    free.add(handle);
  }
  return free;
}

function fail(where: string, expected: unknown, found: unknown): never {
  throw new Error(`maple tree: ${where}: expected ${String(expected)}, found ${String(found)}`);
}
