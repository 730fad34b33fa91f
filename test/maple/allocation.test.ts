/** Nodes: how many a store asks for, when it is refused, what comes back. */
import { describe, expect, it } from "vitest";
import { type Estimate, MAX_INDEX, MapleTree, ZERO_ENTRY } from "../../src/maple/index.ts";
import { Counter, dice, QUICK } from "./world.ts";

function row(count: number, options: ConstructorParameters<typeof MapleTree>[0] = {}): MapleTree<number> {
  const tree = new MapleTree<number>(options);
  for (let i = 0; i < count; i++) tree.store(i * 10, i * 10 + 7, i);
  return tree;
}

describe("a store asks for", () => {
  it("nothing when it replaces an entry over exactly its range, with or without RCU, by value or marker", () => {
    for (const rcu of [false, true]) {
      const tree = row(100, { rcu });
      expect(tree.planStore(500, 507, 1)).toEqual({ kind: "exact", nodes: 0 });
      expect(tree.nodesForStore(500, 507, ZERO_ENTRY)).toBe(0);
    }
  });

  it("nothing while a leaf has room, without RCU; one node with RCU", () => {
    expect(row(5).planStore(22, 23, 9)).toEqual({ kind: "node", nodes: 0 });
    expect(row(5, { rcu: true }).planStore(22, 23, 9)).toEqual({ kind: "node", nodes: 1 });
  });

  it("nothing to append to a leaf, without RCU", () => {
    expect(row(5).planStore(100, 101, 9)).toEqual({ kind: "append", nodes: 0 });
    expect(row(5, { rcu: true }).planStore(100, 101, 9)).toEqual({ kind: "node", nodes: 1 });
  });

  it("nothing to move the boundary of two neighbours; of three only without RCU", () => {
    // 20-27 null 30-37: the new range takes the end of one and the null behind it.
    expect(row(5, { rcu: true }).planStore(25, 29, 9)).toEqual({ kind: "slot", nodes: 0 });
    expect(row(5).planStore(25, 32, 9)).toEqual({ kind: "slot", nodes: 0 });
    expect(row(5, { rcu: true }).planStore(25, 32, 9)).toEqual({ kind: "node", nodes: 1 });
  });

  it("nothing for a value at index 0 in an empty tree, one node for anything else there", () => {
    const tree = new MapleTree<number>();
    expect(tree.planStore(0, 0, 1)).toEqual({ kind: "store root", nodes: 0 });
    expect(tree.planStore(0, 1, 1)).toEqual({ kind: "store root", nodes: 1 });
    expect(tree.planStore(5, 5, 1)).toEqual({ kind: "store root", nodes: 1 });
  });

  it("one node for a reserved entry at index 0 of an empty tree, which needs a leaf", () => {
    const counter = new Counter();
    const tree = new MapleTree<number>({ allocator: counter });
    expect(tree.planStore(0, 0, ZERO_ENTRY)).toEqual({ kind: "store root", nodes: 1 });
    tree.store(0, 0, ZERO_ENTRY);
    expect([counter.out, tree.nodes]).toEqual([1, 1]);
    tree.commitStore(tree.prepareStore(0, MAX_INDEX, undefined)!);
    expect([counter.out, tree.nodes]).toEqual([0, 0]);
    tree.commitStore(tree.prepareStore(0, 0, ZERO_ENTRY)!);
    expect([counter.out, tree.nodes]).toEqual([1, 1]);
  });

  it("one node for the whole index space", () => {
    expect(row(50).planStore(0, MAX_INDEX, 1).nodes).toBeGreaterThan(0);
    const tree = new MapleTree<number>();
    tree.store(5, 9, 1);
    expect(tree.planStore(0, MAX_INDEX, 1)).toEqual({ kind: "new root", nodes: 1 });
  });

  it("by height: 2h+1 for a split, 2h-1 for a rebalance, 3h+1 for a spanning store", () => {
    // 7 ranges and the null ranges between them and around: 15 slots. One more range overflows the leaf.
    const full = row(8, { estimate: "height" });
    expect(full.height).toBe(1);
    expect(full.planStore(34, 35, 1)).toEqual({ kind: "split", nodes: 3 });
    const tall = row(100, { estimate: "height" });
    expect(tall.height).toBe(3);
    expect(tall.planStore(5, 905, 1)).toEqual({ kind: "spanning", nodes: 10 });
    const kinds = new Map<string, number>();
    for (let i = 0; i < 100; i++) {
      const plan = tall.planStore(i * 10, i * 10 + 17, undefined);
      kinds.set(plan.kind, plan.nodes);
    }
    expect(kinds.get("node")).toBe(0);
    const thin = row(14, { estimate: "height" });
    thin.store(0, 17, undefined);
    let plan = thin.planStore(20, 37, undefined);
    for (let i = 2; plan.kind !== "rebalance"; i++) {
      thin.store(i * 10, i * 10 + 7, undefined);
      plan = thin.planStore((i + 1) * 10, (i + 1) * 10 + 7, undefined);
    }
    expect(plan.nodes).toBe(2 * thin.height - 1);
  });

  it("by room: no more than what lies below the lowest ancestor with a free slot", () => {
    const byHeight = row(400, { estimate: "height" });
    const byRoom = row(400);
    let less = 0;
    for (let i = 0; i < 400; i++) {
      const high = byHeight.planStore(i * 10 + 2, i * 10 + 4, 1);
      const room = byRoom.planStore(i * 10 + 2, i * 10 + 4, 1);
      expect(room.kind).toBe(high.kind);
      expect(room.nodes).toBeLessThanOrEqual(high.nodes);
      if (room.nodes < high.nodes) less++;
    }
    expect(less).toBeGreaterThan(0);
  });

  it("always: 3h+1 for everything but an exact replacement", () => {
    const tree = row(100, { estimate: "always" });
    expect(tree.nodesForStore(5, 6, 1)).toBe(10);
    expect(tree.nodesForStore(0, 7, 1)).toBe(0);
  });
});

/**
 * What the kernel asks for, worked out from the picture alone: the deepest node whose range is crossed decides; above it,
 * the lowest inner node with a free slot and the lowest one that can lose a child.
 */
function expectedNodes(tree: MapleTree<number>, first: number, last: number, isNull: boolean): number {
  const { kind } = tree.planStore(first, last, isNull ? undefined : 1);
  const { height } = tree;
  let node = tree.picture()!;
  let vacant = 0;
  let sufficient = 0;
  for (let depth = 0; node.kind === "inner"; depth++) {
    const slot = node.slots.find((s) => s.first <= first && first <= s.last)!;
    const crosses = last > slot.last || (last === slot.last && isNull && last !== MAX_INDEX);
    if (crosses) break;
    if (node.slots.length < 10) vacant = depth + 1;
    if (node.slots.length > (depth === 0 ? 3 : 6)) sufficient = depth + 1;
    node = slot.child!;
  }
  if (kind === "spanning") return 3 * (height - Math.min(vacant, sufficient)) + 1;
  if (kind === "rebalance") return 2 * (height - Math.min(vacant, sufficient)) + 1;
  if (kind === "split") return 2 * (height - vacant) + 1;
  return kind === "new root" ? 1 : 0;
}

describe("what a store asks for in a tall tree", () => {
  it("is what the picture says, for stores and for erasing", () => {
    const counter = new Counter();
    const tree = row(500, { allocator: counter });
    const random = dice(23);
    const kinds = new Map<string, Set<number>>();
    for (let step = 0; step < (QUICK ? 400 : 2000); step++) {
      const first = random(5000);
      const last = first + random(step % 3 === 0 ? 400 : 12);
      const isNull = random(2) === 0;
      const { kind, nodes } = tree.planStore(first, last, isNull ? undefined : 1);
      expect([step, nodes]).toEqual([step, expectedNodes(tree, first, last, isNull)]);
      kinds.set(kind, (kinds.get(kind) ?? new Set()).add(nodes));
      const entry = tree.find(random(5000));
      if (entry !== undefined && step % 2 === 0) {
        const asks = expectedNodes(tree, entry.first, entry.last, true);
        counter.requests.length = 0;
        tree.erase(entry.first);
        expect(counter.requests).toEqual(asks === 0 ? [] : [asks]);
      }
      tree.store(first, Math.min(last, first + 12), isNull && step % 4 === 0 ? undefined : 1);
      if (step % 3 === 0) tree.store(first, first + random(9), step);
    }
    tree.validate();
    expect([...kinds.keys()].toSorted()).toEqual(
      expect.arrayContaining(["exact", "node", "slot", "spanning", "split"]),
    );
    expect(kinds.get("spanning")!.size).toBeGreaterThan(1);
    expect(kinds.get("split")!.size).toBeGreaterThan(1);
  });

  it("is one node for the whole index space only when no leaf edge is crossed", () => {
    const tree = row(3);
    expect(tree.planStore(0, MAX_INDEX, 1)).toEqual({ kind: "new root", nodes: 1 });
    const single = new MapleTree<number>();
    single.store(5, 5, 1);
    expect(single.planStore(3, 3, 1).nodes).toBe(0);
    expect(new MapleTree<number>().planStore(3, 3, 1)).toEqual({ kind: "store root", nodes: 1 });
    single.store(0, MAX_INDEX, undefined);
    single.store(0, 0, 1);
    expect(single.planStore(3, 0 + 3, 1)).toEqual({ kind: "store root", nodes: 1 });
  });
});

describe("an allocator that refuses", () => {
  for (const rcu of [false, true]) {
    for (const estimate of ["room", "height", "always"] satisfies Estimate[]) {
      it(`leaves the tree as it was, at every request of a long program (rcu ${rcu}, ${estimate})`, () => {
        const counter = new Counter();
        const tree = new MapleTree<number>({ rcu, estimate, allocator: counter });
        const random = dice(17);
        let refused = 0;
        for (let step = 0; step < (QUICK ? 300 : 1500); step++) {
          const first = random(2000);
          const last = first + random(60);
          const value = random(5) < (step % 300 < 180 ? 1 : 4) ? undefined : step;
          const before = JSON.stringify(tree);
          const pictureBefore = tree.toString();
          const { nodes, size } = tree;
          const asks = tree.nodesForStore(first, last, value);
          counter.requests.length = 0;
          counter.refuse = () => true;
          const done =
            step % 2 === 0 ? tree.store(first, last, value) : tree.prepareStore(first, last, value);
          if (asks > 0) {
            refused++;
            expect(done === false || done === undefined).toBe(true);
            expect(counter.requests).toEqual([asks]);
            expect(JSON.stringify(tree)).toBe(before);
            expect(tree.toString()).toBe(pictureBefore);
            expect([tree.nodes, tree.size]).toEqual([nodes, size]);
            tree.validate();
          } else {
            expect(counter.requests).toEqual([]);
            if (typeof done === "object") tree.cancelStore(done);
          }
          counter.refuse = () => false;
          tree.store(first, last, value);
          tree.validate();
          expect(counter.out).toBe(tree.nodes);
        }
        expect(refused).toBeGreaterThan(QUICK ? 20 : 100);
        tree.destroy();
        expect(counter.out).toBe(0);
      });
    }
  }

  it("makes erase return nothing and erase nothing", () => {
    const counter = new Counter();
    const tree = row(40, { rcu: true, allocator: counter });
    counter.refuse = () => true;
    expect(tree.erase(53)).toBeUndefined();
    expect(tree.load(53)).toBe(5);
    expect(tree.cursor(53).erase()).toBeUndefined();
    expect(tree.insert(8, 9, 1)).toBe(true);
    expect(tree.insert(1000, 1001, 1)).toBe(false);
    tree.validate();
  });
});

describe("a prepared store", () => {
  it("cannot fail, whatever the allocator says afterwards", () => {
    const counter = new Counter();
    const tree = row(100, { allocator: counter });
    const prepared = tree.prepareStore(5, 905, 7)!;
    expect(prepared.nodes).toBe(tree.nodesForStore(5, 905, 7));
    counter.refuse = () => true;
    expect(tree.load(500)).toBe(50);
    tree.commitStore(prepared);
    expect(prepared.state).toBe("done");
    expect(tree.load(500)).toBe(7);
    tree.validate();
    expect(counter.out).toBe(tree.nodes);
  });

  it("gives its nodes back when it is cancelled", () => {
    const counter = new Counter();
    const tree = row(100, { allocator: counter });
    const out = counter.out;
    const prepared = tree.prepareStore(5, 905, 7)!;
    expect(counter.out).toBe(out + prepared.nodes);
    tree.cancelStore(prepared);
    expect(counter.out).toBe(out);
    expect(() => tree.commitStore(prepared)).toThrow("that store is done, it must be prepared");
    const plain = row(100);
    const given = plain.prepareStore(5, 905, 7)!;
    expect(given.nodes).toBe(prepared.nodes);
    plain.cancelStore(given);
    expect(given.state).toBe("done");
  });

  it("is refused by another tree, and when used twice", () => {
    const tree = row(3);
    const prepared = tree.prepareStore(1, 2, 7)!;
    expect(() => row(3).commitStore(prepared)).toThrow(
      "publishStore: that store was prepared by another tree",
    );
    expect(() => tree.retireStore(prepared)).toThrow(
      "retireStore: that store is prepared, it must be published",
    );
    tree.publishStore(prepared);
    expect(prepared.state).toBe("published");
    expect(() => tree.publishStore(prepared)).toThrow("that store is published, it must be prepared");
    tree.retireStore(prepared);
    expect(() => tree.cancelStore(prepared)).toThrow("cancelStore: that store is done");
  });

  it("is carried out as the tree is when it is published, if the nodes do for that", () => {
    const tree = row(100);
    const prepared = tree.prepareStore(500, 507, 7)!;
    expect(prepared.nodes).toBe(0);
    tree.store(0, 1000, undefined);
    tree.store(1, 1, 1);
    tree.commitStore(prepared);
    expect(tree.toJSON()).toEqual([
      [1, 1, 1],
      [500, 507, 7],
    ]);
  });

  it("says so when the tree has changed so much that its nodes are too few, and changes nothing", () => {
    const tree = row(5);
    const prepared = tree.prepareStore(32, 33, 7)!;
    expect(prepared.nodes).toBe(0);
    for (const first of [2, 12, 22]) tree.store(first, first + 1, 9);
    const before = tree.toString();
    expect(() => tree.commitStore(prepared)).toThrow(
      "publishStore: the tree has changed since prepareStore; this store now needs 3 nodes, 0 were prepared",
    );
    expect(tree.toString()).toBe(before);
    expect(prepared.state).toBe("prepared");
    tree.cancelStore(prepared);
    tree.store(32, 33, 7);
    tree.validate();
  });

  it("must be retired before the next one is published", () => {
    const tree = row(12, { rcu: true });
    const one = tree.prepareStore(32, 33, 1)!;
    const two = tree.prepareStore(42, 43, 1)!;
    tree.publishStore(one);
    expect(() => tree.publishStore(two)).toThrow(
      "publishStore: a store is published but not retired; call retireStore first",
    );
    expect(() => tree.store(1, 2, 3)).toThrow("store: a store is published but not retired");
    expect(() => tree.erase(1)).toThrow("erase: a store is published but not retired");
    for (const call of ["snapshot", "clone", "dup"] as const) {
      expect(() => tree[call]()).toThrow(
        `${call}: a store is published but not retired; call retireStore first`,
      );
    }
    tree.retireStore(one);
    tree.commitStore(two);
    tree.validate();
  });

  it("must be retired even when it replaced a value and no node", () => {
    const tree = MapleTree.from([[10, 19, "old"]], { rcu: true });
    const prepared = tree.prepareStore(10, 19, "new")!;
    tree.publishStore(prepared);
    expect(() => tree.store(30, 39, "next")).toThrow("store: a store is published but not retired");
    tree.retireStore(prepared);
    tree.store(30, 39, "next");
    tree.validate();
  });
});

describe("an allocator", () => {
  it("need not have a release", () => {
    const tree = row(60, { allocator: { allocate: () => true } });
    tree.store(33, 233, 1);
    tree.store(0, 0, undefined);
    tree.commitStore(tree.prepareStore(333, 444, 2)!);
    const given = tree.prepareStore(5, 555, 3)!;
    expect(given.nodes).toBeGreaterThan(0);
    tree.cancelStore(given);
    tree.rcu = true;
    tree.store(451, 452, 4);
    const reader = tree.reader();
    reader.enter();
    tree.store(461, 462, 5);
    reader.leave();
    tree.validate();
    const refusing = { allocate: (count: number) => count === 1 };
    expect(tree.dup(refusing)).toBeUndefined();
    tree.destroy();
    const plain = row(60, { allocator: { allocate: () => true } });
    plain.destroy();
    expect([tree.nodes, plain.nodes]).toEqual([0, 0]);
  });

  it("is not told of nothing: each call of release gives back nodes that are out", () => {
    const counter = new Counter();
    const tree = row(60, { allocator: counter });
    for (const [first, last] of [
      [100, 107],
      [101, 102],
      [300, 500],
    ] as const) {
      tree.commitStore(tree.prepareStore(first, last, 1)!);
      tree.cancelStore(tree.prepareStore(first, last, 2)!);
    }
    tree.destroy();
    expect(counter.out).toBe(0);
    tree.destroy();
    tree.store(0, 0, 1);
    tree.destroy();
  });
});

describe("dup", () => {
  it("asks for one node, then for the children of every inner node, depth first", () => {
    const tree = row(150);
    expect(tree.height).toBe(3);
    const root = tree.picture()!;
    const expected = [1, root.slots.length, ...root.slots.map((slot) => slot.child!.slots.length)];
    const counter = new Counter();
    const copy = tree.dup(counter)!;
    expect(counter.requests).toEqual(expected);
    expect(counter.out).toBe(tree.nodes);
    expect(copy.toJSON()).toEqual(tree.toJSON());
    copy.validate();
  });

  it("gives everything back when any of its requests is refused, and returns nothing", () => {
    const tree = row(150);
    const calls = 2 + tree.picture()!.slots.length;
    for (let n = 0; n < calls; n++) {
      const counter = new Counter();
      counter.refuse = (call) => call === n;
      expect(tree.dup(counter)).toBeUndefined();
      expect(counter.requests).toHaveLength(n + 1);
      expect(counter.out).toBe(0);
    }
    const counter = new Counter();
    counter.refuse = (call) => call === calls;
    expect(tree.dup(counter)).toBeDefined();
  });

  it("shares values, not nodes", () => {
    const tree = new MapleTree<object>();
    const values = Array.from({ length: 50 }, (_, i) => ({ i }));
    for (const [i, value] of values.entries()) tree.store(i * 10, i * 10 + 7, value);
    for (const copy of [tree.dup()!, tree.clone()]) {
      expect(copy.load(33)).toBe(values[3]);
      copy.store(30, 34, {});
      copy.erase(200);
      expect(tree.load(33)).toBe(values[3]);
      expect(tree.load(200)).toBe(values[20]);
      tree.store(400, 404, values[0]);
      expect(copy.load(403)).toBe(values[40]);
      tree.store(400, 407, values[40]);
      copy.validate();
      tree.validate();
    }
  });

  it("(clone) can use the memory of a tree that is no longer needed", () => {
    const tree = row(300);
    const spare = new MapleTree<number>();
    for (let i = 0; i < 400; i++) spare.store(i * 7, i * 7 + 3, -i);
    const cursor = spare.cursor();
    cursor.find();
    for (let round = 0; round < 3; round++) {
      expect(tree.clone(spare)).toBe(spare);
      expect(spare.toJSON()).toEqual(tree.toJSON());
      spare.validate();
      spare.store(5, 1500, round);
      spare.store(5, 1500, undefined);
      spare.validate();
      tree.validate();
    }
    // [0, 3] it stood on is [0, 4] of the copy now: first what is left of that.
    expect([cursor.find(), cursor.index, cursor.find(), cursor.index]).toEqual([0, 4, 150, 1501]);
    const small = new MapleTree<number>();
    expect(tree.clone(small).toJSON()).toEqual(tree.toJSON());
    const tiny = row(1);
    tiny.clone(small);
    small.validate();
    expect(small.size).toBe(1);
    expect(() => tree.clone(tree)).toThrow("clone: a tree cannot be copied into itself");
    expect(() => tree.clone(row(3, { allocator: new Counter() }))).toThrow(
      "clone: the tree given for its memory has an allocator, which would lose count; use dup",
    );
  });

  it("(clone) does not take the memory of a tree that somebody may look at", () => {
    const tree = row(20);
    const REFUSED = "clone: the tree given for its memory has snapshots or readers";
    const remembered = row(20);
    remembered.snapshot();
    expect(() => tree.clone(remembered)).toThrow(REFUSED);
    const read = row(20, { rcu: true });
    const reader = read.reader(5);
    reader.enter();
    expect(() => tree.clone(read)).toThrow(REFUSED);
    reader.leave();
    expect(tree.clone(read).toJSON()).toEqual(tree.toJSON());
    const batches: number[] = [];
    const waiting = row(20, { rcu: true, retired: (batch) => batches.push(batch) });
    expect(() => tree.clone(waiting)).toThrow(REFUSED);
    waiting.reclaim(batches.at(-1)!);
    expect(tree.clone(waiting).toJSON()).toEqual(tree.toJSON());
  });

  it("of an empty tree and of a single value at index 0 asks for nothing", () => {
    const counter = new Counter();
    counter.refuse = () => true;
    const tree = new MapleTree<object>();
    expect(tree.dup(counter)!.size).toBe(0);
    const value = {};
    tree.store(0, 0, value);
    const copy = tree.dup(counter)!;
    expect(copy.load(0)).toBe(value);
    copy.store(0, 0, undefined);
    expect(tree.load(0)).toBe(value);
    expect(counter.requests).toEqual([]);
  });

  it("keeps mode and estimate, takes the allocator given or the tree's own", () => {
    const counter = new Counter();
    const tree = row(20, { rcu: true, estimate: "height", allocator: counter });
    const copy = tree.dup()!;
    expect(copy.rcu).toBe(true);
    expect(counter.out).toBe(2 * tree.nodes);
    copy.destroy();
    expect(counter.out).toBe(tree.nodes);
    expect(tree.clone().nodesForStore(5, 150, 1)).toBe(tree.nodesForStore(5, 150, 1));
    expect(counter.out).toBe(tree.nodes);
  });
});

describe("in-leaf stores", () => {
  it("do not make the tree's memory grow", () => {
    const tree = row(1000);
    const nodes = tree.nodes;
    for (let i = 0; i < (QUICK ? 500 : 20_000); i++) {
      const at = (i % 1000) * 10;
      tree.store(at + 2, at + 4, i);
      tree.store(at, at + 7, i);
    }
    tree.validate();
    expect(tree.nodes).toBeLessThanOrEqual(nodes + 200);
  });
});
