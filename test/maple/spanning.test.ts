/**
 * Stores across leaves, from everywhere to everywhere, and the rare ones: over the border of two full leaves, where two
 * new leaves are not enough, and under a full root, where the tree grows.
 */
import { describe, expect, it } from "vitest";
import { MAX_INDEX, type MapleTree, type NodePicture } from "../../src/maple/index.ts";
import { Pair, QUICK } from "./world.ts";

/** An entry every 100 indices, of 70 indices unless said. */
function build(count: number, length: (i: number) => number = () => 70): Pair {
  const pair = new Pair();
  for (let i = 0; i < count; i++) {
    pair.tree.store(i * 100, i * 100 + length(i) - 1, i);
    pair.oracle.store(i * 100, i * 100 + length(i) - 1, i);
  }
  pair.check();
  return pair;
}

/** Does this to the tree, checks it against the oracle, and takes it back; returns how the tree looked. */
function tried(pair: Pair, first: number, last: number, value: unknown): NodePicture | undefined {
  const { tree, oracle, counter } = pair;
  const { pieces } = oracle;
  const { out } = counter;
  const snapshot = tree.snapshot();
  oracle.pieces = pieces.map((piece) => ({ ...piece }));
  pair.store(first, last, value);
  pair.compare();
  const picture = tree.picture();
  tree.restore(snapshot);
  tree.forget(snapshot);
  oracle.pieces = pieces;
  counter.out = out;
  return picture;
}

const leaves = (p: NodePicture): NodePicture[] =>
  p.kind === "leaf" ? [p] : p.slots.flatMap((slot) => leaves(slot.child!));
const leafAt = (tree: MapleTree<unknown>, index: number): NodePicture =>
  leaves(tree.picture()!).find((leaf) => leaf.min <= index && index <= leaf.max)!;

/** Cuts entries of the leaf at `index` in two until it has 16 slots; those at its end first, or those at its start. */
function fill(pair: Pair, index: number, fromEnd: boolean): NodePicture {
  for (let guard = 0; guard < 20; guard++) {
    const leaf = leafAt(pair.tree, index);
    if (leaf.slots.length === 16) return leaf;
    const wide = leaf.slots.filter((slot) => slot.value !== undefined && slot.last - slot.first >= 20);
    const { first, last } = fromEnd ? wide.at(-1)! : wide[0]!;
    pair.store(first, Math.floor((first + last) / 2), `half ${guard}`);
  }
  throw new Error("the leaf did not become full");
}

/** All stores from within the last slots of one leaf to within the first ones of the next. */
function acrossBorder(left: NodePicture, right: NodePicture): [first: number, last: number][] {
  const starts = left.slots.slice(-4).flatMap(({ first, last }) => [first, Math.floor((first + last) / 2)]);
  const ends = right.slots.slice(0, 4).flatMap(({ first, last }) => [Math.floor((first + last) / 2), last]);
  return starts.flatMap((first) => ends.map((last): [number, number] => [first, last]));
}

describe("a store across leaves", () => {
  it("from everywhere to everywhere, in a tree of three levels", () => {
    // Free ranges of all sizes, so that each of them is the largest of its leaf somewhere.
    const pair = build(120, (i) => 70 - ((i * 37) % 60));
    expect(pair.tree.height).toBe(3);
    const stride = QUICK ? 19 : 11;
    for (let from = 0; from < 120; from++) {
      const ends = [119, 120];
      for (let to = from + (from % stride); to < 119; to += stride) ends.push(to);
      for (const to of ends) {
        const last = to === 120 ? MAX_INDEX : to * 100 + (from % 2 === 0 ? 69 : 40);
        const first = from * 100 + (to % 2 === 0 ? 0 : 30);
        tried(pair, first, Math.max(first, last), to % 3 === 0 ? "wide" : undefined);
      }
    }
  });

  it("of null leaves no node when nothing is left, in any leaf", () => {
    for (const [first, last] of [
      [0, 1969],
      [0, MAX_INDEX],
      [0, 1985],
    ] as const) {
      const pair = build(20);
      pair.store(first, last, undefined);
      expect([pair.tree.nodes, pair.tree.height]).toEqual([0, 0]);
    }
    const late = build(20);
    late.store(0, 0, undefined);
    late.store(1, 1985, undefined);
    expect([late.tree.nodes, late.tree.height]).toEqual([0, 0]);
  });

  it("of null to the end leaves the first entry, however small it is, in one leaf as in many", () => {
    for (const [end, count] of [
      [1, 20],
      [69, 20],
      [1, 3],
      [69, 3],
    ] as const) {
      const pair = build(count);
      pair.store(end + 1, 99, undefined);
      pair.store(100, MAX_INDEX, undefined);
      pair.compare();
      expect(pair.tree.toJSON()).toEqual([[0, end, 0]]);
    }
  });

  it("of a value over everything is one leaf", () => {
    const pair = build(20);
    pair.store(0, MAX_INDEX, "all");
    pair.compare();
    expect([pair.tree.nodes, pair.tree.height]).toEqual([1, 1]);
  });
});

describe("a store that leaves a leaf too empty", () => {
  it("joins it with a neighbour below the same parent, even if the store ends where the parent does", () => {
    const pair = build(200);
    const [first, second] = pair.tree.picture()!.slots.map((slot) => slot.child!);
    const leaf = leaves(first!).at(-1)!;
    expect([pair.tree.height, leaf.max]).toEqual([3, first!.max]);
    const from = leaf.slots[4]!.first;
    expect(pair.tree.planStore(from, leaf.max, "wide").kind).toBe("rebalance");
    pair.store(from, leaf.max, "wide");
    pair.compare();
    expect(pair.tree.picture()!.slots[1]!.child).toEqual(second);
  });
});

describe("the gaps above a leaf", () => {
  for (const rcu of [false, true]) {
    it(`follow null ranges of every size (rcu ${rcu})`, () => {
      const pair = new Pair({ rcu });
      for (let i = 0; i < 40; i++) pair.store(i * 100, i * 100 + 99, i);
      for (let size = 1; size < 100; size++) {
        const first = (size % 40) * 100;
        pair.store(first, first + size - 1, undefined);
        // The last hole of its leaf is filled, and more than that.
        pair.store(first, first + 99, size);
        pair.store(first + 1, first + 1, undefined);
        pair.store(first, first + 2, -size);
        pair.store(first, first + 99, size);
      }
      pair.compare();
    });
  }
});

describe("a store over the border of two full leaves", () => {
  for (const [fromEnd, length] of [
    [false, 70],
    [true, 70],
    [false, 100],
    [true, 100],
  ] as const) {
    it(`makes three of them where two are not enough (${length} of 100 taken, ${fromEnd ? "cut at the border" : "cut before it"})`, () => {
      const pair = build(40, () => length);
      const right = leafAt(pair.tree, leafAt(pair.tree, 1000).max + 1);
      fill(pair, 1000, fromEnd);
      fill(pair, right.min, !fromEnd);
      const stores = acrossBorder(leafAt(pair.tree, 1000), leafAt(pair.tree, right.min));
      const before = leaves(pair.tree.picture()!).length;
      const made = new Set<number>();
      for (const [first, last] of stores) {
        for (const value of ["wide", undefined]) {
          made.add(leaves(tried(pair, first, last, value)!).length - before);
        }
      }
      expect(made).toContain(1);
      expect(made).toContain(0);
    });
  }

  it("makes the tree higher when its root is full", () => {
    let count = 30;
    while (build(count).tree.picture()!.slots.length < 10) count++;
    const pair = build(count);
    const { slots } = pair.tree.picture()!;
    expect([pair.tree.height, slots.length]).toEqual([2, 10]);
    fill(pair, slots[4]!.first, false);
    fill(pair, slots[5]!.first, true);
    const [left, right] = [leafAt(pair.tree, slots[4]!.first), leafAt(pair.tree, slots[5]!.first)];
    const higher = new Set<boolean>();
    for (const [first, last] of acrossBorder(left, right)) {
      higher.add(tried(pair, first, last, "wide")!.slots[0]!.child!.kind === "inner");
    }
    expect(higher).toEqual(new Set([false, true]));
  });

  it("replaces no node above the parent of the new leaves, as long as that has room", () => {
    const pair = build(200);
    const inner = (): NodePicture => pair.tree.picture()!.slots[1]!.child!;
    expect([pair.tree.height, inner().kind]).toEqual([3, "inner"]);
    for (let guard = 0; inner().slots.length < 9; guard++) {
      expect(guard).toBeLessThan(100);
      const wide = leaves(inner())[0]!.slots.find((slot) => slot.last - slot.first >= 8)!;
      pair.store(wide.first + 2, wide.first + 3, `cut ${guard}`);
    }
    const [left, right] = leaves(inner()).slice(4, 6);
    fill(pair, left!.min, false);
    fill(pair, right!.min, true);
    expect(inner().slots).toHaveLength(9);
    const root = pair.tree.picture()!.node;
    let tens = 0;
    for (const [first, last] of acrossBorder(leafAt(pair.tree, left!.min), leafAt(pair.tree, right!.min))) {
      const other = pair.tree.clone();
      other.store(first, last, "wide");
      other.validate();
      if (other.picture()!.slots[1]!.child!.slots.length === 10) tens++;
      expect(other.picture()!.node).toBe(root);
    }
    expect(tens).toBeGreaterThan(0);
  });
});
